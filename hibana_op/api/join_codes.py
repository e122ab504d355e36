"""`/join-codes`: codes that make people members. A code is told to those who could give what it gives."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, require_tenant
from hibana_op.api.places import in_named_unit
from hibana_op.api.shapes import Given, Id, Moment, OfTenant, Taken, seconds, told_of
from hibana_op.provider import Provider
from hibana_op.records import join_codes
from hibana_op.records.join_codes import JoinCode
from hibana_op.tenancy import join_codes as rules
from hibana_op.tenancy.access import Where
from hibana_op.tenancy.places import place_of
from hibana_op.tenancy.seats import Seat


class JoinCodeShown(Given, frozen=True, kw_only=True):
    """A code; `code` is null for those who could not give the role that it gives."""

    id: str
    tenant_id: str
    code: str | None
    label: str
    role: str
    role_id: str | None
    unit_id: str | None
    max_uses: int | None
    used_count: int
    status: str
    expires_at: datetime | None
    disabled_at: datetime | None
    created_at: datetime | None


class NewJoinCode(Taken, frozen=True, kw_only=True):
    """A code that is to be; owners are invited, never made by a code."""

    tenant_id: Id
    label: Annotated[str, Meta(max_length=100)] = ""
    role: Literal["member", "admin"] = "member"
    role_id: Id | None = None
    unit_id: Id | None = None
    max_uses: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    expires_at: Moment | None = None


class JoinCodesAsked(OfTenant, frozen=True, kw_only=True):
    """Which codes."""

    unit_id: Annotated[str, Meta(max_length=255, description="Those that lead into this unit and below.")] = ""
    sort: Literal["created_at", "-created_at", "label", "-label"] = "created_at"


async def place(op: Provider, asked: Asked) -> Where:
    """The unit that a code leads into, or the tenant."""
    code = await join_codes.locate(op.db, asked.id)
    return await place_of(op.db, code.tenant_id, code.unit_id)


async def list_codes(op: Provider, asked: Asked) -> Page:
    """The codes of a tenant."""
    query: JoinCodesAsked = asked.query
    tenant_id, where = require_tenant(asked), await in_named_unit(op, asked)
    order = join_codes.ORDERS[query.sort]
    told: dict[str, JoinCodeShown] = {}

    async def read(after: str, limit: int) -> list[JoinCode]:
        found = await join_codes.page(
            op.db, tenant_id, unit_path=where.unit_path, order=order, after=after, limit=limit
        )
        for each in found:
            told[each.id] = await _told(op, asked, each)
        return found

    return await paging.page(op, query, read, of="join-codes", key=order.key, told=lambda each: told[each.id])


async def show(op: Provider, asked: Asked) -> JoinCodeShown:
    """One code."""
    return await _told(op, asked, await join_codes.locate(op.db, asked.id))


async def create(op: Provider, asked: Asked) -> JoinCodeShown:
    """Make a code."""
    body: NewJoinCode = asked.body
    until = seconds(body.expires_at)
    code, _ = await rules.create(
        op,
        asked.actor,
        body.tenant_id,
        seat=Seat(role=body.role, role_id=body.role_id, unit_id=body.unit_id),
        label=body.label,
        max_uses=body.max_uses,
        lifetime=None if until is None else until - op.now(),
        origin=asked.origin,
    )
    return await _told(op, asked, code)


async def disable(op: Provider, asked: Asked) -> JoinCodeShown:
    """Let a code count no more."""
    code = await join_codes.locate(op.db, asked.id)
    disabled = await rules.disable(op, asked.actor, code.tenant_id, code.id, origin=asked.origin)
    return await _told(op, asked, disabled)


async def _told(op: Provider, asked: Asked, code: JoinCode) -> JoinCodeShown:
    text = rules.text_of(op, code) if await rules.may_be_told(op, asked.actor, code) else None
    shown: JoinCodeShown = told_of(code, JoinCodeShown, code=text, status=code.state(op.now()))
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/join-codes",
        permission="join-codes:read",
        summary="List the join codes of a tenant",
        handler=list_codes,
        where=in_named_unit,
        query=JoinCodesAsked,
        gives=JoinCodeShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/join-codes",
        permission="join-codes:create",
        summary="Make a join code",
        handler=create,
        where=in_named_unit,
        takes=NewJoinCode,
        gives=JoinCodeShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/join-codes/{id}",
        permission="join-codes:read",
        summary="Show a join code",
        handler=show,
        where=place,
        gives=JoinCodeShown,
    ),
    Operation(
        method="POST",
        path="/join-codes/{id}/disable",
        permission="join-codes:update",
        summary="Let nobody join with a code any more",
        handler=disable,
        where=place,
        gives=JoinCodeShown,
    ),
)
