"""`/units`: the organisation units of a tenant, a tree."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, require_tenant
from hibana_op.api.places import in_named_unit
from hibana_op.api.shapes import Given, Id, SearchingTenant, Taken, changes, told_of
from hibana_op.provider import Provider
from hibana_op.records import units
from hibana_op.records.units import Unit
from hibana_op.tenancy import units as rules
from hibana_op.tenancy.access import Where
from hibana_op.tenancy.places import at, place_of

Line = Annotated[str, Meta(min_length=1, max_length=100)]
Code = Annotated[str, Meta(min_length=1, max_length=40)]
Kind = Literal["headquarters", "branch", "office", "department", "team"]
Status = Literal["active", "inactive"]


class UnitShown(Given, frozen=True, kw_only=True):
    """A unit; `path` is the ids from the top down to it."""

    id: str
    tenant_id: str
    parent_id: str | None
    path: list[str]
    name: str
    type: str
    code: str | None
    manager_user_id: str | None
    status: str
    created_at: datetime | None
    updated_at: datetime | None


class NewUnit(Taken, frozen=True, kw_only=True):
    """A unit that is to be, at the top or beneath another."""

    tenant_id: Id
    name: Line
    parent_id: Id | None = None
    type: Kind = "department"
    code: Code | None = None
    manager_user_id: Id | None = None
    status: Status = "active"


class UnitChanged(Taken, frozen=True, kw_only=True):
    """What changes of a unit; with another `parent_id` it moves, with all beneath it."""

    name: Line | UnsetType = UNSET
    parent_id: Id | UnsetType | None = UNSET
    type: Kind | UnsetType = UNSET
    code: Code | UnsetType | None = UNSET
    manager_user_id: Id | UnsetType | None = UNSET
    status: Status | UnsetType = UNSET


class UnitsAsked(SearchingTenant, frozen=True, kw_only=True):
    """Which units."""

    status: Literal["", "active", "inactive"] = ""
    unit_id: Annotated[str, Meta(max_length=255, description="This unit and those below.")] = ""


class UnitRemoval(Taken, frozen=True, kw_only=True):
    """How a unit is removed."""

    reassign_to: Annotated[str, Meta(max_length=255, description="The unit that takes over what is in it.")] = ""


async def place(op: Provider, asked: Asked) -> Where:
    """The unit itself."""
    return at(await units.locate(op.db, asked.id))


async def place_of_new(op: Provider, asked: Asked) -> Where:
    """The unit above the one that is to be, or the tenant."""
    body: NewUnit = asked.body
    return await place_of(op.db, body.tenant_id, body.parent_id)


async def list_units(op: Provider, asked: Asked) -> Page:
    """The units of a tenant, or of a unit and below."""
    query: UnitsAsked = asked.query
    where = await in_named_unit(op, asked)

    async def read(after: str, limit: int) -> list[Unit]:
        return await units.page(
            op.db,
            require_tenant(asked),
            q=query.q,
            path=where.unit_path,
            status=query.status,
            after=after,
            limit=limit,
        )

    return await paging.page(op, query, read, of="units", key=lambda each: each.id, told=_shown)


async def show(op: Provider, asked: Asked) -> UnitShown:
    """One unit."""
    return _shown(await units.locate(op.db, asked.id))


async def create(op: Provider, asked: Asked) -> UnitShown:
    """Add a unit."""
    given = changes(asked.body)
    made = await rules.create(op, asked.actor, given.pop("tenant_id"), origin=asked.origin, **given)
    return _shown(made)


async def change(op: Provider, asked: Asked) -> UnitShown:
    """Change a unit, or move it."""
    unit = await units.locate(op.db, asked.id)
    return _shown(
        await rules.update(op, asked.actor, unit.tenant_id, unit.id, changes(asked.body), origin=asked.origin)
    )


async def remove(op: Provider, asked: Asked) -> None:
    """Remove a unit."""
    unit, target = await units.locate(op.db, asked.id), asked.query.reassign_to or None
    await rules.delete(op, asked.actor, unit.tenant_id, unit.id, reassign_to=target, origin=asked.origin)


def _shown(unit: Unit) -> UnitShown:
    shown: UnitShown = told_of(unit, UnitShown, path=[each for each in unit.path.split("/") if each])
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/units",
        permission="units:read",
        summary="List the units of a tenant",
        handler=list_units,
        where=in_named_unit,
        query=UnitsAsked,
        gives=UnitShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/units",
        permission="units:create",
        summary="Add a unit",
        handler=create,
        where=place_of_new,
        takes=NewUnit,
        gives=UnitShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/units/{id}",
        permission="units:read",
        summary="Show a unit",
        handler=show,
        where=place,
        gives=UnitShown,
    ),
    Operation(
        method="PATCH",
        path="/units/{id}",
        permission="units:update",
        summary="Change a unit, or move it with all beneath it",
        handler=change,
        where=place,
        takes=UnitChanged,
        gives=UnitShown,
    ),
    Operation(
        method="DELETE",
        path="/units/{id}",
        permission="units:delete",
        summary="Remove a unit that is empty, or whose content another takes over",
        handler=remove,
        where=place,
        query=UnitRemoval,
        status=204,
    ),
)
