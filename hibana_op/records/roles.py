"""Roles, who holds them where, and everything that a person may do by them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from hibana_op.foundation.errors import Conflict, NotFound
from hibana_op.foundation.ids import uuid7
from hibana_op.records import impersonations
from hibana_op.records.memberships import COUNTS, UNIT_COUNTS
from hibana_op.records.row import as_columns, as_json, as_record, as_record_or_none, insert_into
from hibana_op.records.tenants import IS_OPEN, ROLE_TEMPLATE, SYSTEM
from hibana_op.storage.database import ConstraintBroken, Row, Session

DEPLOYMENT, TENANT, UNIT = "deployment", "tenant", "organization_unit"
_CHANGES_NOTHING = (":read", ":export")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a role may do. Those of the tenant `system` are the deployment's own.

    `requires_acr`: what its holders must prove at every sign-in.
    """

    id: str
    tenant_id: str
    name: str
    display_name: str
    description: str
    is_system_role: bool
    permissions_json: str
    requires_acr: str | None
    created_at: int
    updated_at: int

    @property
    def permissions(self) -> tuple[str, ...]:
        """The permissions, as they were written."""
        return permissions_of(self.permissions_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A role that somebody holds: everywhere, in a tenant, or in a unit and below."""

    id: str
    user_id: str
    role_id: str
    scope_type: str
    scope_id: str
    tenant_id: str | None
    assigned_by: str | None
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What one role gives one person: `tenant_id` None is everywhere, `unit_path` "" the whole tenant."""

    role: str
    permissions: tuple[str, ...]
    tenant_id: str | None
    unit_path: str = ""
    requires_acr: str | None = None


_INSERT = insert_into("roles", Role)
_ASSIGN = insert_into("user_roles", Assignment)


def permissions_of(text: str) -> tuple[str, ...]:
    """A list of permissions out of its column."""
    return tuple(msgspec.json.decode(text, type=list[str]))


async def insert(db: Session, role: Role) -> None:
    """Add a role; Conflict when its tenant has one of that name."""
    try:
        await db.run(_INSERT, **as_columns(role))
    except ConstraintBroken as broken:
        raise Conflict(f"there is a role of the name {role.name} already") from broken


async def copy_template(db: Session, tenant_id: str, *, now: int) -> None:
    """Give a new tenant its roles."""
    for row in await db.all("SELECT * FROM roles WHERE tenant_id = :id ORDER BY id", id=ROLE_TEMPLATE):
        copy = dict(row) | {"id": uuid7(), "tenant_id": tenant_id, "created_at": now, "updated_at": now}
        await db.run(_INSERT, **copy)


async def find(db: Session, tenant_id: str, role_id: str) -> Role | None:
    """A role of this tenant, by its id."""
    row = await db.one("SELECT * FROM roles WHERE tenant_id = :tenant_id AND id = :id", tenant_id=tenant_id, id=role_id)
    return as_record_or_none(Role, row)


async def locate(db: Session, role_id: str) -> Role:
    """The same in whichever tenant it is, or NotFound."""
    row = await db.one("SELECT * FROM roles WHERE id = :id", id=role_id)
    if row is None:
        raise NotFound(f"no role has the id {role_id}")
    return as_record(Role, row)


async def find_by_name(db: Session, tenant_id: str, name: str) -> Role | None:
    """A role of this tenant, by its name."""
    row = await db.one(
        "SELECT * FROM roles WHERE tenant_id = :tenant_id AND name = :name", tenant_id=tenant_id, name=name
    )
    return as_record_or_none(Role, row)


async def is_in_a_tenant(db: Session, name: str) -> bool:
    """Whether any tenant has a role of this name."""
    row = await db.one("SELECT id FROM roles WHERE tenant_id <> 'system' AND name = :name LIMIT 1", name=name)
    return row is not None


async def every(db: Session, tenant_id: str) -> list[Role]:
    """The roles of a tenant."""
    rows = await db.all("SELECT * FROM roles WHERE tenant_id = :tenant_id ORDER BY id", tenant_id=tenant_id)
    return [as_record(Role, row) for row in rows]


async def naming(db: Session, permissions: Sequence[str]) -> list[Role]:
    """The roles of the deployment and of every tenant that name one of these permissions, word for word."""
    wanted = {f"text_{at}": f"%{as_json(name)}%" for at, name in enumerate(permissions)}
    conditions = " OR ".join(f"permissions_json LIKE :{name}" for name in wanted)
    rows = await db.all(f"SELECT * FROM roles WHERE {conditions} ORDER BY tenant_id, name", **wanted)  # noqa: S608
    found = [as_record(Role, row) for row in rows]
    return [each for each in found if set(each.permissions) & set(permissions)]  # LIKE takes _ for any character


async def update(db: Session, role: Role) -> bool:
    """Write what may change of a role; False when it is not there."""
    return (
        await db.run(
            """
            UPDATE roles SET display_name = :display_name, description = :description,
              permissions_json = :permissions_json, requires_acr = :requires_acr, updated_at = :updated_at
            WHERE id = :id AND tenant_id = :tenant_id""",
            **{
                name: value
                for name, value in as_columns(role).items()
                if name not in ("name", "is_system_role", "created_at")
            },
        )
        > 0
    )


async def delete(db: Session, tenant_id: str, role_id: str) -> bool:
    """Remove a role that we did not bring, with all its assignments."""
    await impersonations.end_of_holders(db, "role_id = :id", id=role_id)
    return (
        await db.run(
            "DELETE FROM roles WHERE tenant_id = :tenant_id AND id = :id AND NOT is_system_role",
            tenant_id=tenant_id,
            id=role_id,
        )
        > 0
    )


async def names_of_user(db: Session, user_id: str) -> list[str]:
    """The names of the roles that a person holds in the whole deployment."""
    rows = await db.all(
        """
        SELECT roles.name FROM user_roles JOIN roles ON roles.id = user_roles.role_id
        WHERE user_roles.user_id = :id AND user_roles.scope_type = 'deployment' ORDER BY roles.name""",
        id=user_id,
    )
    return [row["name"] for row in rows]


async def require(db: Session, names: Sequence[str]) -> None:
    """NotFound, with the names there are, unless each of these is a role of the deployment."""
    known = [row["name"] for row in await db.all("SELECT name FROM roles WHERE tenant_id = 'system' ORDER BY name")]
    for name in names:
        if name not in known:
            raise NotFound(f"no role is named {name}; there are {', '.join(known)}")


async def assign(db: Session, user_id: str, role_name: str, *, now: int) -> None:
    """Give a person a role of the whole deployment that exists."""
    role = await find_by_name(db, SYSTEM, role_name)
    if role is None:
        raise NotFound(f"no role is named {role_name}")
    assignment = Assignment(
        id=uuid7(),
        user_id=user_id,
        role_id=role.id,
        scope_type=DEPLOYMENT,
        scope_id=SYSTEM,
        tenant_id=None,
        assigned_by=None,
        created_at=now,
    )
    await insert_assignment(db, assignment)


async def insert_assignment(db: Session, assignment: Assignment) -> bool:
    """Give somebody a role; False when they hold it there already."""
    statement = f"{_ASSIGN} ON CONFLICT (user_id, role_id, scope_type, scope_id) DO NOTHING"
    return await db.run(statement, **as_columns(assignment)) > 0


async def find_assignment(db: Session, assignment_id: str) -> Assignment | None:
    """One assignment."""
    row = await db.one("SELECT * FROM user_roles WHERE id = :id", id=assignment_id)
    return as_record_or_none(Assignment, row)


async def delete_assignment(db: Session, assignment_id: str) -> bool:
    """Take a role away; False when it is not held."""
    await impersonations.end_of_holders(db, "id = :id", id=assignment_id)
    return await db.run("DELETE FROM user_roles WHERE id = :id", id=assignment_id) > 0


async def delete_of_member(db: Session, tenant_id: str, user_id: str) -> None:
    """Take away every role that a person holds in a tenant."""
    await db.run(
        "DELETE FROM user_roles WHERE tenant_id = :tenant_id AND user_id = :user_id",
        tenant_id=tenant_id,
        user_id=user_id,
    )


async def granted_to(db: Session, user_id: str, *, now: int) -> list[Granted]:
    """Everything that a person holds and that counts now: by assignment, and by what they are in their tenants.

    The owners of a tenant whose plan or licence ran out keep what lets them look, and take along what is there.
    """
    rows = await db.all(
        f"""
        SELECT roles.name, roles.permissions_json, roles.requires_acr, user_roles.tenant_id, '' AS unit_path,
               TRUE AS is_open
        FROM user_roles JOIN roles ON roles.id = user_roles.role_id AND roles.tenant_id = 'system'
        WHERE user_roles.user_id = :user_id AND user_roles.scope_type = 'deployment'
        UNION ALL
        SELECT roles.name, roles.permissions_json, roles.requires_acr, user_roles.tenant_id,
               COALESCE(organization_units.path, '') AS unit_path, TRUE AS is_open
        FROM user_roles JOIN roles ON roles.id = user_roles.role_id AND roles.tenant_id = user_roles.tenant_id
        JOIN tenant_memberships ON tenant_memberships.tenant_id = user_roles.tenant_id
          AND tenant_memberships.user_id = user_roles.user_id
        JOIN tenants ON tenants.id = user_roles.tenant_id
        LEFT JOIN organization_units ON organization_units.tenant_id = user_roles.tenant_id
          AND organization_units.id = user_roles.scope_id
        WHERE user_roles.user_id = :user_id AND {COUNTS}
          AND (user_roles.scope_type = 'tenant' OR ({UNIT_COUNTS}))
        UNION ALL
        SELECT roles.name, roles.permissions_json, roles.requires_acr, tenants.id, '' AS unit_path,
               ({IS_OPEN}) AS is_open
        FROM tenant_memberships JOIN tenants ON tenants.id = tenant_memberships.tenant_id
        JOIN roles ON roles.tenant_id = tenants.id AND roles.name = CASE tenant_memberships.role
          WHEN 'owner' THEN 'tenant_owner' WHEN 'admin' THEN 'tenant_admin' ELSE 'user' END
        WHERE tenant_memberships.user_id = :user_id AND tenant_memberships.status = 'active'
          AND tenants.status = 'active' AND (tenant_memberships.role = 'owner' OR ({IS_OPEN}))""",  # noqa: S608
        user_id=user_id,
        now=now,
    )
    left = [] if all(row["is_open"] for row in rows) else await _changing_nothing(db)
    return [_granted(row) if row["is_open"] else _looking(_granted(row), left) for row in rows]


def _granted(row: Row) -> Granted:
    return Granted(
        role=row["name"],
        permissions=permissions_of(row["permissions_json"]),
        tenant_id=row["tenant_id"],
        unit_path=row["unit_path"],
        requires_acr=row["requires_acr"],
    )


async def _changing_nothing(db: Session) -> list[str]:
    """The permissions of tenants to see something, or to take it along."""
    known = await db.all("SELECT DISTINCT permission FROM permission_scopes WHERE scope_type = 'tenant'")
    return sorted(each["permission"] for each in known if each["permission"].endswith(_CHANGES_NOTHING))


def _looking(granted: Granted, left: Sequence[str]) -> Granted:
    """Of a role only those of some permissions that it gives."""
    given = set(granted.permissions)
    kept = tuple(name for name in left if {"*", name, f"{name.partition(':')[0]}:*"} & given)
    return replace(granted, permissions=kept)


async def held_by(db: Session, user_id: str, *, tenant_id: str | None, now: int) -> list[Granted]:
    """What a person holds in one tenant, or with None in the deployment as a whole; each role once in each place."""
    if tenant_id is None:
        rows = await db.all(
            """
            SELECT roles.name, roles.permissions_json, roles.requires_acr, user_roles.tenant_id, '' AS unit_path
            FROM user_roles JOIN roles ON roles.id = user_roles.role_id
            WHERE user_roles.user_id = :id AND user_roles.scope_type = 'deployment' ORDER BY roles.name""",
            id=user_id,
        )
        return [_granted(row) for row in rows]
    granted = [each for each in await granted_to(db, user_id, now=now) if each.tenant_id == tenant_id]
    found = {(each.unit_path, each.role): each for each in granted}
    return [found[place] for place in sorted(found)]


async def assignments_page(
    db: Session,
    *,
    tenant_id: str | None,
    user_id: str = "",
    role_id: str = "",
    unit_ids: Sequence[str] = (),
    and_in_tenant: bool = False,
    after: str = "",
    limit: int = 50,
) -> list[Assignment]:
    """Who holds which role: in a tenant, or with None in the whole deployment.

    `unit_ids`: at exactly these units; `and_in_tenant`: and in the tenant as a whole.
    """
    # What is not asked for is left out, so that the indexes serve for what is.
    conditions = "tenant_id IS NULL" if tenant_id is None else "tenant_id = :tenant_id"
    conditions += " AND user_id = :user_id" if user_id else ""
    conditions += " AND role_id = :role_id" if role_id else ""
    places = {f"unit_{at}": unit_id for at, unit_id in enumerate(unit_ids)}
    if places:
        inside = f"scope_type = 'organization_unit' AND scope_id IN ({', '.join(f':{name}' for name in places)})"
        conditions += f" AND ({inside} OR scope_type = 'tenant')" if and_in_tenant else f" AND {inside}"
    rows = await db.all(
        f"SELECT * FROM user_roles WHERE {conditions} AND id > :after ORDER BY id LIMIT :limit",  # noqa: S608
        after=after,
        tenant_id=tenant_id,
        user_id=user_id,
        role_id=role_id,
        limit=limit,
        **places,
    )
    return [as_record(Assignment, row) for row in rows]


def as_permissions(permissions: Sequence[str]) -> str:
    """A list of permissions, as its column holds it."""
    return as_json(list(permissions))
