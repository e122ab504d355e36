"""Join codes at the console: listed, made, shown to be passed on, and disabled."""

from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from hibana_op.foundation.errors import Forbidden, NotFound, PageRefused
from hibana_op.foundation.ids import is_uuid
from hibana_op.pages import drawings, join, positions
from hibana_op.pages.admin import choices, listing
from hibana_op.pages.admin.entry import not_found
from hibana_op.pages.admin.frame import Desk, ask_first, console_page, done, for_room, parts_of
from hibana_op.pages.admin.refused import TOLD, why
from hibana_op.pages.admin.seat_form import seat_form
from hibana_op.pages.admin.typed import Typed
from hibana_op.records import join_codes
from hibana_op.records import positions as positions_of
from hibana_op.records.join_codes import JoinCode
from hibana_op.tenancy import join_codes as rules
from hibana_op.tenancy.places import place_of
from hibana_op.tenancy.seats import Seat
from hibana_op.tenancy.tenant_values import LONGEST_NAME
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

CREATE, UPDATE = "join-codes:create", "join-codes:update"
ROLES = ("member", "admin")
MOST_DAYS = rules.LONGEST_LIFE // 86400
ORDER = join_codes.ORDERS["-created_at"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A code, with what it gives; `text` for those alone who could give that themselves."""

    code: JoinCode
    text: str | None
    roles: str
    unit: str | None
    state: str
    is_live: bool
    path: str


@for_room("join_codes")
async def show(visit: Visit, desk: Desk) -> Response:
    """Lists the join codes, the newest first."""
    units = await visit.site.op.db.read(lambda tx: choices.units_for(tx, desk, desk.room.permission))
    where, unit_id = choices.narrowest(visit, desk, units)

    async def read(after: str, limit: int) -> list[JoinCode]:
        return await visit.site.op.db.read(
            lambda tx: join_codes.page(
                tx, desk.tenant.id, unit_path=where.unit_path, order=ORDER, after=after, limit=limit
            )
        )

    narrowed = {"unit": unit_id}
    found, pager = await listing.page(visit, desk.address(), read, key=ORDER.key, narrowed=narrowed)
    return await console_page(
        visit,
        desk,
        "join_codes.html",
        elsewhere=(
            f"hibana join-code list --tenant {desk.tenant.slug}",
            f"GET /api/v1/join-codes?tenant_id={desk.tenant.id}",
        ),
        rows=[await _shown(visit, desk, each) for each in found],
        pager=pager,
        units=units.choices(unit_id),
        may_be_all=units.may_be_none,
        may_make=bool(desk.places(CREATE)),
    )


@for_room("join_codes", freshly=True)
async def make(visit: Visit, desk: Desk) -> Response:
    """Makes a join code."""
    if not desk.places(CREATE):
        raise PageRefused("console_forbidden", status=403, back=visit.site.url(desk.address()))
    typed = Typed.read(visit, label="", max_uses="", days="30", role="member", unit="")
    if visit.method == "GET":
        return await _form(visit, desk, typed)
    label = typed.line("label", LONGEST_NAME)
    max_uses, days = typed.number("max_uses", 1, rules.MOST_USES), typed.number("days", 1, MOST_DAYS)
    seat = Seat(role=typed.one_of("role", ROLES), unit_id=typed.row("unit"))
    if typed.problems:
        return await _form(visit, desk, typed, status=400)
    lifetime = None if days is None else days * 86400
    try:
        code, _ = await rules.create(
            *(visit.site.op, desk.actor, desk.tenant.id),
            seat=seat,
            label=label,
            max_uses=max_uses,
            lifetime=lifetime,
            origin=visit.origin,
        )
    except TOLD as failure:
        words, status = why(visit.language, failure)
        return await _form(visit, desk, typed, status=status, error=words)
    return done(visit, desk.address(code.id), "code_made")


@for_room("join_codes")
async def one(visit: Visit, desk: Desk) -> Response:
    """Shows a join code with its address and a picture of it; disables it."""
    code, error, status = await _get(visit, desk), None, 200
    if visit.method == "POST":
        if visit.form.maybe("decision") != "disable":
            raise PageRefused("request_invalid", detail="decision must be disable")
        try:
            await rules.disable(visit.site.op, desk.actor, desk.tenant.id, code.id, origin=visit.origin)
            return done(visit, desk.address(code.id), "code_disabled")
        except TOLD as failure:
            error, status = why(visit.language, failure)
    place = await place_of(visit.site.op.db, desk.tenant.id, code.unit_id)
    shown = await _shown(visit, desk, code)
    may_disable = shown.code.disabled_at is None and desk.may(UPDATE, place)
    if visit.method == "GET" and visit.form.maybe("ask") == "disable" and may_disable:
        return await ask_first(visit, desk, "disable", cancel=shown.path)
    url = _url(visit, shown.text)
    return await console_page(
        visit,
        desk,
        "join_code.html",
        elsewhere=(
            f"hibana join-code show {code.id} --tenant {desk.tenant.slug}",
            f"hibana join-code disable {code.id} --tenant {desk.tenant.slug}",
            f"POST /api/v1/join-codes/{code.id}/disable",
        ),
        status=status,
        error=error,
        shown=shown,
        url=url,
        qr=drawings.qr(url) if url else Markup(),
        may_disable=may_disable,
    )


def _url(visit: Visit, text: str | None) -> str | None:
    return f"{visit.site.op.issuer}{join.PATH}?{urlencode({'code': text})}" if text else None


async def _get(visit: Visit, desk: Desk) -> JoinCode:
    code_id = parts_of(visit)[2]
    if not is_uuid(code_id):
        raise not_found()
    try:
        return await rules.get(visit.site.op, desk.actor, desk.tenant.id, code_id)
    except (NotFound, Forbidden):
        raise not_found() from None


async def _shown(visit: Visit, desk: Desk, code: JoinCode) -> Shown:
    op = visit.site.op
    state = code.state(op.now())
    may_be_told = state == "live" and await rules.may_be_told(op, desk.actor, code)
    standing = positions.told(visit.language, await positions_of.offered(op.db, code))
    return Shown(
        code=code,
        text=rules.text_of(op, code) if may_be_told else None,
        roles=standing.roles,
        unit=standing.unit,
        state=say(visit.language, f"console.code_state.{state.replace(' ', '_')}"),
        is_live=state == "live",
        path=desk.address(code.id),
    )


async def _form(visit: Visit, desk: Desk, typed: Typed, *, status: int = 200, error: str | None = None) -> Response:
    return await seat_form(
        visit,
        desk,
        "new_join_code.html",
        typed,
        permission=CREATE,
        roles=ROLES,
        elsewhere=(
            f"hibana join-code create --tenant {desk.tenant.slug} --max-uses 30 --expires-in 30d",
            "POST /api/v1/join-codes",
        ),
        status=status,
        error=error,
    )
