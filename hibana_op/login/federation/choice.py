"""Which other providers a sign-in page offers: by app, and by the domain of an address (home-realm discovery)."""

from hibana_op.foundation.errors import PageRefused
from hibana_op.login.federation.configuration import is_configured, upstream
from hibana_op.login.federation.shapes import Upstream
from hibana_op.provider import Provider
from hibana_op.records import identity_providers
from hibana_op.records.identity_providers import IdentityProvider


async def offered(op: Provider, client_id: str | None) -> list[IdentityProvider]:
    """The providers that people on the way to an app may sign in with; without an app, all there are."""
    found = await identity_providers.shown_by(op.db, client_id, now=op.now())
    return [each for each in found if is_configured(op, each)]


async def linkable(op: Provider, user_id: str) -> list[IdentityProvider]:
    """The providers that somebody may link accounts of: those that all may use, and those of their own tenants."""
    own = await identity_providers.of_tenants_of(op.db, user_id, now=op.now())
    return [*await offered(op, None), *(each for each in own if is_configured(op, each))]


async def for_domain(op: Provider, email: str) -> IdentityProvider | None:
    """The provider that answers for the domain of an e-mail address."""
    _, at, domain = email.strip().rpartition("@")
    if not at:
        return None
    found = await identity_providers.find_by_domain(op.db, domain.lower().replace("\0", ""), now=op.now())
    return found if found is not None and is_configured(op, found) else None


async def usable(op: Provider, slug: str, client_id: str | None) -> Upstream:
    """The provider that an address names, if it may be used on the way to this app; else a page."""
    for each in await offered(op, client_id):
        if each.slug == slug and (found := upstream(op, each)) is not None:
            return found
    raise PageRefused("federation_unavailable", status=404)


async def usable_to_link(op: Provider, slug: str, user_id: str) -> Upstream:
    """The provider that an address names, if this person may link an account of it; else a page."""
    for each in await linkable(op, user_id):
        if each.slug == slug and (found := upstream(op, each)) is not None:
            return found
    raise PageRefused("federation_unavailable", status=404)


async def named(op: Provider, slug: str) -> Upstream:
    """The provider that an address names, whichever app or tenant it is for; else a page."""
    known = await identity_providers.find_by_slug(op.db, slug)
    found = upstream(op, known) if known is not None and known.enabled else None
    if found is None:
        raise PageRefused("federation_unavailable", status=404)
    return found
