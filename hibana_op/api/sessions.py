"""`/sessions`: who is signed in. A tenant, and a unit of it, sees the sessions of its people who have entered it."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, tenant_named
from hibana_op.api.places import in_named_unit_or_tenant
from hibana_op.api.shapes import Given, OfTenant, at
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import sessions
from hibana_op.records.sessions import Placed
from hibana_op.tenancy import people
from hibana_op.tenancy.access import Where


class SessionShown(Given, frozen=True, kw_only=True):
    """A browser in which a person is signed in, or in which `impersonator_id` acts as them."""

    id: str
    user_id: str
    impersonator_id: str | None
    tenant_id: str | None
    acr: str
    amr: list[str]
    ip_address: str | None
    user_agent: str | None
    auth_time: datetime
    created_at: datetime
    last_seen_at: datetime
    idle_expires_at: datetime
    expires_at: datetime


class SessionsAsked(OfTenant, frozen=True, kw_only=True):
    """Which sessions; by their last use those of one tenant or person."""

    user_id: Annotated[str, Meta(max_length=255, description="Whose.")] = ""
    unit_id: Annotated[str, Meta(max_length=255, description="Of people of this unit of the tenant and below.")] = ""
    sort: Literal["created_at", "-created_at", "last_seen_at", "-last_seen_at"] = "created_at"


async def place(op: Provider, asked: Asked) -> Where:
    """Where the person is in the tenant that they have entered with the session, or the deployment."""
    found = await _find(op, asked.id)
    return Where(tenant_id=found.tenant_id, unit_path=found.unit_path)


async def _find(op: Provider, session_id: str) -> Placed:
    found = await sessions.find_placed(op.db, session_id, now=op.now())
    if found is None:
        raise NotFound(f"no session has the id {session_id}")
    return found


async def list_sessions(op: Provider, asked: Asked) -> Page:
    """The sessions that count at this moment."""
    query: SessionsAsked = asked.query
    tenant_id, where = tenant_named(asked), await in_named_unit_or_tenant(op, asked)
    order = paging.order(sessions.ORDERS, query.sort, is_bounded=tenant_id is not None or query.user_id != "")

    async def read(after: str, limit: int) -> list[Placed]:
        return await sessions.page(
            op.db,
            tenant_id=tenant_id,
            unit_path=where.unit_path,
            user_id=query.user_id,
            order=order,
            after=after,
            limit=limit,
            now=op.now(),
        )

    return await paging.page(op, query, read, of="sessions", key=order.key, told=_shown)


async def show(op: Provider, asked: Asked) -> SessionShown:
    """One session."""
    return _shown(await _find(op, asked.id))


async def end(op: Provider, asked: Asked) -> None:
    """End one session."""
    await people.end_session(op, asked.actor, asked.id, origin=asked.origin)


def _shown(placed: Placed) -> SessionShown:
    each = placed.session
    return SessionShown(
        id=each.id,
        user_id=each.user_id,
        impersonator_id=each.impersonator_id,
        tenant_id=placed.tenant_id,
        acr=each.acr,
        amr=list(each.amr),
        ip_address=each.ip_address,
        user_agent=each.user_agent,
        auth_time=at(each.auth_time),
        created_at=at(each.created_at),
        last_seen_at=at(each.last_seen_at),
        idle_expires_at=at(each.idle_expires_at),
        expires_at=at(each.expires_at),
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/sessions",
        permission="sessions:read",
        summary="List who is signed in",
        handler=list_sessions,
        where=in_named_unit_or_tenant,
        query=SessionsAsked,
        gives=SessionShown,
        is_list=True,
    ),
    Operation(
        method="GET",
        path="/sessions/{id}",
        permission="sessions:read",
        summary="Show a session",
        handler=show,
        where=place,
        gives=SessionShown,
    ),
    Operation(
        method="DELETE",
        path="/sessions/{id}",
        permission="sessions:delete",
        summary="End a session; the apps that took part are told",
        handler=end,
        where=place,
        status=204,
    ),
)
