"""Where people stand in their tenants: the roles and the unit that they have, or would get by joining."""

from dataclasses import dataclass

from hibana_op.records import roles, units
from hibana_op.records.invitations import Invitation
from hibana_op.records.join_codes import JoinCode
from hibana_op.records.roles import Role
from hibana_op.records.row import as_record
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A role that a person holds beside their membership, and the unit in which it counts."""

    role: Role
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What somebody is in one tenant: `membership` is member, admin or owner."""

    membership: str
    held: tuple[Held, ...] = ()
    unit: str | None = None


async def offered(db: Session, by: JoinCode | Invitation) -> Position:
    """What somebody becomes by a join code or an invitation."""
    role = await roles.find(db, by.tenant_id, by.role_id) if by.role_id is not None else None
    unit = await units.find(db, by.tenant_id, by.unit_id) if by.unit_id is not None else None
    name = unit.name if unit is not None else None
    return Position(membership=by.role, held=(Held(role=role, unit=name),) if role else (), unit=name)


async def of_person(db: Session, user_id: str) -> dict[str, Position]:
    """What a person is now, in each of their tenants by its id."""
    members = await db.all(
        """
        SELECT tenant_memberships.tenant_id, tenant_memberships.role, organization_units.name AS unit
        FROM tenant_memberships LEFT JOIN organization_units
          ON organization_units.tenant_id = tenant_memberships.tenant_id
          AND organization_units.id = tenant_memberships.unit_id
        WHERE tenant_memberships.user_id = :id""",
        id=user_id,
    )
    assigned = await db.all(
        """
        SELECT roles.*, organization_units.name AS unit_name
        FROM user_roles JOIN roles ON roles.id = user_roles.role_id AND roles.tenant_id = user_roles.tenant_id
        LEFT JOIN organization_units ON organization_units.tenant_id = user_roles.tenant_id
          AND organization_units.id = user_roles.scope_id
        WHERE user_roles.user_id = :id ORDER BY roles.name, organization_units.name""",
        id=user_id,
    )
    held: dict[str, list[Held]] = {}
    for row in assigned:
        held.setdefault(row["tenant_id"], []).append(Held(role=as_record(Role, row), unit=row["unit_name"]))
    return {
        each["tenant_id"]: Position(
            membership=each["role"], held=tuple(held.get(each["tenant_id"], ())), unit=each["unit"]
        )
        for each in members
    }
