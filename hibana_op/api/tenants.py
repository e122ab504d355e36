"""`/tenants`: the organisations inside the deployment, added and sold to by the service provider's staff."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, Waiting
from hibana_op.api.shapes import Given, Id, Moment, Searching, Taken, changes, seconds, told_of
from hibana_op.api.tenant_changes import TenantChangeShown
from hibana_op.api.tenant_changes import shown as change_shown
from hibana_op.provider import Provider
from hibana_op.records import tenant_settings, tenants
from hibana_op.records.tenant_settings import TenantSettings
from hibana_op.records.tenants import SPECIAL, Tenant
from hibana_op.tenancy import settings
from hibana_op.tenancy import tenants as rules
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, Where, may
from hibana_op.tenancy.management import Changed

Line = Annotated[str, Meta(min_length=1, max_length=100)]
About = Annotated[str, Meta(max_length=1000)]
Reason = Annotated[str, Meta(max_length=500, description="Why; it is written down.")]
Kind = Literal["logistics", "delivery", "warehouse", "other"]
Size = Literal["small", "medium", "large", "enterprise"]
Plan = Literal["free", "basic", "standard", "premium", "unlimited"]
License = Literal["trial", "paid"]
Seats = Annotated[int, Meta(ge=1, le=10_000_000)]


class TenantShown(Given, frozen=True, kw_only=True):
    """A tenant; `settings` for those who may see settings there."""

    id: str
    slug: str
    name: str
    description: str
    tenant_type: str | None
    company_size: str | None
    status: str
    plan: str
    plan_started_at: datetime | None
    plan_expires_at: datetime | None
    license_type: str
    license_expires_at: datetime | None
    max_users: int | None
    settings: TenantSettings | UnsetType = UNSET
    created_at: datetime | None
    updated_at: datetime | None
    deleted_at: datetime | None


class NewTenant(Taken, frozen=True, kw_only=True):
    """A tenant that is to be, with its first owner; without a number of users it has no limit."""

    slug: Annotated[str, Meta(min_length=2, max_length=63)]
    name: Line
    owner_id: Id | None = None
    description: About = ""
    tenant_type: Kind | None = None
    company_size: Size | None = None
    plan: Plan = "free"
    plan_started_at: Moment | None = None
    plan_expires_at: Moment | None = None
    license_type: License = "trial"
    license_expires_at: Moment | None = None
    max_users: Seats | None = 100
    settings: TenantSettings = TenantSettings()
    reason: Reason | None = None


class TenantChanged(Taken, frozen=True, kw_only=True):
    """What changes of a tenant. Of `settings` what is named changes, and null takes a choice back (RFC 7396)."""

    name: Line | UnsetType = UNSET
    description: About | UnsetType = UNSET
    tenant_type: Kind | UnsetType | None = UNSET
    company_size: Size | UnsetType | None = UNSET
    plan: Plan | UnsetType = UNSET
    plan_started_at: Moment | UnsetType | None = UNSET
    plan_expires_at: Moment | UnsetType | None = UNSET
    license_type: License | UnsetType = UNSET
    license_expires_at: Moment | UnsetType | None = UNSET
    max_users: Seats | UnsetType | None = UNSET
    settings: dict[str, Any] | UnsetType = UNSET
    reason: Reason | UnsetType | None = UNSET


class TenantReason(Taken, frozen=True, kw_only=True):
    """Why something is done to a tenant."""

    reason: Reason | None = None


class TenantsAsked(Searching, frozen=True, kw_only=True):
    """Which tenants; those that were deleted only when they are asked for."""

    status: Literal["", "active", "suspended", "deleted"] = ""
    sort: Literal["created_at", "-created_at", "slug", "-slug"] = "created_at"


class ReasonAsked(Taken, frozen=True, kw_only=True):
    """Why a tenant is deleted."""

    reason: Reason = ""


async def place(op: Provider, asked: Asked) -> Where:
    """The tenant itself; the special ones are parts of the deployment."""
    tenant = await tenants.get(op.db, asked.id)
    return IN_DEPLOYMENT if tenant.id in SPECIAL else Where(tenant_id=tenant.id)


async def list_tenants(op: Provider, asked: Asked) -> Page:
    """Tenants, without the special ones."""
    query: TenantsAsked = asked.query
    order = tenants.ORDERS[query.sort]

    async def read(after: str, limit: int) -> list[Tenant]:
        return await tenants.page(op.db, q=query.q, status=query.status, order=order, after=after, limit=limit)

    return await paging.page(op, query, read, of="tenants", key=order.key, told=lambda each: shown(each, asked.actor))


async def show(op: Provider, asked: Asked) -> TenantShown:
    """One tenant."""
    return shown(await tenants.get(op.db, asked.id), asked.actor)


async def create(op: Provider, asked: Asked) -> TenantShown | Waiting:
    """Add a tenant."""
    body: NewTenant = asked.body
    given = _values(body) | {"settings": tenant_settings.as_json_object(body.settings)}
    changed = await rules.create(
        op,
        asked.actor,
        slug=given.pop("slug"),
        name=given.pop("name"),
        owner_id=given.pop("owner_id"),
        reason=given.pop("reason"),
        origin=asked.origin,
        **given,
    )
    return _told(changed, asked.actor)


async def change(op: Provider, asked: Asked) -> TenantShown | Waiting:
    """Change a tenant."""
    given = _values(asked.body)
    reason = given.pop("reason", None)
    if "settings" in given:
        present = await settings.show(op, asked.actor, asked.id)
        given["settings"] = settings.merged(present.settings, given["settings"])
    changed = await rules.update(op, asked.actor, asked.id, given, reason=reason, origin=asked.origin)
    return _told(changed, asked.actor)


async def suspend(op: Provider, asked: Asked) -> TenantShown | Waiting:
    """Let nobody in any more."""
    reason = asked.body.reason
    return _told(await rules.suspend(op, asked.actor, asked.id, reason=reason, origin=asked.origin), asked.actor)


async def resume(op: Provider, asked: Asked) -> TenantShown | Waiting:
    """Let people in again."""
    reason = asked.body.reason
    return _told(await rules.resume(op, asked.actor, asked.id, reason=reason, origin=asked.origin), asked.actor)


async def delete(op: Provider, asked: Asked) -> Waiting | None:
    """End a tenant for good."""
    reason = asked.query.reason or None
    changed = await rules.delete(op, asked.actor, asked.id, reason=reason, origin=asked.origin)
    return _waiting(changed)


def shown(tenant: Tenant, actor: Actor) -> TenantShown:
    """A tenant, as far as it is the caller's business."""
    where = IN_DEPLOYMENT if tenant.id in SPECIAL else Where(tenant_id=tenant.id)
    chosen = tenant_settings.read(tenant.settings) if may(actor, "settings:read", where) else UNSET
    told: TenantShown = told_of(tenant, TenantShown, settings=chosen)
    return told


