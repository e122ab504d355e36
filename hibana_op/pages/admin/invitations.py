"""Invitations at the console: listed, sent, sent again and cancelled."""

from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.foundation.errors import Forbidden, InvalidRecord, NotFound, PageRefused
from hibana_op.foundation.ids import is_uuid
from hibana_op.login import notices, profile
from hibana_op.pages import positions
from hibana_op.pages.admin import choices, listing
from hibana_op.pages.admin.entry import not_found
from hibana_op.pages.admin.frame import Desk, ask_first, console_page, done, for_room, parts_of
from hibana_op.pages.admin.listing import Choice
from hibana_op.pages.admin.refused import TOLD, why
from hibana_op.pages.admin.seat_form import seat_form
from hibana_op.pages.admin.typed import Typed
from hibana_op.records import invitations
from hibana_op.records import positions as positions_of
from hibana_op.records.invitations import Invitation
from hibana_op.records.memberships import ROLES
from hibana_op.tenancy import invitations as rules
from hibana_op.tenancy.places import place_of
from hibana_op.tenancy.seats import Seat
from hibana_op.web.visit import Visit
from hibana_op.web.words import LANGUAGES, NAMES, say

CREATE, UPDATE, DELETE = "invitations:create", "invitations:update", "invitations:delete"
STATUSES = ("pending", "accepted", "cancelled")
DAYS, MOST_DAYS = rules.LIFETIME // 86400, rules.LONGEST_LIFE // 86400
ORDER = invitations.ORDERS["-created_at"]


@dataclass(frozen=True, slots=True)
class Shown:
    """An invitation, with what it gives."""

    invitation: Invitation
    roles: str
    unit: str | None
    state: str
    is_open: bool
    path: str


@for_room("invitations")
async def show(visit: Visit, desk: Desk) -> Response:
    """Lists the invitations, the newest first."""
    op = visit.site.op
    units = await op.db.read(lambda tx: choices.units_for(tx, desk, desk.room.permission))
    where, unit_id = choices.narrowest(visit, desk, units)
    status = listing.chosen(visit, "status", STATUSES)

    async def read(after: str, limit: int) -> list[Invitation]:
        return await op.db.read(
            lambda tx: invitations.page(
                tx, desk.tenant.id, status=status, unit_path=where.unit_path, order=ORDER, after=after, limit=limit
            )
        )

    narrowed = {"status": status, "unit": unit_id}
    found, pager = await listing.page(visit, desk.address(), read, key=ORDER.key, narrowed=narrowed)
    return await console_page(
        visit,
        desk,
        "invitations.html",
        elsewhere=(
            f"hibana invitation list --tenant {desk.tenant.slug}",
            f"GET /api/v1/invitations?tenant_id={desk.tenant.id}",
        ),
        rows=[await _shown(visit, desk, each) for each in found],
        pager=pager,
        is_narrowed=bool(status or (unit_id and units.may_be_none)),
        statuses=[
            Choice(each, say(visit.language, f"console.invitation_state.{each}"), each == status) for each in STATUSES
        ],
        units=units.choices(unit_id),
        may_be_all=units.may_be_none,
        may_invite=bool(desk.places(CREATE)),
    )


@for_room("invitations", freshly=True)
async def make(visit: Visit, desk: Desk) -> Response:
    """Invites an address."""
    if not desk.places(CREATE):
        raise PageRefused("console_forbidden", status=403, back=visit.site.url(desk.address()))
    typed = Typed.read(visit, email="", role="member", unit="", days=str(DAYS), language=visit.language)
    if visit.method == "GET":
        return await _form(visit, desk, typed)
    days = typed.number("days", 1, MOST_DAYS, is_needed=True)
    role, language, unit_id = typed.one_of("role", ROLES), typed.one_of("language", LANGUAGES), typed.row("unit")
    try:
        profile.check_email(typed.values["email"])
    except InvalidRecord:
        typed.problems["email"] = say(visit.language, "refused.invalid_email")
    if typed.problems or days is None:
        return await _form(visit, desk, typed, status=400)
    try:
        sent = await rules.create(
            *(visit.site.op, desk.actor, desk.tenant.id),
            email=typed.values["email"],
            seat=Seat(role=role, unit_id=unit_id),
            lifetime=days * 86400,
            language=language,
            origin=visit.origin,
        )
    except TOLD as failure:
        words, status = why(visit.language, failure)
        return await _form(visit, desk, typed, status=status, error=words)
    return done(visit, desk.address(sent.invitation.id), _sent(sent.invitation))


