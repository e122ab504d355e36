"""Builders for who holds what: tenants, members, roles, and the actors they make."""

from collections.abc import Sequence
from typing import Any

from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import memberships, roles, tenants, units, users
from hibana_op.records.memberships import Membership
from hibana_op.records.roles import Assignment, Role
from hibana_op.records.tenants import SYSTEM, Tenant
from hibana_op.records.units import Unit
from hibana_op.records.users import User
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import Actor
from tests.make import make_user

HERE = Origin("192.0.2.10", "a browser", "trace")


async def make_tenant(op: Provider, slug: str = "acme") -> Tenant:
    """A tenant with the roles that every tenant begins with."""
    tenant = Tenant(id=uuid7(), slug=slug, name=slug.title(), created_at=op.now(), updated_at=op.now())

    async def write(tx: Any) -> None:
        await tenants.insert(tx, tenant)
        await roles.copy_template(tx, tenant.id, now=op.now())

    await op.db.transact(write)
    return tenant


async def make_member(
    op: Provider, tenant: Tenant, role: str = "member", *, status: str = "active", user: User | None = None
) -> User:
    """A person in a tenant."""
    person = user or await make_user(op, password=None)
    membership = Membership(
        id=uuid7(),
        tenant_id=tenant.id,
        user_id=person.id,
        role=role,
        status=status,
        joined_at=op.now(),
        created_at=op.now(),
        updated_at=op.now(),
    )
    await op.db.transact(lambda tx: memberships.insert(tx, membership))
    return person


async def make_unit(op: Provider, tenant: Tenant, *, above: Unit | None = None) -> Unit:
    """A department, or one beneath another."""
    unit_id = uuid7()
    unit = Unit(
        id=unit_id,
        tenant_id=tenant.id,
        parent_id=above.id if above else None,
        path=f"{above.path if above else ''}{unit_id}/",
        name="Sales",
        created_at=op.now(),
        updated_at=op.now(),
    )
    await op.db.transact(lambda tx: units.insert(tx, unit))
    return unit


async def make_role(op: Provider, tenant: Tenant | None, permissions: Sequence[str], name: str = "custom") -> Role:
    """A role of a tenant's own, or of the deployment."""
    role = Role(
        id=uuid7(),
        tenant_id=tenant.id if tenant else SYSTEM,
        name=name,
        display_name=name,
        description="",
        is_system_role=False,
        permissions_json=roles.as_permissions(permissions),
        requires_acr=None,
        created_at=op.now(),
        updated_at=op.now(),
    )
    await op.db.transact(lambda tx: roles.insert(tx, role))
    return role


async def give(op: Provider, user: User, role: str, *, tenant: Tenant | None = None, unit: Unit | None = None) -> str:
    """Somebody holds a role, by its name; the assignment's id."""
    found = await roles.find_by_name(op.db, tenant.id if tenant else SYSTEM, role)
    assert found is not None
    kind = "organization_unit" if unit else "tenant" if tenant else "deployment"
    assignment = Assignment(
        id=uuid7(),
        user_id=user.id,
        role_id=found.id,
        scope_type=kind,
        scope_id=unit.id if unit else tenant.id if tenant else SYSTEM,
        tenant_id=tenant.id if tenant else None,
        assigned_by=None,
        created_at=op.now(),
    )
    await op.db.transact(lambda tx: roles.insert_assignment(tx, assignment))
    return assignment.id


async def make_staff(op: Provider, role: str) -> User:
    """Somebody who holds a role in the whole deployment."""
    user = await make_user(op, password=None)
    await give(op, user, role)
    return user


async def acting(op: Provider, user: User, **proof: Any) -> Actor:
    """A person as they act now, from HERE."""
    given = {"ip": HERE.ip, **proof}
    return await op.db.read(lambda tx: actors.person(tx, user.id, now=op.now(), **given))


async def suspend(op: Provider, user: User) -> None:
    """A person may not sign in."""
    await op.db.run("UPDATE users SET status = 'suspended' WHERE id = :id", id=user.id)
    assert (await users.get(op.db, user.id)).status == "suspended"
