"""How an organisation's pages look, at the console: chosen, tried out in both themes, and taken back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from hibana_op.foundation.branding.colours import Palette
from hibana_op.foundation.errors import InvalidRecord, PageRefused
from hibana_op.pages.admin.frame import Desk, console_page, done, for_room
from hibana_op.pages.admin.listing import Choice
from hibana_op.pages.admin.refused import TOLD, why
from hibana_op.provider import Provider
from hibana_op.records import branding_files, tenant_settings
from hibana_op.records.branding_files import CSS, HTML, BrandingFile
from hibana_op.records.tenant_settings import PICTURES, Branding
from hibana_op.tenancy import branding as rules
from hibana_op.tenancy import settings
from hibana_op.web import looks
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

UPDATE = "settings:update"
COLOURS = ("primary_color", "secondary_color")
LINES = ("name", *COLOURS, "font_family", "terms_url", "privacy_url", "help_url")
TEXTS = {"header": HTML, "footer": HTML, "stylesheet": CSS}
THEMES = ("system", "light", "dark")
Files = Mapping[str, BrandingFile]  # what is chosen, by what it is chosen for


@dataclass(frozen=True, slots=True)
class Readable:
    """How well one colour stands out from another, in the words of the page."""

    pair: str
    theme: str
    ratio: float
    needed: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A field for a picture, with the one that is chosen where there is one."""

    name: str
    label: str
    path: str | None


@dataclass(slots=True)
class Wanted:
    """What a form says: the members to change, files to upload for them, and what is wrong with which field."""

    op: Provider
    tenant_id: str
    language: str
    typed: dict[str, str]
    members: dict[str, str | None] = field(default_factory=dict)
    files: list[BrandingFile] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)

    def choose(self, name: str) -> None:
        """Take what was typed for a member; nothing takes the choice back."""
        self.members[name] = self.typed[name] or None
        try:
            tenant_settings.chosen({"branding": {name: self.members[name]}})
        except InvalidRecord:
            self._note(name, "colour" if name in COLOURS else "link" if name.endswith("_url") else name)

    def write(self, name: str) -> None:
        """Have what was typed for a sheet, a header or a footer kept as a new file."""
        self.members[name] = None
        if not self.typed[name]:
            return
        try:
            self._take(name, rules.text(self.op, self.tenant_id, self.typed[name], media_type=TEXTS[name]))
        except InvalidRecord as fault:
            self._note(name, name, str(fault))

    def upload(self, name: str, content: bytes) -> None:
        """Have a picture kept as a new file."""
        try:
            made = rules.picture(self.op, self.tenant_id, content)
        except InvalidRecord as fault:
            self._note(name, "picture", str(fault))
            return
        if branding_files.fits(name, made.media_type):
            self._take(name, made)
        else:
            self._note(name, "picture", f"{made.media_type} is for a favicon alone")

    def _take(self, name: str, made: BrandingFile) -> None:
        self.files.append(made)
        self.members[name] = made.id

    def _note(self, name: str, kind: str, detail: str = "") -> None:
        self.problems[name] = say(self.language, f"console.branding_problem.{kind}")
        if detail:
            self.details[name] = detail


@for_room("branding")
async def show(visit: Visit, desk: Desk) -> Response:
    """Shows what is chosen; tries colours out, and keeps what was typed."""
    present = tenant_settings.read(desk.tenant.settings).branding
    files = await branding_files.shown(visit.site.op.db, desk.tenant.id, set(present.files.values()))
    there = {name: files[file_id] for name, file_id in present.files.items() if file_id in files}
    texts = {name: there[name].content if name in there else "" for name in TEXTS}
    if visit.method == "GET":
        return await _page(visit, desk, there, _typed(present, texts))
    if not desk.may(UPDATE):
        raise PageRefused("console_forbidden", status=403, back=visit.site.url(desk.address()))
    wanted = _read(visit, desk, texts)
    decision = visit.form.maybe("decision")
    if wanted.problems or decision == "try":
        return await _page(visit, desk, there, wanted.typed, wanted=wanted)
    if decision != "save":
        raise PageRefused("request_invalid", detail="decision must be try or save")
    return await _save(visit, desk, there, wanted)