def _values(body: Struct) -> dict[str, Any]:
    """The members of a body as the rules take them."""
    return {name: seconds(value) if isinstance(value, datetime) else value for name, value in changes(body).items()}


def _told(changed: Changed, actor: Actor) -> TenantShown | Waiting:
    return _waiting(changed) or shown(changed.tenant, actor)


def _waiting(changed: Changed) -> Waiting | None:
    if changed.change is None or not changed.is_waiting:
        return None
    return Waiting(change_shown(changed.change), f"/tenant-changes/{changed.change.id}")


OPERATIONS = (
    Operation(
        method="GET",
        path="/tenants",
        permission="tenants:read",
        summary="List tenants",
        handler=list_tenants,
        query=TenantsAsked,
        gives=TenantShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/tenants",
        permission="tenants:create",
        summary="Add a tenant, with the roles that every tenant begins with",
        handler=create,
        takes=NewTenant,
        gives=TenantShown,
        waits=TenantChangeShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/tenants/{id}",
        permission="tenants:read",
        summary="Show a tenant",
        handler=show,
        where=place,
        gives=TenantShown,
    ),
    Operation(
        method="PATCH",
        path="/tenants/{id}",
        permission="tenants:update",
        summary="Change a tenant; its plan is the service provider's to change",
        handler=change,
        where=place,
        takes=TenantChanged,
        gives=TenantShown,
        waits=TenantChangeShown,
    ),
    Operation(
        method="DELETE",
        path="/tenants/{id}",
        permission="tenants:delete",
        summary="End a tenant for good: its id and slug never come back",
        handler=delete,
        query=ReasonAsked,
        waits=TenantChangeShown,
        status=204,
    ),
    Operation(
        method="POST",
        path="/tenants/{id}/suspend",
        permission="tenants:suspend",
        summary="Let nobody in any more: what was issued there ends at once",
        handler=suspend,
        takes=TenantReason,
        gives=TenantShown,
        waits=TenantChangeShown,
    ),
    Operation(
        method="POST",
        path="/tenants/{id}/resume",
        permission="tenants:suspend",
        summary="Let people in again",
        handler=resume,
        takes=TenantReason,
        gives=TenantShown,
        waits=TenantChangeShown,
    ),
)
