"""Who may change other providers: nobody who could by one sign in as somebody who may do more than they."""

from collections.abc import Awaitable, Callable, Collection

from hibana_op.provider import Provider
from hibana_op.records import administrators
from hibana_op.records.identity_providers import IdentityProvider
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, Where, require
from hibana_op.tenancy.administrators import require_may_change

ProviderGuard = Callable[[Session, IdentityProvider, Collection[str] | None], Awaitable[None]]


def guard(op: Provider, actor: Actor, permission: str) -> ProviderGuard:
    """Whether somebody may change a provider, and have it say who the people with addresses in these domains are."""

    async def check(tx: Session, provider: IdentityProvider, domains: Collection[str] | None) -> None:
        acting = await actors.renewed(tx, actor, now=op.now())
        where = Where(tenant_id=provider.tenant_id)
        require(acting, permission, where)
        if domains is None:
            return
        for user_id in await administrators.reached_by(tx, provider.id, domains):
            if user_id != acting.user_id:
                for place in dict.fromkeys((where, IN_DEPLOYMENT)):
                    await require_may_change(tx, acting, user_id, place)

    return check
