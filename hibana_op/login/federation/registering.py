"""What to register about us at another provider."""

from hibana_op.login.federation import departure
from hibana_op.login.federation.saml import names
from hibana_op.login.federation.types import TYPES, saml
from hibana_op.provider import Provider
from hibana_op.records.identity_providers import IdentityProvider


def to_register(op: Provider, each: IdentityProvider) -> dict[str, str]:
    """The members of a provider's description that are to be copied there."""
    if each.provider_type == saml.TYPE.name:
        return {"our_entity_id": names.entity_id(op, each.slug), "our_acs_url": names.acs_url(op, each.slug)}
    leaves_us = TYPES[each.provider_type].depart is not None
    return {"redirect_uri": departure.redirect_uri(op, each.slug)} if leaves_us else {}
