"""What there is of each collection in the tests: two tenants seeded alike, and a valid call of each operation.

A module here is about one collection. It has `SPECIMENS`, one for each operation of the collection, and, where
things have to be there first, `async def seed(op, side)`, which puts their ids into `side.ids`. Everything that is
seeded and has words carries `side.canary`.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider

# By other names: the specimens of these collections are modules of this package.
from hibana_op.records import memberships as membership_records
from hibana_op.records import roles as role_records
from hibana_op.records import tenants as tenant_records
from hibana_op.records.memberships import Membership
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User
from tests.make import make_user


@dataclass(slots=True)
class Side:
    """One of the two tenants. `ids` has what collections seeded in it, by names of their own."""

    canary: str
    tenant_id: str
    owner: User
    admin: User
    member: User
    ids: dict[str, str] = field(default_factory=dict)


Members = Callable[[Side], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """A valid call of an operation, on one side.

    `path` says which of `side.ids` stands for each name in braces; `body` and `query` make what is sent. `of_tenant`:
    the thing belongs to a tenant, so that the tenant's roles count there; otherwise it is the deployment's.
    """

    of_tenant: bool
    path: dict[str, str] = field(default_factory=dict)
    body: Members | None = None
    query: Members | None = None

    def fill(self, template: str, side: Side) -> str:
        """The path of the side's own thing."""
        return template.format(**{name: side.ids[key] for name, key in self.path.items()})


def of_tenant(side: Side) -> dict[str, Any]:
    """The query of a list of what belongs to tenants."""
    return {"tenant_id": side.tenant_id}


def modules() -> list[Any]:
    """The specimens of every collection."""
    found = pkgutil.iter_modules(__path__, f"{__name__}.")
    return [importlib.import_module(each.name) for each in found]


def specimens() -> dict[tuple[str, str], Specimen]:
    """Every specimen, by method and path."""
    return {key: specimen for module in modules() for key, specimen in module.SPECIMENS.items()}


async def seed_side(op: Provider, canary: str, *, ids: dict[str, str] | None = None) -> Side:
    """A tenant with three people, and one of everything that collections seed."""
    now = op.now()
    tenant = Tenant(
        id=uuid7(), slug=canary.lower(), name=f"Tenant {canary}", description=canary, created_at=now, updated_at=now
    )

    async def write(tx: Any) -> None:
        await tenant_records.insert(tx, tenant)
        await role_records.copy_template(tx, tenant.id, now=now)

    await op.db.transact(write)
    people = {role: await join(op, tenant.id, role, canary) for role in ("owner", "admin", "member")}
    side = Side(canary, tenant.id, people["owner"], people["admin"], people["member"])
    side.ids["tenant"] = tenant.id
    for role, user in people.items():
        side.ids[role] = user.id
    for module in modules():
        if hasattr(module, "seed"):
            await module.seed(op, side)
    return side


async def join(op: Provider, tenant_id: str, role: str, canary: str) -> User:
    """A new person who belongs to a tenant."""
    now = op.now()
    user = await make_user(
        op, password=None, name=f"{role} {canary}", email=f"{role}.{uuid7()}@{canary.lower()}.example"
    )
    membership = Membership(
        id=uuid7(), tenant_id=tenant_id, user_id=user.id, role=role, joined_at=now, created_at=now, updated_at=now
    )
    await op.db.transact(lambda tx: membership_records.insert(tx, membership))
    return user
