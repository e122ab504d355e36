"""The people of an organisation, as those who look after them see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.pages.admin import choices, listing, rooms
from hibana_op.pages.admin.frame import Desk, console_page, for_room
from hibana_op.pages.admin.listing import Choice
from hibana_op.records import memberships, users
from hibana_op.records import units as units_of
from hibana_op.records.memberships import ROLES, Membership
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db
from hibana_op.web import role_names
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

STATUSES = ("active", "suspended")


@dataclass(frozen=True, slots=True)
class Row:
    """One of them in the list."""

    name: str
    email: str
    path: str
    role: str
    unit: str | None
    status: str
    is_active: bool
    is_me: bool


@for_room("members")
async def show(visit: Visit, desk: Desk) -> Response:
    """Lists the members; by name, address, role, status and unit, as far as somebody may see them."""
    op = visit.site.op
    units = await op.db.read(lambda tx: choices.units_for(tx, desk, desk.room.permission))
    where, unit_id = choices.narrowest(visit, desk, units)
    narrowed = {
        "q": listing.searched(visit),
        "status": listing.chosen(visit, "status", STATUSES),
        "role": listing.chosen(visit, "role", ROLES),
    }

    async def read(after: str, limit: int) -> Sequence[Membership]:
        return await op.db.search(
            lambda tx: memberships.page(
                tx, desk.tenant.id, **narrowed, unit_path=where.unit_path, after=after, limit=limit
            )
        )

    found, pager = await listing.page(
        visit, desk.address(), read, key=lambda each: each.id, narrowed={**narrowed, "unit": unit_id}
    )
    people, names = await op.db.glance(lambda tx: _about(tx, desk, found))
    return await console_page(
        visit,
        desk,
        "members.html",
        elsewhere=(
            f"hibana membership list --tenant {desk.tenant.slug}",
            f"GET /api/v1/memberships?tenant_id={desk.tenant.id}",
        ),
        rows=[_row(visit, desk, each, people[each.user_id], names) for each in found if each.user_id in people],
        pager=pager,
        q=narrowed["q"],
        is_narrowed=any(narrowed.values()) or bool(unit_id and units.may_be_none),
        statuses=[
            Choice(each, say(visit.language, f"console.member.{each}"), each == narrowed["status"]) for each in STATUSES
        ],
        roles=[Choice(each, role_names.of_member(visit.language, each), each == narrowed["role"]) for each in ROLES],
        units=units.choices(unit_id),
        may_be_all=units.may_be_none,
        invite=desk.address("new", room=rooms.called("invitations")) if desk.places("invitations:create") else None,
    )


async def _about(tx: Db, desk: Desk, found: Sequence[Membership]) -> tuple[Mapping[str, User], Mapping[str, str]]:
    """The people of these memberships, and what their units are called."""
    in_units = [each.unit_id for each in found if each.unit_id is not None]
    return await users.several(tx, [each.user_id for each in found]), await units_of.names(tx, desk.tenant.id, in_units)


def _row(visit: Visit, desk: Desk, member: Membership, user: User, units: Mapping[str, str]) -> Row:
    return Row(
        name=user.name_in(visit.language) or user.email,
        email=user.email,
        path=desk.address(member.id),
        role=role_names.of_member(visit.language, member.role),
        unit=units.get(member.unit_id or ""),
        status=say(visit.language, f"console.member.{member.status}"),
        is_active=member.status == "active",
        is_me=user.id == desk.me.user.id,
    )
