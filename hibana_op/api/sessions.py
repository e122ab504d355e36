"""`/sessions`: who is signed in. A tenant sees the sessions of people who have entered it."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, in_named_tenant, tenant_named
from hibana_op.api.shapes import Given, OfTenant, at
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import sessions
from hibana_op.records.sessions import Placed
from hibana_op.tenancy import people
from hibana_op.tenancy.access import Where


class SessionShown(Given, frozen=True, kw_only=True):
    """A browser in which a person is signed in."""

    id: str
    user_id: str
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
    sort: Literal["created_at", "-created_at", "last_seen_at", "-last_seen_at"] = "created_at"


async def place(op: Provider, asked: Asked) -> Where:
    """The tenant that the person has entered with the session, or the deployment."""
    return Where(tenant_id=(await _find(op, asked.id)).tenant_id)


async def _find(op: Provider, session_id: str) -> Placed:
    found = await sessions.find_placed(op.db, session_id, now=op.now())
    if found is None:
        raise NotFound(f"no session has the id {session_id}")
    return found


async def list_sessions(op: Provider, asked: Asked) -> Page:
    """The sessions that count at this moment."""
    query: SessionsAsked = asked.query
    tenant_id = tenant_named(asked)
    order = paging.order(sessions.ORDERS, query.sort, is_bounded=tenant_id is not None or query.user_id != "")

    async def read(after: str, limit: int) -> list[Placed]:
        return await sessions.page(
            op.db,
            tenant_id=tenant_id,
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
        where=in_named_tenant,
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
