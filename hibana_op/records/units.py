"""Organisation units: a tree in each tenant. `path` is the ids from the root to the unit, each with a slash."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hibana_op.foundation.errors import Conflict, NotFound
from hibana_op.records.memberships import Membership
from hibana_op.records.roles import permissions_of
from hibana_op.records.row import as_columns, as_record, as_record_or_none, insert_into
from hibana_op.records.tenants import containing
from hibana_op.storage.database import ConstraintBroken, Session

TYPES = ("headquarters", "branch", "office", "department", "team")
STATUSES = ("active", "inactive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A part of a tenant."""

    id: str
    tenant_id: str
    parent_id: str | None = None
    path: str
    name: str
    type: str = "department"
    code: str | None = None
    manager_user_id: str | None = None
    status: str = "active"
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that somebody holds in a unit, and what it gives."""

    user_id: str
    role: str
    permissions: tuple[str, ...]


_INSERT = insert_into("organization_units", Unit)


async def insert(db: Session, unit: Unit) -> None:
    """Add a unit; Conflict when its tenant has one with its code."""
    try:
        await db.run(_INSERT, **as_columns(unit))
    except ConstraintBroken as broken:
        raise _refused(unit, broken) from broken


async def find(db: Session, tenant_id: str, unit_id: str) -> Unit | None:
    """A unit of this tenant."""
    row = await db.one(
        "SELECT * FROM organization_units WHERE tenant_id = :tenant_id AND id = :id", tenant_id=tenant_id, id=unit_id
    )
    return as_record_or_none(Unit, row)


async def locate(db: Session, unit_id: str) -> Unit:
    """The same in whichever tenant it is, or NotFound."""
    row = await db.one("SELECT * FROM organization_units WHERE id = :id", id=unit_id)
    if row is None:
        raise NotFound(f"no unit has the id {unit_id}")
    return as_record(Unit, row)


async def page(
    db: Session, tenant_id: str, *, q: str = "", path: str = "", status: str = "", after: str = "", limit: int = 50
) -> list[Unit]:
    """The units of a tenant, or those beneath a path, in the order in which they were made."""
    rows = await db.all(
        """
        SELECT * FROM organization_units
        WHERE tenant_id = :tenant_id AND id > :after AND path LIKE :beneath AND (:status = '' OR status = :status)
          AND (:q = '' OR LOWER(name) LIKE :pattern ESCAPE '\\' OR LOWER(code) LIKE :pattern ESCAPE '\\')
        ORDER BY id LIMIT :limit""",
        tenant_id=tenant_id,
        after=after,
        beneath=f"{path}%",
        status=status,
        q=q,
        pattern=containing(q),
        limit=limit,
    )
    return [as_record(Unit, row) for row in rows]


async def update(db: Session, unit: Unit) -> bool:
    """Write what may change of a unit, its place apart; False when it is gone, Conflict when its code is taken."""
    try:
        changed = await db.run(
            """
            UPDATE organization_units SET name = :name, type = :type, code = :code, manager_user_id = :manager_user_id,
              status = :status, updated_at = :updated_at
            WHERE tenant_id = :tenant_id AND id = :id""",
            **{
                name: value
                for name, value in as_columns(unit).items()
                if name not in ("parent_id", "path", "created_at")
            },
        )
    except ConstraintBroken as broken:
        raise _refused(unit, broken) from broken
    return changed > 0


async def paths_beneath(db: Session, unit: Unit) -> list[str]:
    """The paths of a unit and of all beneath it."""
    rows = await db.all(
        "SELECT path FROM organization_units WHERE tenant_id = :tenant_id AND path LIKE :beneath",
        tenant_id=unit.tenant_id,
        beneath=f"{unit.path}%",
    )
    return [str(row["path"]) for row in rows]


async def of_paths(db: Session, tenant_id: str, paths: Sequence[str]) -> list[Unit]:
    """The units of a tenant that stand at these paths, each before those beneath it."""
    named = {f"path_{at}": path for at, path in enumerate(paths)}
    if not named:
        return []
    places = ", ".join(f":{name}" for name in named)
    rows = await db.all(
        f"SELECT * FROM organization_units WHERE tenant_id = :tenant_id AND path IN ({places}) ORDER BY path",  # noqa: S608
        tenant_id=tenant_id,
        **named,
    )
    return [as_record(Unit, row) for row in rows]


async def names(db: Session, tenant_id: str, unit_ids: Collection[str]) -> dict[str, str]:
    """What units of a tenant are called, by their ids."""
    named = {f"id_{at}": unit_id for at, unit_id in enumerate(sorted(set(unit_ids)))}
    if not named:
        return {}
    places = ", ".join(f":{name}" for name in named)
    rows = await db.all(
        f"SELECT id, name FROM organization_units WHERE tenant_id = :tenant_id AND id IN ({places})",  # noqa: S608
        tenant_id=tenant_id,
        **named,
    )
    return {str(row["id"]): str(row["name"]) for row in rows}


async def release_manager(db: Session, tenant_id: str, user_id: str) -> None:
    """Let somebody manage no unit of a tenant any more."""
    await db.run(
        """
        UPDATE organization_units SET manager_user_id = NULL
        WHERE tenant_id = :tenant_id AND manager_user_id = :user_id""",
        tenant_id=tenant_id,
        user_id=user_id,
    )


async def move(db: Session, unit: Unit, *, parent_id: str | None, path: str, now: int) -> None:
    """Put a unit, with all beneath it, in another place."""
    await db.run(
        """
        UPDATE organization_units SET path = CAST(:path AS TEXT) || SUBSTR(path, CAST(:rest AS INTEGER)),
          updated_at = :now
        WHERE tenant_id = :tenant_id AND path LIKE :beneath""",
        tenant_id=unit.tenant_id,
        path=path,
        rest=len(unit.path) + 1,
        beneath=f"{unit.path}%",
        now=now,
    )
    await db.run(
        "UPDATE organization_units SET parent_id = :parent_id WHERE tenant_id = :tenant_id AND id = :id",
        tenant_id=unit.tenant_id,
        id=unit.id,
        parent_id=parent_id,
    )


async def is_used(db: Session, unit: Unit) -> bool:
    """Whether anything is in a unit or beneath it: units, people, or codes and invitations that lead into it."""
    row = await db.one(
        """
        SELECT 1 AS used WHERE
          EXISTS (SELECT 1 FROM organization_units WHERE tenant_id = :tenant_id AND parent_id = :id)
          OR EXISTS (SELECT 1 FROM tenant_memberships WHERE tenant_id = :tenant_id AND unit_id = :id)
          OR EXISTS (SELECT 1 FROM tenant_join_codes WHERE tenant_id = :tenant_id AND unit_id = :id)
          OR EXISTS (SELECT 1 FROM invitations WHERE tenant_id = :tenant_id AND unit_id = :id)""",
        tenant_id=unit.tenant_id,
        id=unit.id,
    )
    return row is not None


async def children(db: Session, unit: Unit) -> list[Unit]:
    """The units right beneath a unit."""
    rows = await db.all(
        "SELECT * FROM organization_units WHERE tenant_id = :tenant_id AND parent_id = :id ORDER BY id",
        tenant_id=unit.tenant_id,
        id=unit.id,
    )
    return [as_record(Unit, row) for row in rows]


async def has_people(db: Session, unit: Unit) -> bool:
    """Whether anybody is in a unit itself."""
    row = await db.one(
        "SELECT id FROM tenant_memberships WHERE tenant_id = :tenant_id AND unit_id = :id LIMIT 1",
        tenant_id=unit.tenant_id,
        id=unit.id,
    )
    return row is not None


async def reassign_people(db: Session, unit: Unit, *, to: str | None, now: int) -> list[Membership]:
    """Move everybody in a unit, and whoever a code or an invitation leads into it, to another one; who was moved."""
    moved = await db.all(
        """
        UPDATE tenant_memberships SET unit_id = :to, updated_at = :now
        WHERE tenant_id = :tenant_id AND unit_id = :id RETURNING *""",
        tenant_id=unit.tenant_id,
        id=unit.id,
        to=to,
        now=now,
    )
    for table in ("tenant_join_codes", "invitations"):
        await db.run(
            f"UPDATE {table} SET unit_id = :to WHERE tenant_id = :tenant_id AND unit_id = :id",  # noqa: S608
            tenant_id=unit.tenant_id,
            id=unit.id,
            to=to,
        )
    return [as_record(Membership, row) for row in moved]


async def held_in(db: Session, unit: Unit) -> list[HeldRole]:
    """The roles that are held in a unit alone."""
    rows = await db.all(
        """
        SELECT user_roles.user_id, roles.name, roles.permissions_json
        FROM user_roles JOIN roles ON roles.id = user_roles.role_id
        WHERE user_roles.scope_type = 'organization_unit' AND user_roles.scope_id = :id
          AND user_roles.tenant_id = :tenant_id
        ORDER BY user_roles.id""",
        id=unit.id,
        tenant_id=unit.tenant_id,
    )
    return [HeldRole(row["user_id"], row["name"], permissions_of(row["permissions_json"])) for row in rows]


async def given_into(db: Session, unit: Unit) -> list[tuple[str, ...]]:
    """What each role gives that codes that count and open invitations give in a unit."""
    rows = await db.all(
        """
        SELECT permissions_json FROM roles WHERE tenant_id = :tenant_id AND (
          id IN (SELECT role_id FROM tenant_join_codes
            WHERE tenant_id = :tenant_id AND unit_id = :id AND disabled_at IS NULL)
          OR id IN (SELECT role_id FROM invitations
            WHERE tenant_id = :tenant_id AND unit_id = :id AND status = 'pending'))
        ORDER BY id""",
        tenant_id=unit.tenant_id,
        id=unit.id,
    )
    return [permissions_of(row["permissions_json"]) for row in rows]


async def delete(db: Session, unit: Unit) -> bool:
    """Remove a unit that nothing is in, with the roles that were held in it alone."""
    await db.run(
        "DELETE FROM user_roles WHERE scope_type = 'organization_unit' AND scope_id = :id AND tenant_id = :tenant_id",
        id=unit.id,
        tenant_id=unit.tenant_id,
    )
    return (
        await db.run(
            "DELETE FROM organization_units WHERE tenant_id = :tenant_id AND id = :id",
            tenant_id=unit.tenant_id,
            id=unit.id,
        )
        > 0
    )


def _refused(unit: Unit, broken: ConstraintBroken) -> Conflict:
    if broken.kind == "unique":
        return Conflict(f"another unit has the code {unit.code}")
    return Conflict("the organisation or the unit above was removed a moment ago")
