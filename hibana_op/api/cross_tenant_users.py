"""`/cross-tenant-users`: people in every tenant that they belong to, for the service provider's staff."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page
from hibana_op.api.shapes import Given, Searching, told_of
from hibana_op.provider import Provider
from hibana_op.records.cross_tenant_users import TenantUser
from hibana_op.tenancy import staff


class TenantUserShown(Given, frozen=True, kw_only=True):
    """A person in one tenant; `roles` are what they were given there beside what they are in it."""

    user_id: str
    email: str
    name: str | None
    status: str
    last_login_at: datetime | None
    created_at: datetime | None
    tenant_id: str
    tenant_name: str
    membership_id: str
    membership_role: str
    membership_status: str
    roles: list[str]


class TenantUsersAsked(Searching, frozen=True, kw_only=True):
    """Which people, in which tenants; those who left only when they are asked for."""

    tenant_id: Annotated[str, Meta(max_length=255, description="In which tenant.")] = ""
    status: Literal["", "active", "invited", "suspended", "left"] = ""
    role: Annotated[str, Meta(max_length=64, description="What they are in it, or a role that they hold.")] = ""


async def list_people(op: Provider, asked: Asked) -> Page:
    """People in the order in which they joined."""
    query: TenantUsersAsked = asked.query

    async def read(after: str, limit: int) -> list[TenantUser]:
        return await staff.people_of_tenants(
            op.db,
            asked.actor,
            q=query.q,
            tenant_id=query.tenant_id,
            status=query.status,
            role=query.role,
            after=after,
            limit=limit,
        )

    return await paging.page(op, query, read, of="cross-tenant-users", key=lambda each: each.membership_id, told=_shown)


def _shown(person: TenantUser) -> TenantUserShown:
    shown: TenantUserShown = told_of(person, TenantUserShown, roles=list(person.roles))
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/cross-tenant-users",
        permission="users:read",
        summary="List people in every tenant that they belong to",
        handler=list_people,
        query=TenantUsersAsked,
        gives=TenantUserShown,
        is_list=True,
    ),
)
