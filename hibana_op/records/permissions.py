"""The catalogue of permissions: what there is, where it may be held, and what is switched off."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from hibana_op.foundation.errors import Conflict, NotFound
from hibana_op.foundation.ids import uuid7
from hibana_op.records import registry
from hibana_op.records.row import as_columns, as_record, insert_into
from hibana_op.storage.database import ConstraintBroken, Session

EVERYWHERE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionScope:
    """One permission in one kind of scope, or (with `scope_id`) in one tenant or unit."""

    id: str
    scope_type: str
    scope_id: str
    permission: str
    resource_type: str
    resource_pattern: str
    description: str
    is_active: bool
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One permission with all the kinds of places in which it may be held.

    `is_active`: it counts in each of them. `is_built_in`: we brought it, and the program may ask for it.
    """

    permission: str
    resource_type: str
    resource_pattern: str
    description: str
    held_in: tuple[str, ...]
    is_active: bool
    is_built_in: bool
    created_at: int


Catalogue = Mapping[tuple[str, str, str], PermissionScope]
_INSERT = insert_into("permission_scopes", PermissionScope)


async def every(db: Session) -> list[PermissionScope]:
    """The whole catalogue."""
    rows = await db.all("SELECT * FROM permission_scopes ORDER BY permission, scope_type, scope_id")
    return [as_record(PermissionScope, row) for row in rows]


async def catalogue(db: Session) -> Catalogue:
    """The same, by scope, its id and permission."""
    return {(each.scope_type, each.scope_id, each.permission): each for each in await every(db)}


async def listed(db: Session) -> list[Permission]:
    """Each permission once, without what is special to one tenant or unit."""
    return _permissions(each for each in await every(db) if each.scope_id == EVERYWHERE)


async def get(db: Session, permission: str) -> Permission:
    """One permission, or NotFound."""
    rows = await db.all(
        "SELECT * FROM permission_scopes WHERE permission = :permission AND scope_id = '*' ORDER BY scope_type",
        permission=permission,
    )
    if not rows:
        raise NotFound(f"there is no permission {permission}")
    return _permissions(as_record(PermissionScope, row) for row in rows)[0]


async def insert(db: Session, permission: Permission) -> None:
    """Add a permission that is not built in; Conflict when there is one of its name."""
    try:
        for place in permission.held_in:
            await db.run(_INSERT, **as_columns(_scope(permission, place)))
    except ConstraintBroken as broken:
        raise Conflict(f"there is a permission {permission.permission} already") from broken
    await registry.advance(db)


async def update(db: Session, permission: Permission) -> None:
    """Write what may change of a permission; where it cannot be held any more, nothing special remains either."""
    was = await get(db, permission.permission)
    await db.run(
        """
        UPDATE permission_scopes SET description = :description, resource_pattern = :pattern
        WHERE permission = :permission AND scope_id = '*'""",
        permission=permission.permission,
        description=permission.description,
        pattern=permission.resource_pattern,
    )
    if permission.is_active != was.is_active:  # else it may be on in one kind of place and off in another
        await db.run(
            "UPDATE permission_scopes SET is_active = :is_active WHERE permission = :permission AND scope_id = '*'",
            permission=permission.permission,
            is_active=permission.is_active,
        )
    for place in set(was.held_in) - set(permission.held_in):
        await db.run(
            "DELETE FROM permission_scopes WHERE permission = :permission AND scope_type = :place",
            permission=permission.permission,
            place=place,
        )
    for place in sorted(set(permission.held_in) - set(was.held_in)):
        await db.run(_INSERT, **as_columns(_scope(permission, place)))
    await registry.advance(db)


async def delete(db: Session, permission: str) -> None:
    """Remove a permission that is not built in."""
    await db.run("DELETE FROM permission_scopes WHERE permission = :permission", permission=permission)
    await registry.advance(db)


def _permissions(scopes: Iterable[PermissionScope]) -> list[Permission]:
    """Each permission of scopes that are in the order of their permissions."""
    found = []
    for name, group in groupby(scopes, key=lambda each: each.permission):
        held = list(group)
        found.append(
            Permission(
                permission=name,
                resource_type=held[0].resource_type,
                resource_pattern=held[0].resource_pattern,
                description=held[0].description,
                held_in=tuple(each.scope_type for each in held),
                is_active=all(each.is_active for each in held),
                # What a migration brings has an id that says what it is.
                is_built_in=any(each.id == f"{each.scope_type}:{name}" for each in held),
                created_at=held[0].created_at,
            )
        )
    return found


def _scope(permission: Permission, place: str) -> PermissionScope:
    return PermissionScope(
        id=uuid7(),
        scope_type=place,
        scope_id=EVERYWHERE,
        permission=permission.permission,
        resource_type=permission.resource_type,
        resource_pattern=permission.resource_pattern,
        description=permission.description,
        is_active=permission.is_active,
        created_at=permission.created_at,
    )
