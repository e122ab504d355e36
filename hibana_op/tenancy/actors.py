"""Who is acting: people with all that they hold, and whoever has a shell on the machine."""

from collections.abc import Sequence
from dataclasses import replace

from hibana_op.foundation.acr import is_told
from hibana_op.provider import Provider
from hibana_op.records import (
    api_keys,
    factors,
    ip_allowlists,
    machines,
    permissions,
    policies,
    provider_staff,
    roles,
    tenants,
    users,
)
from hibana_op.records.roles import Granted
from hibana_op.storage.database import Session
from hibana_op.tenancy.access import Actor


async def command(op: Provider) -> Actor:
    """Whoever runs a command on the server has the database in their hands already."""
    return Actor(catalogue=await op.remembered.catalogue(), is_command=True)


async def person(
    tx: Session,
    user_id: str,
    *,
    now: int,
    client_id: str | None = None,
    tenant_id: str | None = None,
    ceiling: tuple[str, ...] | None = None,
    acr: str = "",
    amr: Sequence[str] = (),
    ip: str | None = None,
) -> Actor:
    """A person, with what they hold at this moment, proven so well and come from there.

    `acr` and `amr` of their session or token, `ip` as we believe it. What the roles of the deployment ask of staff,
    and from where a tenant's people may act, is weighed here: what does not count is not among what they hold.
    """
    granted = await _proven(tx, user_id, await roles.granted_to(tx, user_id, now=now), acr, amr)
    if tenant_id is not None and factors.FEDERATED in amr:
        # The tenant's own provider may have said who this is, and nothing outside of the tenant hangs on its word.
        granted = [each for each in granted if each.tenant_id is not None]
    if any(each.tenant_id is None for each in granted):
        required = await provider_staff.active_of_user(tx, user_id)
        if not all(each.is_met(acr=acr, amr=amr, ip=ip, now=now) for each in required):
            granted = [each for each in granted if each.tenant_id is not None]
    return Actor(
        catalogue=await permissions.catalogue(tx),
        user_id=user_id,
        client_id=client_id,
        granted=tuple(await _from_there(tx, granted, user_id, ip)),
        tenant_id=tenant_id,
        ceiling=ceiling,
    )


async def _proven(tx: Session, user_id: str, granted: Sequence[Granted], acr: str, amr: Sequence[str]) -> list[Granted]:
    """What counts after a sign-in like this: it reached what the role and the tenant ask for.

    A key is no sign-in. It reaches nothing that a role asks for, and whoever made it had entered the tenant.
    """
    by_tenant = await policies.classes_of_tenants(tx, user_id) if acr else {}
    return [
        each
        for each in granted
        if all(
            is_told(wanted, acr=acr, amr=amr)
            for wanted in (each.requires_acr, by_tenant.get(each.tenant_id or ""))
            if wanted is not None
        )
    ]


async def renewed(tx: Session, actor: Actor, *, now: int) -> Actor:
    """The same actor without what was taken from them since they were read; every change asks this once more.

    Whoever was suspended or erased meanwhile holds nothing, and neither does a key that was revoked, or a machine
    without its grant.
    """
    if actor.is_command:
        return actor
    if not await _acts_still(tx, actor, now=now):
        return replace(actor, granted=())
    if actor.user_id is None:
        return actor
    current = await roles.granted_to(tx, actor.user_id, now=now)
    return replace(actor, granted=tuple(each for each in actor.granted if each in current))


async def _acts_still(tx: Session, actor: Actor, *, now: int) -> bool:
    if actor.key_id is not None and not await api_keys.is_live(tx, actor.key_id, now=now):
        return False
    if actor.user_id is not None:
        user = await users.find(tx, actor.user_id)
        return user is not None and user.is_active
    if actor.client_id is None or not await machines.may_act(tx, actor.client_id, now=now):
        return False
    tenant = await tenants.find(tx, actor.tenant_id) if actor.tenant_id is not None else None
    return actor.tenant_id is None or (tenant is not None and tenant.is_open(now=now))


async def _from_there(tx: Session, granted: Sequence[Granted], user_id: str, ip: str | None) -> list[Granted]:
    """What counts at an address: a role in a tenant only from where its people may act."""
    inside = {each.tenant_id for each in granted if each.tenant_id is not None}
    closed = await ip_allowlists.closed_to(tx, inside, user_id, ip) if inside else frozenset()
    return [each for each in granted if each.tenant_id not in closed]
