"""The rooms of the console, as the controllers fill them."""

from collections.abc import Iterator, Mapping

from hibana_op.pages import drawings
from hibana_op.pages.admin.branding import LINES, TEXTS, THEMES, Picture, Readable
from hibana_op.pages.admin.frame import Link
from hibana_op.pages.admin.home import Row as Listed
from hibana_op.pages.admin.invitations import Shown as ShownInvitation
from hibana_op.pages.admin.join_codes import Shown as ShownCode
from hibana_op.pages.admin.listing import Choice, Pager
from hibana_op.pages.admin.member import Shown as ShownMember
from hibana_op.pages.admin.members import Row
from hibana_op.pages.admin.overview import Counted, Facts
from hibana_op.pages.positions import Standing
from hibana_op.records.invitations import Invitation
from hibana_op.records.join_codes import JoinCode
from hibana_op.records.memberships import Membership
from hibana_op.records.tenant_domains import TenantDomain
from hibana_op.records.tenant_settings import PICTURES
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User
from hibana_op.web.words import say
from tests.web.joining import NOW

HERE = "/admin/acme/members"
ROOMS = ("overview", "members", "join_codes", "invitations", "branding")
PAGER = Pager("/admin/acme/members?after=x", "/admin/acme/members")
Page = tuple[str, str, Mapping[str, object], int]


def pages(language: str, address: str) -> Iterator[Page]:
    """For each: its name, its template, what it is filled with, and its status."""
    for name, template, context, status in (
        *_home(language, address),
        *_members(language, address),
        *_codes(language, address),
        *_invitations(language, address),
        *_branding(language, address),
    ):
        yield f"console-{name}", f"admin/{template}", {**_frame(language, address), **context}, status


def _frame(language: str, address: str) -> dict[str, object]:
    return {
        "csrf": "csrf-token",
        "interaction": None,
        "me": User(id="1", email=address, created_at=NOW, updated_at=NOW),
        "tenant": Tenant(
            id="1", slug="acme", name="株式会社山田運輸" * 4, plan_expires_at=NOW, created_at=NOW, updated_at=NOW
        ),
        "room": say(language, "console.room.members"),
        "rooms": [Link(say(language, f"console.room.{name}"), HERE, name == "members") for name in ROOMS],
        "has_others": True,
        "is_fresh": True,
        "here": HERE,
        "back": HERE,
        "done": None,
        "error": None,
        "elsewhere": (f"hibana tenant show {address}", "GET /api/v1/tenants/1"),
        "pager": PAGER,
    }


def _choices(*labels: str) -> list[Choice]:
    return [Choice(label, label, at == 0) for at, label in enumerate(labels)]


def _home(language: str, address: str) -> Iterator[Page]:
    rows = [Listed("Acme", "acme", "/admin/acme", True), Listed(address, "b", "/admin/b", False)]
    yield "home", "home.html", {"rows": rows, "q": "a"}, 200
    yield "home-none", "home.html", {"rows": [], "q": None, "pager": Pager(None, None)}, 200
    counts = (Counted("Members", 1240, HERE, 5000), Counted("Join codes", 3, HERE))
    domains = tuple(
        TenantDomain(id="1", tenant_id="1", domain=address, challenge="x", verified_at=at, created_at=NOW)
        for at in (NOW, None)
    )
    facts = {"facts": Facts(counts, domains), "is_open": True, "state": "Open", "plan": "Free", "license": "Paid"}
    yield "overview", "overview.html", facts, 200
    yield "overview-closed", "overview.html", {**facts, "facts": Facts((), ()), "is_open": False}, 200
    ask = {"question": f"{address}?", "detail": address, "submit": "Remove", "decision": "remove", "cancel": HERE}
    yield "ask", "ask.html", ask, 200


def _members(language: str, address: str) -> Iterator[Page]:
    rows = [
        Row("山田 花子", address, HERE, "Member", "大阪支店", "Active", is_active=True, is_me=True),
        Row(address, address, HERE, "Owner", None, "Suspended", is_active=False, is_me=False),
    ]
    shown = {
        "rows": rows,
        "q": "",
        "is_narrowed": False,
        "statuses": _choices("Active", "Suspended"),
        "roles": _choices("Member", "Owner"),
        "units": _choices("Osaka", address),
        "may_be_all": True,
        "invite": "/admin/acme/invitations/new",
    }
    yield "members", "members.html", shown, 200
    none = {**shown, "rows": [], "is_narrowed": True, "units": [], "invite": None}
    yield "members-none", "members.html", none, 200
    member = Membership(id="1", tenant_id="1", user_id="1", joined_at=NOW, created_at=NOW, updated_at=NOW)
    user = User(id="1", email=address, created_at=NOW, updated_at=NOW)
    rights = {"may_update": True, "may_remove": True, "is_stronger": False}
    one = ShownMember(
        member, user, address, Standing("Member", "Osaka"), "Active", _choices("Member", "Owner"), **rights
    )
    yield "member", "member.html", {"shown": one}, 200
    yield "member-stale", "member.html", {"shown": one, "is_fresh": False}, 200
    told = {"error": say(language, "console.refused.last_owner"), "done": say(language, "console.done.member_changed")}
    yield "member-told", "member.html", {"shown": one, **told}, 409


