"""`/me`: who the caller is, and what they may do where."""

from msgspec import Struct

from hibana_op.api.operation import SIGNED_IN, Asked, Operation
from hibana_op.api.shapes import Given
from hibana_op.provider import Provider
from hibana_op.records import users
from hibana_op.records.roles import Granted
from hibana_op.tenancy import access
from hibana_op.tenancy.access import Actor, Where, may


class Held(Struct, frozen=True, kw_only=True):
    """One role, where it is held, and what it lets the caller do there; without a tenant in the whole deployment."""

    role: str
    tenant_id: str | None
    unit_id: str | None
    unit_path: str
    permissions: list[str]


class Me(Given, frozen=True, kw_only=True):
    """The caller, as the API sees them."""

    kind: str
    user_id: str | None
    email: str | None
    name: str | None
    client_id: str | None
    tenant_id: str | None
    scopes: list[str]
    roles: list[Held]
    permissions: list[str]


async def show(op: Provider, asked: Asked) -> Me:
    """Tell the caller who they are; `permissions` are those in the whole tenant they are confined to, or everywhere."""
    actor = asked.actor
    user = await users.find(op.db, actor.user_id) if actor.user_id else None
    where = Where(tenant_id=actor.tenant_id)
    return Me(
        kind=asked.caller.kind,
        user_id=actor.user_id,
        email=user.email if user else None,
        name=user.name if user else None,
        client_id=actor.client_id,
        tenant_id=actor.tenant_id,
        scopes=list(asked.caller.scopes),
        roles=[
            _held(actor, granted)
            for granted in actor.granted
            if actor.tenant_id is None or granted.tenant_id in (None, actor.tenant_id)
        ],
        permissions=sorted({name for _, _, name in actor.catalogue if may(actor, name, where)}),
    )


def _held(actor: Actor, granted: Granted) -> Held:
    there = Where(tenant_id=granted.tenant_id or actor.tenant_id, unit_path=granted.unit_path)
    names = access.spelled_out(actor.catalogue, granted.permissions, there)
    return Held(
        role=granted.role,
        tenant_id=granted.tenant_id,
        unit_id=granted.unit_path.split("/")[-2] if granted.unit_path else None,
        unit_path=granted.unit_path,
        permissions=sorted(name for name in names if may(actor, name, there)),
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/me",
        permission=SIGNED_IN,
        summary="Who the caller is",
        handler=show,
        gives=Me,
    ),
)