async def _save(visit: Visit, desk: Desk, there: Files, wanted: Wanted) -> Response:
    op = visit.site.op
    try:
        if wanted.files:
            await rules.add(op, desk.actor, desk.tenant.id, wanted.files, origin=visit.origin)
        changed = await settings.change(
            op, desk.actor, desk.tenant.id, {"branding": wanted.members}, origin=visit.origin
        )
    except TOLD as failure:
        words, status = why(visit.language, failure)
        return await _page(visit, desk, there, wanted.typed, error=words, status=status)
    return done(visit, desk.address(), "branding_waits" if changed.is_waiting else "branding_saved")


@for_room("branding")
async def sheet(visit: Visit, desk: Desk) -> Response:
    """The colours in the address, as a style sheet for the two cards on which they are tried out."""
    try:
        made = _palette({name: visit.form.maybe(name) for name in COLOURS})
    except InvalidRecord:
        made = _palette({})
    tokens = looks.coloured(made).items()
    lines = "".join(f"  --{name}: {value};\n" for name, value in tokens)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(f".tried {{\n{lines}}}\n", media_type="text/css", headers=headers)


def _typed(present: Branding, texts: Mapping[str, str]) -> dict[str, str]:
    lines = {name: getattr(present, name) or "" for name in (*LINES, "theme")}
    return {**lines, **texts}


def _read(visit: Visit, desk: Desk, texts: Mapping[str, str]) -> Wanted:
    typed = {name: (visit.form.maybe(name) or "").strip() for name in (*LINES, "theme", *TEXTS)}
    wanted = Wanted(visit.site.op, desk.tenant.id, visit.language, typed)
    for name in (*LINES, "theme"):
        wanted.choose(name)
    for name in TEXTS:
        if typed[name] != texts[name].strip():
            wanted.write(name)
    for name in PICTURES:
        if visit.form.maybe(f"no_{name}") is not None:
            wanted.members[name] = None
        elif name in visit.files:
            wanted.upload(name, visit.files[name])
    return wanted


def _palette(colours: Mapping[str, str | None]) -> Palette:
    """What becomes of two colours; of none of Hibana's own."""
    return looks.palette_of(Branding(primary_color=colours.get(COLOURS[0]), secondary_color=colours.get(COLOURS[1])))


async def _page(
    visit: Visit,
    desk: Desk,
    there: Files,
    typed: dict[str, str],
    *,
    wanted: Wanted | None = None,
    error: str | None = None,
    status: int = 200,
) -> Response:
    problems = wanted.problems if wanted else {}
    tried = {name: typed[name] for name in COLOURS if typed[name] and name not in problems}
    return await console_page(
        visit,
        desk,
        "branding.html",
        status=400 if problems else status,
        error=error,
        typed=typed,
        problems=problems,
        details=wanted.details if wanted else {},
        themes=[Choice(each, _theme(visit, each), each == typed["theme"]) for each in THEMES],
        pictures=[
            Picture(name, say(visit.language, f"console.branding.{name}"), _path(desk, there.get(name)))
            for name in PICTURES
        ],
        tried=tried,
        contrasts=_readable(visit, tried),
        may_update=desk.may(UPDATE),
        elsewhere=(
            f"hibana branding show --tenant {desk.tenant.slug}",
            f"GET /api/v1/branding?tenant_id={desk.tenant.id}",
        ),
    )


def _readable(visit: Visit, tried: Mapping[str, str]) -> list[Readable]:
    return [
        Readable(f"{each.front} / {each.back}", _theme(visit, each.theme), each.ratio, each.needed)
        for each in _palette(tried).contrasts
    ]


def _theme(visit: Visit, theme: str) -> str:
    return say(visit.language, f"console.branding.theme_{theme}")


def _path(desk: Desk, file: BrandingFile | None) -> str | None:
    return looks.PATH.format(tenant=desk.tenant.slug, name=file.name) if file is not None else None
