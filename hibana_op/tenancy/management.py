"""The record of what is done to tenants, and the second person whom some of it takes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hibana_op.foundation.errors import Conflict, InvalidRecord, NotFound, SamePerson
from hibana_op.foundation.events import (
    Event,
    TenantChangeApproved,
    TenantChangeRejected,
    TenantChangeRequested,
    TenantDeleted,
    TenantResumed,
    TenantSuspended,
    TenantUpdated,
)
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.printable import is_line
from hibana_op.provider import Provider
from hibana_op.records import (
    invitations,
    join_codes,
    registry,
    sessions,
    tenant_changes,
    tenant_endings,
    tenant_settings,
    tenants,
)
from hibana_op.records.tenant_changes import TenantChange
from hibana_op.records.tenants import SPECIAL, SYSTEM, Tenant
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, require

LONGEST_REASON = 500
_STATUS_EVENTS = {"suspended": TenantSuspended, "resumed": TenantResumed, "deleted": TenantDeleted}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants done to a tenant, and why."""

    actor: Actor
    action: str
    new: Mapping[str, Any]
    reason: str | None
    origin: Origin


@dataclass(frozen=True, slots=True)
class Changed:
    """A tenant as it is now, and what was written down; None when there was nothing to change."""

    tenant: Tenant
    change: TenantChange | None

    @property
    def is_waiting(self) -> bool:
        """Whether it happens only once a second person approves."""
        return self.change is not None and self.change.status == "waiting"


async def needs_approval(tx: Session, actor: Actor, actions: Collection[str]) -> bool:
    """Whether one of these actions takes a second person: what a tenant's own people do in it never does.

    A program cannot ask for such a thing: whoever runs it could be the second person, too.
    """
    if not actor.is_command and not any(granted.tenant_id is None for granted in actor.granted):
        return False
    system = await tenants.get(tx, SYSTEM)
    waits = bool(set(tenant_settings.read(system.settings).approvals) & set(actions))
    if waits and actor.user_id is None and not actor.is_command:
        raise Conflict("this takes a second person, so a person has to ask for it, and no program")
    return waits


def check_reason(reason: str | None) -> None:
    """InvalidRecord, unless it is a line that can be kept."""
    if reason is not None and (not is_line(reason) or len(reason) > LONGEST_REASON):
        raise InvalidRecord(f"a reason is one line of up to {LONGEST_REASON} characters")


async def note(
    tx: Session, tenant: Tenant, wish: Wish, *, old: Mapping[str, Any], waits: bool, now: int
) -> TenantChange:
    """Write down what is done to a tenant, or is to be."""
    check_reason(wish.reason)
    change = TenantChange(
        id=uuid7(),
        tenant_id=tenant.id,
        action_type=wish.action,
        performed_by=wish.actor.user_id,
        old_values=dict(old),
        new_values=dict(wish.new),
        reason=wish.reason,
        status="waiting" if waits else "done",
        approval_required=waits,
        created_at=now,
    )
    await tenant_changes.insert(tx, change)
    return change


async def check_status(tx: Session, tenant: Tenant, action: str) -> None:
    """Conflict, when a tenant cannot be suspended, resumed or deleted as it is."""
    if tenant.id in SPECIAL:
        raise Conflict(f"{tenant.slug} is a part of the deployment and stays")
    if action == "suspended" and tenant.status == "suspended":
        raise Conflict(f"{tenant.slug} is suspended already")
    if action == "resumed" and tenant.status == "active":
        raise Conflict(f"{tenant.slug} is not suspended")


async def ask_or_do(op: Provider, tx: Session, tenant: Tenant, wish: Wish, actions: Collection[str]) -> Changed:
    """Change a tenant now, or note that it is asked for where it takes a second person; the transaction's last step."""
    if wish.action != "deleted" and await tenant_changes.has_waiting(tx, tenant.id, "created"):
        raise Conflict(f"{tenant.slug} waits for somebody to approve that it was added as it is")
    waits = await needs_approval(tx, wish.actor, actions)
    old = {name: getattr(tenant, name) for name in wish.new}
    change = await note(tx, tenant, wish, old=old, waits=waits, now=op.now())
    if not waits:
        return Changed(await _apply(op, tx, tenant, wish), change)
    by = wish.actor.user_id
    event = TenantChangeRequested(user_id=by, tenant_id=tenant.id, target_id=change.id, action=wish.action)
    await op.emit(tx, event, wish.origin)
    return Changed(tenant, change)


