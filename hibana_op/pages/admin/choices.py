"""What somebody may choose from in a form of the console: roles that they may give, units in which they may act."""

from collections.abc import Sequence
from dataclasses import dataclass

from hibana_op.foundation.errors import Forbidden, NotFound
from hibana_op.pages.admin.entry import not_found
from hibana_op.pages.admin.frame import Desk
from hibana_op.pages.admin.listing import Choice
from hibana_op.records import units
from hibana_op.records.units import Unit
from hibana_op.storage.database import Session as Db
from hibana_op.tenancy import seats
from hibana_op.tenancy.access import Where
from hibana_op.tenancy.places import at
from hibana_op.tenancy.seats import Seat
from hibana_op.web import role_names
from hibana_op.web.visit import Visit

MOST_UNITS = 500
_STEP = "\u3000"  # an ideographic space: a list of choices shows no other indentation


@dataclass(frozen=True, slots=True)
class Units:
    """Units in which somebody may do something; `may_be_none`: and in the organisation as a whole."""

    found: tuple[Unit, ...]
    may_be_none: bool

    def choices(self, chosen: str) -> list[Choice]:
        """The units as they stand beneath each other."""
        top = min((each.path.count("/") for each in self.found), default=0)
        return [
            Choice(each.id, _STEP * (each.path.count("/") - top) + each.name, each.id == chosen) for each in self.found
        ]

    def get(self, unit_id: str) -> Unit | None:
        """One of these units."""
        return next((each for each in self.found if each.id == unit_id), None)


async def units_for(tx: Db, desk: Desk, permission: str) -> Units:
    """The units in which somebody may do this: their own, or all where they may see units."""
    wheres = desk.places(permission)
    found: list[Unit] = []
    for where in wheres:
        page = await units.page(tx, desk.tenant.id, path=where.unit_path, limit=MOST_UNITS)
        found += [each for each in page if where.unit_path or desk.may("units:read", at(each))]
    return Units(_in_order(found), Where(tenant_id=desk.tenant.id) in wheres)


def narrowest(visit: Visit, desk: Desk, units: Units) -> tuple[Where, str]:
    """What a list is of: the unit that is asked for; else the whole organisation, or the first unit of one's own."""
    asked = visit.form.maybe("unit") or ""
    if asked:
        unit = units.get(asked)
        if unit is None:
            raise not_found()
        return at(unit), unit.id
    where = desk.places(desk.room.permission)[0]
    return where, next((each.id for each in units.found if each.path == where.unit_path), "")


async def roles_for(tx: Db, desk: Desk, language: str, offered: Sequence[str], chosen: str) -> list[Choice]:
    """Of these kinds of members, those that somebody may make."""
    return [
        Choice(role, role_names.of_member(language, role), role == chosen)
        for role in offered
        if await _may_give(tx, desk, role)
    ]


async def _may_give(tx: Db, desk: Desk, role: str) -> bool:
    try:
        await seats.check_may_give(tx, desk.actor, desk.tenant.id, Seat(role=role))
    except (Forbidden, NotFound):
        return False
    return True


def _in_order(found: Sequence[Unit]) -> tuple[Unit, ...]:
    """By name, each unit right beneath the one that it belongs to."""
    names = {each.id: each.name for each in found}
    return tuple(
        sorted(found, key=lambda each: [(names.get(unit, ""), unit) for unit in each.path.strip("/").split("/")])
    )
