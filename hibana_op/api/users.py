"""`/users`: people, by whoever looks after the deployment; tenants see those who belong to them. Never a secret."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, tenant_named
from hibana_op.api.places import in_named_unit_or_tenant
from hibana_op.api.shapes import Given, Id, SearchingTenant, Taken, changes, told_of
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import memberships, users
from hibana_op.records.users import User
from hibana_op.tenancy import people
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, Where, may
from hibana_op.tenancy.places import place_of

Claim = Annotated[str, Meta(min_length=1, max_length=500)]
Email = Annotated[str, Meta(min_length=3, max_length=320)]
Address = Annotated[
    dict[Literal["formatted", "street_address", "locality", "region", "postal_code", "country"], str],
    Meta(max_length=6),
]
Localized = Annotated[dict[Annotated[str, Meta(max_length=80)], Claim], Meta(max_length=50)]
# What a tenant's administrators see of the people who belong to it; the rest is between them and the deployment.
SEEN_BY_TENANTS = frozenset(
    {
        *("id", "email", "email_verified", "name", "given_name", "family_name", "preferred_username", "picture"),
        *("locale", "status", "kind"),
    }
)


class UserShown(Given, frozen=True, kw_only=True):
    """A person. Members that are none of the caller's business are left out."""

    id: str
    email: str
    email_verified: bool
    name: str | None
    given_name: str | None
    family_name: str | None
    preferred_username: str | None
    picture: str | None
    locale: str | None
    status: str
    kind: str
    middle_name: str | UnsetType | None = UNSET
    nickname: str | UnsetType | None = UNSET
    profile: str | UnsetType | None = UNSET
    website: str | UnsetType | None = UNSET
    gender: str | UnsetType | None = UNSET
    birthdate: str | UnsetType | None = UNSET
    zoneinfo: str | UnsetType | None = UNSET
    phone_number: str | UnsetType | None = UNSET
    phone_number_verified: bool | UnsetType = UNSET
    address: dict[str, str] | UnsetType | None = UNSET
    localized: dict[str, Any] | UnsetType = UNSET
    membership: str | UnsetType = UNSET
    parent_user_id: str | UnsetType | None = UNSET
    logins_count: int | UnsetType = UNSET
    last_login_at: datetime | UnsetType | None = UNSET
    created_at: datetime | UnsetType | None = UNSET
    updated_at: datetime | UnsetType | None = UNSET


class ClaimsTaken(Taken, frozen=True, kw_only=True):
    """The standard claims that administrators may write (OpenID Connect Core §5.1); null takes one away."""

    name: Claim | UnsetType | None = UNSET
    given_name: Claim | UnsetType | None = UNSET
    family_name: Claim | UnsetType | None = UNSET
    middle_name: Claim | UnsetType | None = UNSET
    nickname: Claim | UnsetType | None = UNSET
    preferred_username: Claim | UnsetType | None = UNSET
    profile: Claim | UnsetType | None = UNSET
    picture: Claim | UnsetType | None = UNSET
    website: Claim | UnsetType | None = UNSET
    gender: Claim | UnsetType | None = UNSET
    birthdate: Claim | UnsetType | None = UNSET
    zoneinfo: Claim | UnsetType | None = UNSET
    locale: Claim | UnsetType | None = UNSET
    phone_number: Claim | UnsetType | None = UNSET
    address: Address | UnsetType | None = UNSET
    localized: Localized | UnsetType | None = UNSET


class NewUser(ClaimsTaken, frozen=True, kw_only=True):
    """Somebody who is to have an account. They confirm their address and choose how they sign in by themselves.

    With `send_password_link` they get the link to do so at once.
    """

    email: Email
    kind: Literal["human", "service", "agent"] = "human"
    parent_user_id: Id | None = None
    send_password_link: bool = False


class UserChanged(ClaimsTaken, frozen=True, kw_only=True):
    """What changes of a person. A new address has to be confirmed.

    With another `parent_user_id` the account belongs to that person, with null to nobody.
    """

    email: Email | UnsetType = UNSET
    parent_user_id: Id | UnsetType | None = UNSET
    membership: Literal["free", "premium"] | UnsetType = UNSET


