"""Joining by an address alone: whoever has confirmed one of a verified domain may, where the tenant allows it."""

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import tenant_domains, users
from hibana_op.records.memberships import Membership
from hibana_op.records.tenant_domains import OpenTenant
from hibana_op.records.users import User
from hibana_op.storage.database import Session
from hibana_op.tenancy import seats
from hibana_op.tenancy.membership import domain_of, joined
from hibana_op.tenancy.seats import CannotJoin, Seat


async def open_to(tx: Session, user: User, *, now: int) -> list[OpenTenant]:
    """The tenants that a person may join by their address."""
    if not user.email_verified:
        return []
    return await tenant_domains.open_to(tx, domain_of(user.email), now=now)


async def join(op: Provider, user_id: str, tenant_id: str, *, origin: Origin) -> Membership:
    """Become a plain member of a tenant that has the domain of one's address; LoginRefused when it has not."""

    async def write(tx: Session) -> Membership:
        now = op.now()
        user = await users.get(tx, user_id)
        if all(each.tenant_id != tenant_id for each in await open_to(tx, user, now=now)):
            raise LoginRefused("tenant_closed")
        try:
            tenant = await seats.hold(tx, tenant_id, now=now)
            known = await seats.check(tx, tenant, user_id)
        except CannotJoin as refusal:
            raise LoginRefused(refusal.reason) from None
        if known is not None and known.status == "active":
            return known
        member = await seats.take(tx, tenant, user_id, Seat(), known, now=now)
        await op.emit(tx, joined(user_id, member, "domain"), origin)
        return member

    return await op.db.transact(write)
