"""IP allow-lists of tenants: who may say from where people act, without shutting out themselves or the owners."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from hibana_op.foundation import networks
from hibana_op.foundation.errors import Conflict, InvalidRecord, NotFound
from hibana_op.foundation.events import IpRuleAdded, IpRuleChanged, IpRuleRemoved
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.printable import is_line
from hibana_op.provider import Provider
from hibana_op.records import ip_allowlists, memberships, tenants
from hibana_op.records.ip_allowlists import IpRule, admits
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import Actor, Where, require, require_reach
from hibana_op.tenancy.administrators import require_may_change

MOST_RULES = 200
_CHANGEABLE = frozenset({"cidr", "description", "is_active"})


async def create(
    op: Provider,
    actor: Actor,
    tenant_id: str,
    *,
    cidr: str,
    origin: Origin,
    user_id: str | None = None,
    description: str = "",
    is_active: bool = True,
    confirm: bool = False,
) -> IpRule:
    """Let a tenant's people, or one person in it, act from a network, and from no other that has no rule.

    `confirm`: even where it shuts out whoever says so; the last owner is never shut out.
    """
    now = op.now()
    rule = IpRule(
        id=uuid7(),
        tenant_id=tenant_id,
        user_id=user_id,
        cidr=_network(cidr),
        description=_description(description),
        is_active=is_active,
        created_at=now,
        updated_at=now,
    )

    async def write(tx: Session) -> None:
        acting = await actors.renewed(tx, actor, now=now)
        before = await _enter(tx, acting, tenant_id, "ip-allowlists:create")
        if len(before) >= MOST_RULES:
            raise Conflict(f"a tenant has at most {MOST_RULES} rules")
        await _check_person(tx, acting, tenant_id, user_id)
        await _check_way_in(tx, acting, before, [*before, rule], origin=origin, confirm=confirm, now=now)
        await ip_allowlists.insert(tx, rule)
        event = IpRuleAdded(
            user_id=actor.user_id, client_id=actor.client_id, tenant_id=tenant_id, target_id=rule.id, cidr=rule.cidr
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    return rule


async def update(
    op: Provider,
    actor: Actor,
    tenant_id: str,
    rule_id: str,
    changes: Mapping[str, Any],
    *,
    origin: Origin,
    confirm: bool = False,
) -> IpRule:
    """Change a rule: `cidr`, `description`, `is_active`, as far as they are among these."""
    unknown = sorted(changes.keys() - _CHANGEABLE)
    if unknown:
        raise InvalidRecord(f"{unknown[0]} of a rule cannot be changed")
    wanted = dict(changes)
    if "cidr" in wanted:
        wanted["cidr"] = _network(wanted["cidr"])
    _description(wanted.get("description", ""))
    now = op.now()

    async def write(tx: Session) -> IpRule:
        acting = await actors.renewed(tx, actor, now=now)
        before = await _enter(tx, acting, tenant_id, "ip-allowlists:update")
        rule = _find(before, rule_id)
        await _check_person(tx, acting, tenant_id, rule.user_id)
        changed = replace(rule, **wanted)
        told = tuple(each.name for each in fields(IpRule) if getattr(rule, each.name) != getattr(changed, each.name))
        if not told:
            return rule
        changed = replace(changed, updated_at=now)
        after = [changed if each.id == rule_id else each for each in before]
        await _check_way_in(tx, acting, before, after, origin=origin, confirm=confirm, now=now)
        await ip_allowlists.update(tx, changed)
        event = IpRuleChanged(
            user_id=actor.user_id,
            client_id=actor.client_id,
            tenant_id=tenant_id,
            target_id=rule_id,
            cidr=changed.cidr,
            fields=told,
        )
        await op.emit(tx, event, origin)
        return changed

    return await op.db.transact(write)


async def delete(
    op: Provider, actor: Actor, tenant_id: str, rule_id: str, *, origin: Origin, confirm: bool = False
) -> None:
    """Remove a rule; with the last one, people may act from anywhere again."""

    async def write(tx: Session) -> None:
        now = op.now()
        acting = await actors.renewed(tx, actor, now=now)
        before = await _enter(tx, acting, tenant_id, "ip-allowlists:delete")
        rule = _find(before, rule_id)
        await _check_person(tx, acting, tenant_id, rule.user_id)
        after = [each for each in before if each.id != rule_id]
        await _check_way_in(tx, acting, before, after, origin=origin, confirm=confirm, now=now)
        await ip_allowlists.delete(tx, tenant_id, rule_id)
        event = IpRuleRemoved(
            user_id=actor.user_id, client_id=actor.client_id, tenant_id=tenant_id, target_id=rule_id, cidr=rule.cidr
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)


async def page(
    tx: Session, actor: Actor, tenant_id: str, *, user_id: str = "", after: str = "", limit: int = 50
) -> Sequence[IpRule]:
    """The rules of a tenant, or those about one person in it."""
    require_reach(actor, tenant_id)
    await tenants.get(tx, tenant_id)
    require(actor, "ip-allowlists:read", Where(tenant_id=tenant_id))
    return await ip_allowlists.page(tx, tenant_id, user_id=user_id, after=after, limit=limit)


async def get(tx: Session, actor: Actor, tenant_id: str, rule_id: str) -> IpRule:
    """One rule."""
    require_reach(actor, tenant_id)
    require(actor, "ip-allowlists:read", Where(tenant_id=tenant_id))
    rule = await ip_allowlists.find(tx, tenant_id, rule_id)
    if rule is None:
        raise NotFound(f"no rule has the id {rule_id}")
    return rule


async def _enter(tx: Session, actor: Actor, tenant_id: str, permission: str) -> list[IpRule]:
    """Hold the tenant, so that two changes cannot shut out together whom neither shuts out alone; its rules."""
    require_reach(actor, tenant_id)
    await tenants.hold(tx, tenant_id)
    await tenants.get(tx, tenant_id)
    require(actor, permission, Where(tenant_id=tenant_id))
    return await ip_allowlists.every(tx, tenant_id)


def _find(rules: Sequence[IpRule], rule_id: str) -> IpRule:
    rule = next((each for each in rules if each.id == rule_id), None)
    if rule is None:
        raise NotFound(f"no rule has the id {rule_id}")
    return rule


async def _check_person(tx: Session, actor: Actor, tenant_id: str, user_id: str | None) -> None:
    """A rule about one person is a change to that person."""
    if user_id is None:
        return
    membership = await memberships.of_person(tx, tenant_id, user_id)
    if membership is None or membership.status == "left":
        raise NotFound(f"no member has the id {user_id}")
    await require_may_change(tx, actor, user_id, Where(tenant_id=tenant_id))


async def _check_way_in(
    tx: Session,
    actor: Actor,
    before: Sequence[IpRule],
    after: Sequence[IpRule],
    *,
    origin: Origin,
    confirm: bool,
    now: int,
) -> None:
    """Conflict, when nobody who owns the tenant, or not the one who acts, could act any more from where they are."""
    tenant_id = (before or after)[0].tenant_id
    places = await ip_allowlists.places_of_owners(tx, tenant_id, now=now)
    if actor.user_id in places and origin.ip is not None:
        places[actor.user_id] = {origin.ip}
    seen = {user_id: ips for user_id, ips in places.items() if ips}
    if _lets_in(before, seen) and not _lets_in(after, seen):
        raise Conflict("no owner could act any more from where they were last seen; allow that network first")
    if confirm:
        return
    if not seen and places and _opens_to_all(before, places) and not _opens_to_all(after, places):
        raise Conflict("no owner has been here yet, so nobody knows from where they come; confirm that it is right")
    me = actor.user_id
    is_inside = any(each.tenant_id == tenant_id for each in actor.granted)
    if me and is_inside and admits(before, me, origin.ip) and not admits(after, me, origin.ip):
        raise Conflict(f"you could not act any more from {origin.ip}; confirm that you want this")


def _lets_in(rules: Sequence[IpRule], seen: Mapping[str, set[str]]) -> bool:
    return any(admits(rules, user_id, ip) for user_id, ips in seen.items() for ip in ips)


def _opens_to_all(rules: Sequence[IpRule], owners: Mapping[str, set[str]]) -> bool:
    """Whether some owner may act from anywhere."""
    return any(admits(rules, user_id, None) for user_id in owners)


def _network(cidr: str) -> str:
    try:
        return networks.read(cidr)
    except ValueError as wrong:
        raise InvalidRecord(f"cidr: {wrong}") from None


def _description(text: str) -> str:
    if len(text) > 200 or not is_line(text):
        raise InvalidRecord("description must have at most 200 printable characters")
    return text
