"""What is done to tenants: added, changed, suspended, let in again, deleted. All of it is written down."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from hibana_op.foundation.errors import Conflict, NotFound
from hibana_op.foundation.events import Event, TenantCreated
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import memberships, roles, tenant_settings, tenants, users
from hibana_op.records.memberships import Membership
from hibana_op.records.tenants import SPECIAL, SYSTEM, Tenant
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors, branding, management
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, Where, require, require_reach
from hibana_op.tenancy.management import Changed, Wish
from hibana_op.tenancy.membership import joined
from hibana_op.tenancy.tenant_values import PLAN, check_slug, check_values

STATUSES = {"suspended": "suspended", "resumed": "active", "deleted": "deleted"}
_PERMISSIONS = {"suspended": "tenants:suspend", "resumed": "tenants:suspend", "deleted": "tenants:delete"}


async def create(
    op: Provider,
    actor: Actor,
    *,
    slug: str,
    name: str,
    owner_id: str | None = None,
    reason: str | None = None,
    origin: Origin,
    **values: Any,
) -> Changed:
    """Add a tenant with the roles of the template, and its first owner where one is named.

    `values`: any other member of a Tenant that may be chosen. Where adding one takes a second person, it is
    suspended until then.
    """
    given = check_values({**values, "name": name})
    tenant_settings.check_own(tenant_settings.read(given.get("settings", {})))
    now = op.now()
    tenant = Tenant(id=uuid7(), slug=check_slug(slug), created_at=now, updated_at=now, **given)

    async def write(tx: Session) -> Changed:
        acting = await actors.renewed(tx, actor, now=now)
        require(acting, "tenants:create", IN_DEPLOYMENT)
        waits = await management.needs_approval(tx, acting, ("created",))
        made = replace(tenant, status="suspended") if waits else tenant
        management.check_reason(reason)
        if owner_id is not None:
            await users.get(tx, owner_id)
        await branding.check_files(tx, made.id, made.settings)
        await tenants.insert(tx, made)
        await roles.copy_template(tx, made.id, now=now)
        told: list[Event] = [TenantCreated(user_id=actor.user_id, tenant_id=made.id, target_id=made.id)]
        if owner_id is not None:
            owner = Membership(
                id=uuid7(),
                tenant_id=made.id,
                user_id=owner_id,
                role="owner",
                joined_at=now,
                created_at=now,
                updated_at=now,
            )
            await memberships.insert(tx, owner)
            told.append(joined(actor.user_id, owner, "added"))
        new = {"slug": made.slug, **given, "owner_id": owner_id, "status": "active"}
        wish = Wish(actor=acting, action="created", new=new, reason=reason, origin=origin)
        change = await management.note(tx, made, wish, old={}, waits=waits, now=now)
        for event in told:
            await op.emit(tx, event, origin)
        return Changed(made, change)

    return await op.db.transact(write)


async def update(
    op: Provider,
    actor: Actor,
    tenant_id: str,
    changes: Mapping[str, Any] | Callable[[Tenant], Mapping[str, Any]],
    *,
    reason: str | None = None,
    origin: Origin,
) -> Changed:
    """Change a tenant: its people who may change it describe it, its plan is the service provider's.

    What changes may depend on what is there at that moment.
    """

    async def write(tx: Session) -> Changed:
        acting = await actors.renewed(tx, actor, now=op.now())
        tenant = await _held(tx, acting, tenant_id)
        given = check_values(changes(tenant) if callable(changes) else changes)
        _check_may_update(acting, tenant, given)
        new = {name: value for name, value in given.items() if getattr(tenant, name) != value}
        if not new:
            return Changed(tenant, None)
        if "settings" in new:
            await branding.check_files(tx, tenant.id, new["settings"])
        action = "plan_changed" if PLAN & new.keys() else "updated"
        wish = Wish(actor=acting, action=action, new=new, reason=reason, origin=origin)
        return await management.ask_or_do(op, tx, tenant, wish, _actions(tenant, new))

    return await op.db.transact(write)


async def suspend(op: Provider, actor: Actor, tenant_id: str, *, reason: str | None = None, origin: Origin) -> Changed:
    """Let nobody in a tenant any more: what was issued in it ends with the same commit."""
    return await _set_status(op, actor, tenant_id, "suspended", reason=reason, origin=origin)


async def resume(op: Provider, actor: Actor, tenant_id: str, *, reason: str | None = None, origin: Origin) -> Changed:
    """Let the people of a suspended tenant in again; what was ended stays ended."""
    return await _set_status(op, actor, tenant_id, "resumed", reason=reason, origin=origin)


async def delete(op: Provider, actor: Actor, tenant_id: str, *, reason: str | None = None, origin: Origin) -> Changed:
    """End a tenant for good. Its id and its slug never come back."""
    return await _set_status(op, actor, tenant_id, "deleted", reason=reason, origin=origin)


async def get(op: Provider, actor: Actor, tenant_id: str) -> Tenant:
    """A tenant, by its id or its slug, for whoever may see it."""

    async def read(tx: Session) -> Tenant:
        found = await tenants.find(tx, tenant_id) or await tenants.find_by_slug(tx, tenant_id)
        if found is None:
            raise NotFound(f"no tenant has the id {tenant_id}")
        _check_reach(actor, found, named=tenant_id)
        require(actor, "tenants:read", Where(tenant_id=found.id))
        return found

    return await op.db.read(read)


async def _set_status(
    op: Provider, actor: Actor, tenant_id: str, action: str, *, reason: str | None, origin: Origin
) -> Changed:
    async def write(tx: Session) -> Changed:
        acting = await actors.renewed(tx, actor, now=op.now())
        tenant = await _held(tx, acting, tenant_id)
        require(acting, _PERMISSIONS[action], IN_DEPLOYMENT)
        await management.check_status(tx, tenant, action)
        wish = Wish(actor=acting, action=action, new={"status": STATUSES[action]}, reason=reason, origin=origin)
        return await management.ask_or_do(op, tx, tenant, wish, [action])

    changed = await op.db.transact(write)
    op.logout_bell.ring()
    return changed


async def _held(tx: Session, actor: Actor, tenant_id: str) -> Tenant:
    """A tenant that nobody else changes before this transaction ends."""
    await tenants.hold(tx, tenant_id)
    tenant = await tenants.get(tx, tenant_id)
    _check_reach(actor, tenant, named=tenant_id)
    return tenant


def _check_reach(actor: Actor, tenant: Tenant, *, named: str) -> None:
    try:
        require_reach(actor, tenant.id)
    except NotFound:
        raise NotFound(f"no tenant has the id {named}") from None


def _actions(tenant: Tenant, new: Mapping[str, Any]) -> set[str]:
    """What a change is, for the list of what takes a second person; shortening that list is all that stands in it."""
    actions = {"plan_changed"} if PLAN & new.keys() else set[str]()
    if new.keys() - PLAN:
        actions.add("updated")
    if tenant.id == SYSTEM and "settings" in new:
        before, after = (set(tenant_settings.read(each).approvals) for each in (tenant.settings, new["settings"]))
        actions |= before if before - after else set()
    return actions


def _check_may_update(actor: Actor, tenant: Tenant, given: Mapping[str, Any]) -> None:
    where = IN_DEPLOYMENT if tenant.id in SPECIAL else Where(tenant_id=tenant.id)
    if PLAN & given.keys():
        if tenant.id in SPECIAL:
            raise Conflict(f"{tenant.slug} has no plan")
        require(actor, "tenants:update", IN_DEPLOYMENT)
    if "settings" in given:
        require(actor, "settings:update", where)
        if tenant.id != SYSTEM:
            tenant_settings.check_own(tenant_settings.read(given["settings"]))
    if given.keys() - PLAN - {"settings"}:
        require(actor, "tenants:update", where)