async def approve(op: Provider, actor: Actor, change_id: str, *, origin: Origin) -> Changed:
    """Let happen what somebody else asked for."""

    async def write(tx: Session) -> Changed:
        acting = await actors.renewed(tx, actor, now=op.now())
        waiting, by = await _waiting(tx, acting, change_id)
        tenant = await tenants.get(tx, waiting.tenant_id)
        if waiting.action_type in _STATUS_EVENTS:
            await check_status(tx, tenant, waiting.action_type)
        if any(getattr(tenant, name) != value for name, value in waiting.old_values.items()):
            raise Conflict("the tenant was changed since then; reject this, and ask for it again")
        change = await tenant_changes.decide(tx, change_id, status="done", by=by, now=op.now())
        if change is None:
            raise Conflict("it does not wait any more")
        new = {"status": "active"} if change.action_type == "created" else change.new_values
        event = TenantChangeApproved(user_id=by, tenant_id=tenant.id, target_id=change.id, action=change.action_type)
        wish = Wish(actor=acting, action=change.action_type, new=new, reason=change.reason, origin=origin)
        done = await _apply(op, tx, tenant, wish)
        await op.emit(tx, event, origin)
        return Changed(done, change)

    changed = await op.db.transact(write)
    op.logout_bell.ring()
    return changed


async def reject(op: Provider, actor: Actor, change_id: str, *, origin: Origin) -> TenantChange:
    """Do not let happen what somebody else asked for; a tenant that was to be added is deleted again."""

    async def write(tx: Session) -> TenantChange:
        acting = await actors.renewed(tx, actor, now=op.now())
        waiting, by = await _waiting(tx, acting, change_id)
        change = await tenant_changes.decide(tx, change_id, status="rejected", by=by, now=op.now())
        if change is None:
            raise Conflict("it does not wait any more")
        event = TenantChangeRejected(
            user_id=by, tenant_id=change.tenant_id, target_id=change.id, action=change.action_type
        )
        if waiting.action_type == "created":
            tenant = await tenants.get(tx, waiting.tenant_id)
            undone = Wish(actor=acting, action="deleted", new={"status": "deleted"}, reason=None, origin=origin)
            await _apply(op, tx, tenant, undone)
        await op.emit(tx, event, origin)
        return change

    return await op.db.transact(write)


async def log(
    op: Provider, actor: Actor, *, tenant_id: str = "", status: str = "", before: str = "", limit: int = 50
) -> list[TenantChange]:
    """What was done to a tenant or to all, the newest first, for the staff of the service provider."""
    require(actor, "tenants:read", IN_DEPLOYMENT)
    return await tenant_changes.page(op.db, tenant_id=tenant_id, status=status, before=before, limit=limit)


async def _waiting(tx: Session, actor: Actor, change_id: str) -> tuple[TenantChange, str]:
    """A change that waits for this person, its tenant held."""
    require(actor, "tenants:approve", IN_DEPLOYMENT)
    found = await tenant_changes.find(tx, change_id)
    if found is None:
        raise NotFound(f"no change has the id {change_id}")
    await tenants.hold(tx, found.tenant_id)
    if actor.user_id is None:
        raise InvalidRecord("say who decides")
    if found.performed_by == actor.user_id:
        raise SamePerson
    return found, actor.user_id


async def _apply(op: Provider, tx: Session, tenant: Tenant, wish: Wish) -> Tenant:
    """Write the values, end what ends with them, and say so."""
    now, by = op.now(), wish.actor.user_id
    event: Event
    if "status" in wish.new:
        status = str(wish.new["status"])
        await tenants.set_status(tx, tenant.id, status, now=now)
        await _end(tx, tenant, status, now=now)
        kind = _STATUS_EVENTS.get(wish.action, TenantResumed)
        event = kind(user_id=by, tenant_id=tenant.id, target_id=tenant.id)
        changed = replace(tenant, status=status, updated_at=now)
    else:
        changed = replace(tenant, **wish.new, updated_at=now)
        await tenants.update(tx, changed)
        if tenant.id == SYSTEM and tenant_settings.read(changed.settings).impersonation != "allowed":
            await sessions.end_impersonations(tx, now=now)  # it must not go on when it is allowed again
        event = TenantUpdated(user_id=by, tenant_id=tenant.id, target_id=tenant.id, fields=tuple(sorted(wish.new)))
    await registry.advance(tx)
    await op.emit(tx, event, wish.origin)
    return changed


async def _end(tx: Session, tenant: Tenant, status: str, *, now: int) -> None:
    if status == "active":
        return
    await tenant_endings.of_tenant(tx, tenant.id, now=now)
    if status == "deleted":
        await join_codes.disable_of_tenant(tx, tenant.id, now=now)
        await invitations.cancel_of_tenant(tx, tenant.id)
        await tenant_changes.drop_waiting(tx, tenant.id, now=now)
        await tenant_endings.forget_access(tx, tenant.id, now=now)
