"""Another provider as the commands show it to administrators."""

from typing import Any

from hibana_op.login.federation.configuration import is_configured, upstream
from hibana_op.login.federation.registering import to_register
from hibana_op.provider import Provider
from hibana_op.records import identity_providers
from hibana_op.records.identity_providers import IdentityProvider


async def described(op: Provider, each: IdentityProvider) -> dict[str, Any]:
    """A provider, with what to register there, and never its secret."""
    known = upstream(op, each)
    return {
        "id": each.id,
        "tenant_id": each.tenant_id,
        "slug": each.slug,
        "name": each.name,
        "type": each.provider_type,
        "enabled": each.enabled,
        "configured": is_configured(op, each),
        **to_register(op, each),
        "has_secret": known is not None and known.client_secret is not None,
        "domains": await identity_providers.domains_of(op.db, each.id),
        "config": dict(each.config),
        "created_at": each.created_at,
        "updated_at": each.updated_at,
    }
