"""`/tenant-changes`: what was done to tenants, and what waits for a second person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page
from hibana_op.api.shapes import Given, Listing, moment, told_of
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import tenant_changes
from hibana_op.records.tenant_changes import TenantChange
from hibana_op.tenancy import management


class TenantChangeShown(Given, frozen=True, kw_only=True):
    """A change of a tenant: done, waiting, or rejected; with the values before and after."""

    id: str
    tenant_id: str
    action_type: str
    performed_by: str | None
    old_values: dict[str, Any]
    new_values: dict[str, Any]
    reason: str | None
    status: str
    approval_required: bool
    approved_by: str | None
    approved_at: datetime | None
    created_at: datetime | None


class TenantChangesAsked(Listing, frozen=True, kw_only=True):
    """Which changes."""

    tenant_id: Annotated[str, Meta(max_length=255, description="Of which tenant.")] = ""
    status: Literal["", "done", "waiting", "rejected"] = ""


async def list_changes(op: Provider, asked: Asked) -> Page:
    """The newest first."""
    query: TenantChangesAsked = asked.query

    async def read(before: str, limit: int) -> list[TenantChange]:
        return await management.log(
            op, asked.actor, tenant_id=query.tenant_id, status=query.status, before=before, limit=limit
        )

    return await paging.page(op, query, read, of="tenant-changes", key=lambda each: each.id, told=shown)


async def show(op: Provider, asked: Asked) -> TenantChangeShown:
    """One change."""
    found = await tenant_changes.find(op.db, asked.id)
    if found is None:
        raise NotFound(f"no change has the id {asked.id}")
    return shown(found)


async def approve(op: Provider, asked: Asked) -> TenantChangeShown:
    """Let it happen."""
    await management.approve(op, asked.actor, asked.id, origin=asked.origin)
    return await show(op, asked)


async def reject(op: Provider, asked: Asked) -> TenantChangeShown:
    """Do not let it happen."""
    return shown(await management.reject(op, asked.actor, asked.id, origin=asked.origin))


def shown(change: TenantChange) -> TenantChangeShown:
    """A change, its times as the API tells them."""
    told: TenantChangeShown = told_of(
        change, TenantChangeShown, old_values=_values(change.old_values), new_values=_values(change.new_values)
    )
    return told


def _values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: moment(value) if name.endswith("_at") else value for name, value in values.items()}


OPERATIONS = (
    Operation(
        method="GET",
        path="/tenant-changes",
        permission="tenants:read",
        summary="List what was done to tenants, the newest first",
        handler=list_changes,
        query=TenantChangesAsked,
        gives=TenantChangeShown,
        is_list=True,
    ),
    Operation(
        method="GET",
        path="/tenant-changes/{id}",
        permission="tenants:read",
        summary="Show what was done to a tenant, or is to be",
        handler=show,
        gives=TenantChangeShown,
    ),
    Operation(
        method="POST",
        path="/tenant-changes/{id}/approve",
        permission="tenants:approve",
        summary="Let happen what somebody else asked for",
        handler=approve,
        gives=TenantChangeShown,
    ),
    Operation(
        method="POST",
        path="/tenant-changes/{id}/reject",
        permission="tenants:approve",
        summary="Do not let happen what somebody else asked for",
        handler=reject,
        gives=TenantChangeShown,
    ),
)
