"""The catalogue of permissions: what there is, where it may be held, and what is switched off."""

from collections.abc import Mapping
from dataclasses import dataclass

from hibana_op.records.row import as_record
from hibana_op.storage.database import Session

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


Catalogue = Mapping[tuple[str, str, str], PermissionScope]


async def every(db: Session) -> list[PermissionScope]:
    """The whole catalogue."""
    rows = await db.all("SELECT * FROM permission_scopes ORDER BY permission, scope_type, scope_id")
    return [as_record(PermissionScope, row) for row in rows]


async def catalogue(db: Session) -> Catalogue:
    """The same, by scope, its id and permission."""
    return {(each.scope_type, each.scope_id, each.permission): each for each in await every(db)}
