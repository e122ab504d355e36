"""One member of an organisation: what they are there, and what somebody may do about it."""

from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.foundation.errors import Forbidden, NotFound, PageRefused
from hibana_op.foundation.ids import is_uuid
from hibana_op.pages import positions
from hibana_op.pages.admin import choices
from hibana_op.pages.admin.entry import not_found
from hibana_op.pages.admin.frame import ORGANIZATIONS, Desk, ask_first, console_page, done, for_room, parts_of
from hibana_op.pages.admin.listing import Choice
from hibana_op.pages.admin.refused import TOLD, why
from hibana_op.pages.positions import Standing
from hibana_op.records import administrators, users
from hibana_op.records import positions as positions_of
from hibana_op.records.memberships import ROLES, Membership
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db
from hibana_op.tenancy import membership as rules
from hibana_op.tenancy.access import Where, is_weaker
from hibana_op.tenancy.places import place_of
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import say


@dataclass(frozen=True, slots=True)
class Shown:
    """A member, and what of theirs may be changed; `is_stronger`: by others alone."""

    member: Membership
    user: User
    name: str
    standing: Standing
    status: str
    roles: list[Choice]
    may_update: bool
    may_remove: bool
    is_stronger: bool


@for_room("members")
async def show(visit: Visit, desk: Desk) -> Response:
    """Shows a member; changes their role, suspends them, lets them in again, or takes them out."""
    member = await _get(visit, desk)
    if visit.method == "GET":
        shown = await visit.site.op.db.read(lambda tx: _read(visit, desk, member, tx))
        asked = visit.form.maybe("ask") or ""
        if asked in _may(shown):
            return await ask_first(visit, desk, asked, cancel=desk.address(member.id), name=shown.name)
        return await _page(visit, desk, shown)
    try:
        return await _act(visit, desk, member)
    except TOLD as failure:
        words, status = why(visit.language, failure)
    shown = await visit.site.op.db.read(lambda tx: _read(visit, desk, member, tx))
    return await _page(visit, desk, shown, status=status, error=words)


async def _act(visit: Visit, desk: Desk, member: Membership) -> Response:
    op, form, tenant_id = visit.site.op, visit.form, desk.tenant.id
    decision = form.maybe("decision")
    if decision == "remove":
        await rules.remove(op, desk.actor, tenant_id, member.id, origin=visit.origin)
        return _after(visit, desk, member, desk.address(), "member_removed")
    if decision == "role":
        changes, word = {"role": form.maybe("role") or ""}, "member_changed"
    elif decision == "suspend":
        changes, word = {"status": "suspended"}, "member_suspended"
    elif decision == "resume":
        changes, word = {"status": "active"}, "member_resumed"
    else:
        raise PageRefused("request_invalid", detail="decision must be role, suspend, resume or remove")
    await rules.update(op, desk.actor, tenant_id, member.id, changes, origin=visit.origin)
    return _after(visit, desk, member, desk.address(member.id), word)


def _after(visit: Visit, desk: Desk, member: Membership, address: str, word: str) -> Response:
    """Whoever changed their own place may have nothing to do here any more."""
    if member.user_id == desk.me.user.id:
        return see_other(visit.site.url(ORGANIZATIONS))
    return done(visit, address, word)


async def _get(visit: Visit, desk: Desk) -> Membership:
    member_id = parts_of(visit)[2]
    if not is_uuid(member_id):
        raise not_found()
    try:
        member = await rules.get(visit.site.op, desk.actor, desk.tenant.id, member_id)
    except (NotFound, Forbidden):
        raise not_found() from None
    if member.status == "left":
        raise not_found()
    return member


async def _read(visit: Visit, desk: Desk, member: Membership, tx: Db) -> Shown:
    user = await users.get(tx, member.user_id)
    place = await place_of(tx, desk.tenant.id, member.unit_id)
    is_stronger = user.id != desk.me.user.id and is_weaker(
        desk.actor, await administrators.strength(tx, user.id), Where(tenant_id=desk.tenant.id)
    )
    position = (await positions_of.of_person(tx, user.id))[desk.tenant.id]
    return Shown(
        member,
        user,
        user.name_in(visit.language) or user.email,
        positions.told(visit.language, position),
        say(visit.language, f"console.member.{member.status}"),
        await choices.roles_for(tx, desk, visit.language, ROLES, member.role),
        may_update=desk.may("memberships:update", place) and not is_stronger,
        may_remove=desk.may("memberships:delete", place) and not is_stronger,
        is_stronger=is_stronger,
    )


async def _page(visit: Visit, desk: Desk, shown: Shown, *, status: int = 200, error: str | None = None) -> Response:
    named = f"{shown.member.id} --tenant {desk.tenant.slug}"
    commands = [f"hibana membership {each} {named}" for each in ("show", "suspend", "resume", "delete")]
    commands.insert(1, f"hibana membership update {named} --role admin")
    return await console_page(
        visit,
        desk,
        "member.html",
        status=status,
        elsewhere=(*commands, f"PATCH /api/v1/memberships/{shown.member.id}"),
        shown=shown,
        error=error,
    )


def _may(shown: Shown) -> set[str]:
    """What may be done of that which is asked first."""
    suspends = {"suspend"} if shown.may_update and shown.member.status == "active" else set[str]()
    return suspends | ({"remove"} if shown.may_remove else set[str]())