class UsersAsked(SearchingTenant, frozen=True, kw_only=True):
    """Which people. Those of a tenant are of every status."""

    status: Literal["", "active", "invited", "suspended"] = ""
    unit_id: Annotated[str, Meta(max_length=255, description="Those of this unit of the tenant and below.")] = ""
    sort: Literal["created_at", "-created_at", "email", "-email"] = "created_at"


async def place(op: Provider, asked: Asked) -> Where:
    """The deployment for those who see everybody; else where in a tenant of the caller's the person belongs."""
    if may(asked.actor, "users:read", IN_DEPLOYMENT):
        return IN_DEPLOYMENT
    for tenant_id in tenants_of(asked.actor):
        found = await memberships.of_person(op.db, tenant_id, asked.id)
        if found is None or found.status == "left":
            continue
        where = await place_of(op.db, tenant_id, found.unit_id)
        if may(asked.actor, "users:read", where):
            return where
    raise NotFound(f"no person has the id {asked.id}")


def tenants_of(actor: Actor) -> list[str]:
    """The tenants in which somebody acts."""
    if actor.tenant_id is not None:
        return [actor.tenant_id]
    return list(dict.fromkeys(granted.tenant_id for granted in actor.granted if granted.tenant_id is not None))


async def list_users(op: Provider, asked: Asked) -> Page:
    """People of the deployment, of a tenant, or of a unit and below."""
    query: UsersAsked = asked.query
    tenant_id, where = tenant_named(asked), await in_named_unit_or_tenant(op, asked)
    order = (users.ORDERS if tenant_id is None else users.ORDERS_OF_TENANT)[query.sort]

    async def read(after: str, limit: int) -> list[User]:
        if tenant_id is not None:
            return await users.page_of_tenant(
                op.db, tenant_id, unit_path=where.unit_path, search=query.q, order=order, after=after, limit=limit
            )
        return await users.page(op.db, search=query.q, status=query.status, order=order, after=after, limit=limit)

    return await paging.page(
        op, query, read, of=f"users {tenant_id}", key=order.key, told=lambda each: shown(each, asked.actor)
    )


async def show(op: Provider, asked: Asked) -> UserShown:
    """One person."""
    return shown(await users.get(op.db, asked.id), asked.actor)


async def create(op: Provider, asked: Asked) -> UserShown:
    """Add a person."""
    body: NewUser = asked.body
    given = changes(body)
    claims = {name: given[name] for name in ClaimsTaken.__struct_fields__ if given.get(name) is not None}
    made = await people.create(
        op,
        asked.actor,
        email=body.email,
        kind=body.kind,
        claims=claims,
        parent_id=body.parent_user_id,
        is_sent_link=body.send_password_link,
        origin=asked.origin,
    )
    return shown(made, asked.actor)


async def change(op: Provider, asked: Asked) -> UserShown:
    """Change what is known of a person."""
    changed = await people.update(op, asked.actor, asked.id, changes(asked.body), origin=asked.origin)
    return shown(changed, asked.actor)


async def erase(op: Provider, asked: Asked) -> None:
    """Erase a person."""
    await people.erase(op, asked.actor, asked.id, origin=asked.origin)


def shown(user: User, actor: Actor) -> UserShown:
    """A person, as far as they are the caller's business."""
    hidden: dict[str, Any] = {}
    if not may(actor, "users:read", IN_DEPLOYMENT):
        names = (each for each in UserShown.__struct_fields__ if each not in SEEN_BY_TENANTS)
        hidden = dict.fromkeys(names, UNSET)
    told: UserShown = told_of(user, UserShown, **hidden)
    return told


OPERATIONS = (
    Operation(
        method="GET",
        path="/users",
        permission="users:read",
        summary="List people",
        handler=list_users,
        where=in_named_unit_or_tenant,
        query=UsersAsked,
        gives=UserShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/users",
        permission="users:create",
        summary="Add a person",
        handler=create,
        takes=NewUser,
        gives=UserShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/users/{id}",
        permission="users:read",
        summary="Show a person",
        handler=show,
        where=place,
        gives=UserShown,
    ),
    Operation(
        method="PATCH",
        path="/users/{id}",
        permission="users:update",
        summary="Change what is known of a person",
        handler=change,
        takes=UserChanged,
        gives=UserShown,
    ),
    Operation(
        method="DELETE",
        path="/users/{id}",
        permission="users:delete",
        summary="Erase a person; the audit log keeps what happened without them",
        handler=erase,
        status=204,
    ),
)
