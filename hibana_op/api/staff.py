"""`/staff`: what staff of the service provider must bring before their roles in the deployment count."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page
from hibana_op.api.shapes import Given, Id, Listing, Moment, Taken, changes, seconds, told_of
from hibana_op.foundation.errors import Conflict
from hibana_op.provider import Provider
from hibana_op.records import provider_staff
from hibana_op.records.provider_staff import StaffRequirement
from hibana_op.tenancy import staff as rules

Networks = Annotated[tuple[Annotated[str, Meta(max_length=64)], ...], Meta(max_length=50)]


class StaffRequirementShown(Given, frozen=True, kw_only=True):
    """What somebody must bring: a sign-in of this type, from these networks, until then."""

    id: str
    user_id: str
    auth_type: str
    cidrs: list[str]
    is_active: bool
    expires_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime | None
    updated_at: datetime | None


class NewStaffRequirement(Taken, frozen=True, kw_only=True):
    """What somebody else is to bring; without networks from anywhere."""

    user_id: Id
    auth_type: Literal["password", "mfa", "sso"]
    cidrs: Networks = ()
    expires_at: Moment | None = None
    is_active: bool = True


class StaffRequirementChanged(Taken, frozen=True, kw_only=True):
    """What changes of it."""

    cidrs: Networks | UnsetType = UNSET
    expires_at: Moment | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET


class StaffAsked(Listing, frozen=True, kw_only=True):
    """What is asked of whom."""

    user_id: Annotated[str, Meta(max_length=255, description="Of whom.")] = ""


async def list_requirements(op: Provider, asked: Asked) -> Page:
    """What is asked of whom."""
    query: StaffAsked = asked.query

    async def read(after: str, limit: int) -> list[StaffRequirement]:
        return await rules.page(op.db, asked.actor, user_id=query.user_id, after=after, limit=limit)

    return await paging.page(op, query, read, of="staff", key=lambda each: each.id, told=_shown)


async def show(op: Provider, asked: Asked) -> StaffRequirementShown:
    """One requirement."""
    return _shown(await provider_staff.locate(op.db, asked.id))


async def create(op: Provider, asked: Asked) -> StaffRequirementShown:
    """Ask somebody for something."""
    body: NewStaffRequirement = asked.body
    if await provider_staff.find(op.db, body.user_id, body.auth_type) is not None:
        raise Conflict(f"{body.auth_type} is asked of them already")
    given = _values(body)
    made = await rules.put(op, asked.actor, given.pop("user_id"), origin=asked.origin, **given)
    return _shown(made)


async def change(op: Provider, asked: Asked) -> StaffRequirementShown:
    """Ask for it in another way."""
    found = await provider_staff.locate(op.db, asked.id)
    present = {"cidrs": found.cidrs, "expires_at": found.expires_at, "is_active": found.is_active}
    given = present | _values(asked.body)
    changed = await rules.put(op, asked.actor, found.user_id, auth_type=found.auth_type, origin=asked.origin, **given)
    return _shown(changed)


async def remove(op: Provider, asked: Asked) -> None:
    """Ask for it no more."""
    found = await provider_staff.locate(op.db, asked.id)
    await rules.remove(op, asked.actor, found.user_id, found.auth_type, origin=asked.origin)


def _values(body: Any) -> dict[str, Any]:
    return {name: seconds(value) if isinstance(value, datetime) else value for name, value in changes(body).items()}


def _shown(requirement: StaffRequirement) -> StaffRequirementShown:
    shown: StaffRequirementShown = told_of(requirement, StaffRequirementShown, cidrs=list(requirement.cidrs))
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/staff",
        permission="staff:read",
        summary="List what staff must bring",
        handler=list_requirements,
        query=StaffAsked,
        gives=StaffRequirementShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/staff",
        permission="staff:create",
        summary="Ask somebody for a kind of sign-in, before their roles in the deployment count",
        handler=create,
        takes=NewStaffRequirement,
        gives=StaffRequirementShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/staff/{id}",
        permission="staff:read",
        summary="Show what somebody must bring",
        handler=show,
        gives=StaffRequirementShown,
    ),
    Operation(
        method="PATCH",
        path="/staff/{id}",
        permission="staff:update",
        summary="Change what somebody must bring",
        handler=change,
        takes=StaffRequirementChanged,
        gives=StaffRequirementShown,
    ),
    Operation(
        method="DELETE",
        path="/staff/{id}",
        permission="staff:delete",
        summary="Ask for it no more",
        handler=remove,
        status=204,
    ),
)