@for_room("invitations")
async def one(visit: Visit, desk: Desk) -> Response:
    """Shows an invitation; sends it once more, or cancels it."""
    invitation, error, status = await _get(visit, desk), None, 200
    if visit.method == "POST":
        try:
            return await _act(visit, desk, invitation)
        except TOLD as failure:
            error, status = why(visit.language, failure)
        invitation = await _get(visit, desk)
    place = await place_of(visit.site.op.db, desk.tenant.id, invitation.unit_id)
    shown = await _shown(visit, desk, invitation)
    is_pending = invitation.status == "pending"
    may_cancel = is_pending and desk.may(DELETE, place)
    if visit.method == "GET" and visit.form.maybe("ask") == "cancel" and may_cancel:
        return await ask_first(visit, desk, "cancel", cancel=shown.path, email=invitation.email)
    return await console_page(
        visit,
        desk,
        "invitation.html",
        elsewhere=(
            f"hibana invitation show {invitation.id} --tenant {desk.tenant.slug}",
            f"hibana invitation resend {invitation.id} --tenant {desk.tenant.slug}",
            f"hibana invitation cancel {invitation.id} --tenant {desk.tenant.slug}",
            f"POST /api/v1/invitations/{invitation.id}/resend",
        ),
        status=status,
        error=error,
        shown=shown,
        may_resend=is_pending and desk.may(UPDATE, place),
        may_cancel=may_cancel,
        languages=_languages(visit.language),
    )


async def _act(visit: Visit, desk: Desk, invitation: Invitation) -> Response:
    op, tenant_id, decision = visit.site.op, desk.tenant.id, visit.form.maybe("decision")
    if decision == "resend":
        asked = visit.form.maybe("language")
        language = asked if asked in LANGUAGES else visit.language
        sent = await rules.resend(
            op, desk.actor, tenant_id, invitation.id, language=language or visit.language, origin=visit.origin
        )
        return done(visit, desk.address(invitation.id), _sent(sent.invitation))
    if decision == "cancel":
        await rules.cancel(op, desk.actor, tenant_id, invitation.id, origin=visit.origin)
        return done(visit, desk.address(invitation.id), "invitation_cancelled")
    raise PageRefused("request_invalid", detail="decision must be resend or cancel")


def _sent(invitation: Invitation) -> str:
    return "invitation_sent" if invitation.is_mailed else "invitation_waits"


async def _get(visit: Visit, desk: Desk) -> Invitation:
    invitation_id = parts_of(visit)[2]
    if not is_uuid(invitation_id):
        raise not_found()
    try:
        return await rules.get(visit.site.op, desk.actor, desk.tenant.id, invitation_id)
    except (NotFound, Forbidden):
        raise not_found() from None


async def _shown(visit: Visit, desk: Desk, invitation: Invitation) -> Shown:
    op = visit.site.op
    state = invitation.state(op.now())
    standing = positions.told(visit.language, await positions_of.offered(op.db, invitation))
    return Shown(
        invitation=invitation,
        roles=standing.roles,
        unit=standing.unit,
        state=say(visit.language, f"console.invitation_state.{state}"),
        is_open=state == "pending",
        path=desk.address(invitation.id),
    )


def _languages(chosen: str) -> list[Choice]:
    return [Choice(each, NAMES[each], each == chosen) for each in LANGUAGES]


async def _form(visit: Visit, desk: Desk, typed: Typed, *, status: int = 200, error: str | None = None) -> Response:
    return await seat_form(
        visit,
        desk,
        "new_invitation.html",
        typed,
        permission=CREATE,
        roles=ROLES,
        elsewhere=(
            f"hibana invitation create --tenant {desk.tenant.slug} --email kei@example.com",
            "POST /api/v1/invitations",
        ),
        status=status,
        error=error,
        languages=_languages(typed.values["language"]),
        has_mail=notices.is_mail_wanted(visit.site.op),
    )
