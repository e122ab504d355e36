"""Staff of the service provider: what they must bring before their roles count, and the people of every tenant."""

from collections.abc import Sequence

from hibana_op.foundation import networks
from hibana_op.foundation.clock import LAST_MOMENT
from hibana_op.foundation.errors import Conflict, InvalidRecord, NotFound
from hibana_op.foundation.events import StaffRequirementRemoved, StaffRequirementSet
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import cross_tenant_users, provider_staff, users
from hibana_op.records.cross_tenant_users import TenantUser
from hibana_op.records.provider_staff import AUTH_TYPES, StaffRequirement
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, require
from hibana_op.tenancy.administrators import require_may_change

MOST_NETWORKS = 50


async def put(
    op: Provider,
    actor: Actor,
    user_id: str,
    *,
    auth_type: str,
    origin: Origin,
    cidrs: Sequence[str] = (),
    expires_at: int | None = None,
    is_active: bool = True,
) -> StaffRequirement:
    """Set what somebody must bring: a sign-in of this type, from these networks, until then.

    With several types all of them are asked for. Nobody sets their own: they would let or shut themselves in.
    """
    now = op.now()
    wanted = StaffRequirement(
        id=uuid7(),
        user_id=user_id,
        auth_type=_auth_type(auth_type),
        auth_data={"cidrs": _networks(cidrs)} if cidrs else {},
        is_active=is_active,
        expires_at=expires_at,
        created_at=now,
        updated_at=now,
    )
    if expires_at is not None and not now < expires_at <= LAST_MOMENT:
        raise InvalidRecord("expires_at must be in the future, and before the year 10000")

    async def write(tx: Session) -> StaffRequirement:
        acting = await actors.renewed(tx, actor, now=now)
        is_new = await provider_staff.find(tx, user_id, auth_type) is None
        require(acting, "staff:create" if is_new else "staff:update", IN_DEPLOYMENT)
        await _check_person(tx, acting, user_id)
        kept = await provider_staff.put(tx, wanted)
        event = StaffRequirementSet(
            user_id=actor.user_id,
            client_id=actor.client_id,
            target_id=user_id,
            auth_type=auth_type,
            is_active=is_active,
        )
        await op.emit(tx, event, origin)
        return kept

    return await op.db.transact(write)


async def remove(op: Provider, actor: Actor, user_id: str, auth_type: str, *, origin: Origin) -> None:
    """Ask for this no more."""

    async def write(tx: Session) -> None:
        acting = await actors.renewed(tx, actor, now=op.now())
        require(acting, "staff:delete", IN_DEPLOYMENT)
        await _check_person(tx, acting, user_id)
        if not await provider_staff.delete(tx, user_id, auth_type):
            raise NotFound(f"{auth_type} is not asked of them")
        event = StaffRequirementRemoved(
            user_id=actor.user_id, client_id=actor.client_id, target_id=user_id, auth_type=auth_type
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)


async def page(
    tx: Session, actor: Actor, *, user_id: str = "", after: str = "", limit: int = 50
) -> list[StaffRequirement]:
    """What is asked of whom."""
    require(actor, "staff:read", IN_DEPLOYMENT)
    return await provider_staff.page(tx, user_id=user_id, after=after, limit=limit)


async def people_of_tenants(
    tx: Session,
    actor: Actor,
    *,
    q: str = "",
    tenant_id: str = "",
    status: str = "",
    role: str = "",
    after: str = "",
    limit: int = 50,
) -> list[TenantUser]:
    """People, in each tenant that they belong to, for those who may see people everywhere."""
    require(actor, "users:read", IN_DEPLOYMENT)
    return await cross_tenant_users.page(
        tx, q=q, tenant_id=tenant_id, status=status, role=role, after=after, limit=limit
    )


async def _check_person(tx: Session, actor: Actor, user_id: str) -> None:
    await users.get(tx, user_id)
    if actor.user_id == user_id:
        raise Conflict("what you must bring yourself is for another administrator to say")
    await require_may_change(tx, actor, user_id, IN_DEPLOYMENT)


def _auth_type(auth_type: str) -> str:
    if auth_type not in AUTH_TYPES:
        raise InvalidRecord(f"auth_type must be one of {', '.join(AUTH_TYPES)}")
    return auth_type


def _networks(cidrs: Sequence[str]) -> list[str]:
    if len(cidrs) > MOST_NETWORKS:
        raise InvalidRecord(f"cidrs must be at most {MOST_NETWORKS} networks")
    try:
        return list(dict.fromkeys(networks.read(each) for each in cidrs))
    except ValueError as wrong:
        raise InvalidRecord(f"cidrs: {wrong}") from None