def _codes(language: str, address: str) -> Iterator[Page]:
    code = JoinCode(
        id="1",
        tenant_id="1",
        code_hash="x",
        code_sealed="x",
        label=address,
        max_uses=30,
        expires_at=NOW,
        created_at=NOW,
    )
    bare = JoinCode(id="1", tenant_id="1", code_hash="x", code_sealed="x", created_at=NOW)
    live = ShownCode(code, "ABCD-EFGH", "Member", "Osaka", "Works", is_live=True, path=HERE)
    hidden = ShownCode(bare, None, "Administrator", None, "Works", is_live=True, path=HERE)
    listed = {"rows": [live, hidden], "units": _choices("Osaka"), "may_be_all": True, "may_make": True}
    yield "codes", "join_codes.html", listed, 200
    yield "codes-none", "join_codes.html", {**listed, "rows": []}, 200
    url = "https://id.example/join?code=ABCD-EFGH"
    yield "code", "join_code.html", {"shown": live, "url": url, "qr": drawings.qr(url), "may_disable": True}, 200
    typed = {"label": "", "max_uses": "", "days": "30", "role": "member", "unit": ""}
    form = {
        "typed": typed,
        "problems": {},
        "roles": _choices("Member", "Administrator"),
        "units": _choices("Osaka", address),
        "may_be_none": True,
    }
    wrong = {name: say(language, "console.problem.choice") for name in typed}
    yield "new-code-refused", "new_join_code.html", {**form, "problems": wrong}, 400


def _invitations(language: str, address: str) -> Iterator[Page]:
    invitation = Invitation(
        id="1",
        tenant_id="1",
        email=address,
        email_key=address,
        token_hash="x",
        is_mailed=True,
        expires_at=NOW,
        created_at=NOW,
    )
    shown = ShownInvitation(invitation, "Member", "Osaka", "Waiting", is_open=True, path=HERE)
    listed = {
        "rows": [shown],
        "is_narrowed": False,
        "statuses": _choices("Waiting", "Accepted"),
        "units": _choices("Osaka", "Kyoto"),
        "may_be_all": False,
        "may_invite": True,
    }
    yield "invitations", "invitations.html", listed, 200
    languages = _choices("日本語", "English")
    one = {"shown": shown, "may_resend": True, "may_cancel": True, "languages": languages}
    yield "invitation", "invitation.html", one, 200
    typed = {"email": address, "role": "member", "unit": "", "days": "7", "language": "ja"}
    form = {
        "typed": typed,
        "problems": {},
        "roles": _choices("Member", "Owner"),
        "units": _choices("Osaka", address),
        "may_be_none": True,
        "languages": languages,
        "has_mail": True,
    }
    wrong = {name: say(language, "console.problem.choice") for name in typed}
    known = say(language, "refused.already_member")
    yield "invite-refused", "new_invitation.html", {**form, "problems": wrong, "error": known}, 400


def _branding(language: str, address: str) -> Iterator[Page]:
    shown = {
        "typed": dict.fromkeys((*LINES, "theme", *TEXTS), address),
        "problems": {},
        "details": {},
        "themes": _choices(*THEMES),
        "pictures": [Picture(name, name.title(), "/picture.png" if name == "logo" else None) for name in PICTURES],
        "tried": {"primary_color": "#7c3aed"},
        "contrasts": [Readable("link / bg", "Light", 4.9, 4.5), Readable("focus / bg", address, 3.5, 3.0)],
        "may_update": True,
    }
    yield "branding", "branding.html", shown, 200
    problems = {name: say(language, "console.branding_problem.picture") for name in ("logo", "header", "name")}
    refused = {"problems": problems, "details": {"header": address}, "may_update": False}
    yield "branding-refused", "branding.html", {**shown, **refused}, 400
