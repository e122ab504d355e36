"""Every page with a context as the controllers give it, in the states that look different."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hibana_op.records.memberships import Belonging, Shut
from hibana_op.web.words import say
from tests.web import acting, console, joining
from tests.web.refused import shown


@dataclass(frozen=True, slots=True)
class App:
    """What a page knows of an app."""

    name: str = "Shop Console"
    logo_uri: str | None = None
    logo_path: str | None = None
    verified: bool = True
    uri: str | None = "https://shop.example.com"
    client_uri: str | None = "https://shop.example.com"
    policy_uri: str | None = "https://shop.example.com/privacy"
    tos_uri: str | None = "https://shop.example.com/terms"


@dataclass(frozen=True, slots=True)
class Account:
    """What a page knows of a person."""

    id: str = "account-1"
    name: str | None = "Alice Yamada"
    email: str | None = "alice@example.com"
    signed_in: bool = True
    is_current: bool = False
    password: str = "correct horse battery staple"


@dataclass(frozen=True, slots=True)
class Scope:
    """One line of the consent page."""

    title: str
    detail: str | None = None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """A protected resource and what the app may do there."""

    name: str
    scopes: tuple[Scope, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """A command line and what it is for."""

    purpose: str
    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in the outbox."""

    subject: str
    to: str
    time: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Result:
    """What the demo app received."""

    id_token: object
    access_token: object
    userinfo: object


@dataclass(frozen=True, slots=True)
class Sample:
    """A template, its context and the status it is sent with."""

    template: str
    context: Mapping[str, object]
    status: int = 200
    form_action: tuple[str, ...] = field(default=())


LONG = "a-very-long-identifier-without-any-place-to-break-it-in-two@subdomain.of.a.long.example.com"
CSRF = "csrf-token"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
INTERACTION = "01990000-0000-7000-8000-000000000000"
TENANTS = (
    Belonging(membership_id="1", tenant_id="1", slug="acme", name="Acme Logistics", role="owner"),
    Belonging(membership_id="2", tenant_id="2", slug="yamada-unyu", name="株式会社山田運輸" * 4, role="member"),
)
SHUT = Shut(tenant_id="1", slug="acme", name="Acme Logistics", is_suspended=True)
PEOPLE = (
    Account(is_current=True),
    Account("account-2", "山田 花子", "hanako@example.com", password="さくら-2026-ひばな"),
    Account("account-3", None, LONG, signed_in=False),
)
CLAIMS = {
    "iss": "http://localhost:8000",
    "sub": "01990000-0000-7000-8000-000000000000",
    "aud": "demo",
    "name": "山田 花子",
    "email": LONG,
    "email_verified": True,
    "address": {"country": "JP", "locality": "京都市"},
}


def samples(language: str) -> dict[str, Sample]:
    """The pages in one language; their words are the shipped ones where the controllers take those."""
    return {
        **_sign_in(language),
        **_own_account(language),
        **_decisions(language),
        **_answers(language),
        **_development(language),
        **_joining(language),
    }


def _joining(language: str) -> dict[str, Sample]:
    form = {"app": App(), "csrf": CSRF, "interaction": INTERACTION, "error": None}
    found = (*joining.pages(language, form, LONG), *acting.pages(form, LONG), *console.pages(language, LONG))
    return {name: Sample(template, context, status) for name, template, context, status in found}


def _sign_in(language: str) -> dict[str, Sample]:
    login = {
        "app": App(),
        "csrf": CSRF,
        "interaction": INTERACTION,
        "username": "",
        "error": None,
        "field_error": None,
        **dict.fromkeys(("account_choices", "otherwise"), False),
        **dict.fromkeys(("accounts", "providers"), ()),
        **dict.fromkeys(("may_sign_up", "may_use_passkeys", "may_name"), True),
        **dict.fromkeys(("last_used", "notice")),
    }
    missing = say(language, "refused.missing_username")
    wrong = say(language, "refused.wrong_credentials")
    waiting = say(language, "refused.too_many_attempts", minutes=15)
    password = {
        "app": App(),
        "csrf": CSRF,
        "interaction": INTERACTION,
        "username": "alice@example.com",
        "remember": False,
        "may_have_mail": True,
        "error": None,
    }
    place = {"provider": "Corp staff", "slug": "corp", "back": "/login?otherwise=1"}
    directory = {**place, "app": App(), "csrf": CSRF, "interaction": INTERACTION, "username": "", "error": None}
    told = {"parameters": (), "body": LONG, "answer": f'{{"id": "{LONG}"}}', "problems": ["401", "404"]}
    operations = [{"method": "GET", "path": "/users/{id}", "summary": "Show", "permission": "users:read", **told}]
    api = {
        "address": "http://localhost:8000/api/v1",
        "document_url": "/api/v1/openapi.json",
        "collections": [("users", operations), ("tenants", operations)],
    }
    organizations = {"app": App(), "csrf": CSRF, "interaction": INTERACTION, "person": Account(), "shut": None}
    return {
        "login": Sample("login.html", login),
        "login-accounts": Sample("login.html", {**login, "accounts": PEOPLE}),
        "login-choices": Sample("login.html", {**login, "app": None, "account_choices": True}),
        "login-refused": Sample(
            "login.html", {**login, "error": wrong, "field_error": missing, "account_choices": True}, 400
        ),
        "login-notice": Sample("login.html", {**login, "notice": say(language, "login.by_invitation")}),
        "login-field": Sample("login.html", {**login, "field_error": missing}, 400),
        "password": Sample("password.html", password),
        "password-refused": Sample(
            "password.html", {**password, "username": LONG, "remember": True, "error": waiting}, 429
        ),
        "directory": Sample("directory.html", directory),
        "directory-refused": Sample("directory.html", {**directory, "username": LONG, "error": wrong}, 400),
        "accounts": Sample(
            "accounts.html", {"app": App(), "csrf": CSRF, "interaction": INTERACTION, "accounts": PEOPLE}
        ),
        "api": Sample("api.html", api),
        "organizations": Sample("organizations.html", {**organizations, "tenants": TENANTS}),
        "organizations-outside": Sample("organizations.html", {**organizations, "tenants": ()}),
        "organizations-shut": Sample("organizations.html", {**organizations, "tenants": (), "shut": SHUT}),
    }


def _own_account(language: str) -> dict[str, Sample]:
    form = {"app": App(), "csrf": CSRF, "interaction": INTERACTION, "error": None}
    signup = {**form, "is_open": True, "by_invitation": False, "email": LONG}
    link = {**form, "interaction": None, "token": CSRF, "email": LONG, "shortest": 15}
    ways = {"proof": CSRF, "may_use_passkeys": True, "may_use_password": True}
    new_account = {**link, **ways, "action": "/verify-email", "full_name": "山田 花子", "invited_until": None}
    recover = {**form, "has_mail": True, "username": LONG}
    short = say(language, "refused.password_too_short", shortest=15)
    busy = say(language, "refused.too_many_mails", minutes=60)
    done = {"title": say(language, "reset.done"), "message": say(language, "reset.done_detail")}
    return {
        "signup": Sample("signup.html", signup),
        "signup-refused": Sample("signup.html", {**signup, "error": busy}, 429),
        "signup-invited": Sample("signup.html", {**signup, "is_open": False, "by_invitation": True}),
        "signup-off": Sample("signup.html", {**signup, "app": None, "interaction": None, "is_open": False}),
        "mail-sent": Sample("mail_sent.html", {**form, "email": LONG}),
        "mail-sent-refused": Sample("mail_sent.html", {**form, "email": LONG, "error": short}, 400),
        "mail-sent-change": Sample("mail_sent.html", {**form, "interaction": None, "email": LONG}),
        "mail-sent-recover": Sample("mail_sent.html", {**form, "email": None}),
        "new-account": Sample("new_account.html", new_account),
        "new-account-by-password": Sample("new_account.html", {**new_account, "may_use_passkeys": False}),
        "new-account-by-passkey": Sample("new_account.html", {**new_account, "may_use_password": False}),
        "invitation": Sample("new_account.html", {**new_account, "invited_until": 1_800_000_000}),
        "new-account-refused": Sample("new_account.html", {**new_account, "error": short}, 400),
        "confirm-email": Sample("confirm_email.html", {**link, "is_new": False}),
        "confirm-email-new": Sample("confirm_email.html", {**link, "is_new": True}),
        "recover": Sample("recover.html", recover),
        "recover-no-mail": Sample("recover.html", {**recover, "app": None, "has_mail": False}),
        "reset": Sample("reset.html", {**link, "end_others": True}),
        "reset-longer": Sample("reset.html", {**link, "shortest": 40, "end_others": True}),
        "reset-refused": Sample("reset.html", {**link, "end_others": False, "error": short}, 400),
        "done": Sample("done.html", {**done, "next_url": "/login", "next_label": say(language, "login.title")}),
    }


def _decisions(language: str) -> dict[str, Sample]:
    known = {"email": "alice@example.com", "profile": "Alice Yamada"}
    scopes = [
        Scope(
            say(language, f"scope.{name}.title"),
            known.get(name) or say(language, f"scope.{name}.detail"),
            is_new=name == "phone",
        )
        for name in ("openid", "profile", "email", "address", "phone", "offline_access")
    ]
    custom = Scope(say(language, "scope.other.title", scope="orders:read"))
    consent = {
        "app": App(),
        "account": Account(),
        "switch_url": f"/idp/login/accounts?interaction={INTERACTION}",
        "scopes": [scope for scope in scopes if not scope.is_new][1:3] + scopes[-1:],
        "resources": (),
        "redirect_host": "shop.example.com",
        "csrf": CSRF,
        "interaction": INTERACTION,
    }
    everything = {
        "app": App(name="あたらしい買い物アプリ", verified=False, policy_uri="javascript:alert(1)"),
        "account": Account(email=LONG),
        "scopes": scopes,
        "resources": (Resource("注文API", (custom, Scope("注文を作成する", "orders:write", is_new=True))),),
        "redirect_host": "com.example.app",
    }
    logout = {"account": Account(), "app": App(), "csrf": CSRF, "request": {"state": "s", "client_id": "c"}}
    return {
        "consent": Sample("consent.html", consent, form_action=("https://shop.example.com",)),
        "consent-full": Sample("consent.html", {**consent, **everything}, form_action=("com.example.app:",)),
        "logout": Sample("logout.html", logout),
        "logout-plain": Sample("logout.html", {**logout, "app": None, "account": None, "request": {}}),
    }


def _answers(language: str) -> dict[str, Sample]:
    error = {
        "title": say(language, "refused_title.bad_redirect_uri"),
        "message": say(language, "refused.bad_redirect_uri"),
        "advice": say(language, "refused_advice.bad_redirect_uri"),
        "trace_id": "9f86d081884c7d659a2feaa0c55ad015",
        "time": "2026-11-21T04:05:06Z",
        "code": "invalid_request",
        "detail": "redirect_uri is not registered for this client: https://other.example/cb",
        "back_url": None,
        "is_other_way": False,
    }
    failed = {
        "title": say(language, "refused_title.server_error"),
        "message": say(language, "refused.server_error"),
        "advice": say(language, "refused_advice.server_error"),
        "code": None,
        "detail": None,
        "back_url": "/idp/",
    }
    home = {"account": None, "csrf": CSRF, "login_url": "/idp/login"}
    everywhere: dict[str, object] = {
        "app": None,
        "logout_uris": [],
        "destination": "https://shop.example/bye?state=x&y",
        "host": "shop.example",
    }
    return {
        "logged-out": Sample("logged_out.html", {"app": App()}),
        "logged-out-plain": Sample("logged_out.html", {"app": None}),
        "logged-out-everywhere": Sample("logged_out_everywhere.html", everywhere),
        "error": Sample("error.html", error, 400),
        "error-server": Sample("error.html", {**error, **failed}, 500),
        "home": Sample("home.html", home),
        "home-signed-in": Sample("home.html", {**home, "account": Account()}),
    }


def _development(language: str) -> dict[str, Sample]:
    traces = shown(language)
    start = {
        "issuer": "http://localhost:8000",
        "discovery_url": "http://localhost:8000/.well-known/openid-configuration",
        "people": PEOPLE[:2],
        "demo_url": "/demo",
        "outbox_url": "/dev/outbox",
        "tenant_name": "Acme Logistics",
        "join_code": "ABCD-EF23",
        "traces": traces,
        "traces_url": "/dev/traces",
        "authorize_url": "http://localhost:8000/authorize?response_type=code&client_id=demo&scope=openid"
        "&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcallback&code_challenge_method=S256",
        "commands": [
            Command("client", "hibana client create --name MyApp --redirect-uri http://localhost:3000/cb"),
            Command("user", "hibana user create --email you@example.com"),
            Command("keys", "hibana keys list"),
            Command("audit", "hibana audit verify"),
            Command("doctor", "hibana doctor"),
        ],
    }
    demo = {"result": None, "error": None, "sign_in_url": "/demo/login", "logout_url": "/demo/logout"}
    result = Result(CLAIMS, "opaque-access-token", {"sub": CLAIMS["sub"], "name": CLAIMS["name"]})
    letter = Letter(
        "Confirm your address",
        "alice@example.com",
        "2026-11-21T04:05:06Z",
        "Hello Alice,\n\nopen http://localhost:8000/verify-email?token=abcdef to confirm your address.\n",
        "<p>Hello Alice,</p>",
    )
    return {
        "start": Sample("dev/start.html", start),
        "demo": Sample("dev/demo.html", demo),
        "demo-refused": Sample("dev/demo.html", {**demo, "error": "access_denied"}),
        "demo-signed-in": Sample("dev/demo.html", {**demo, "result": result}),
        "outbox": Sample("dev/outbox.html", {"messages": [letter, letter]}),
        "outbox-empty": Sample("dev/outbox.html", {"messages": []}),
        "start-fresh": Sample("dev/start.html", {**start, "traces": [], "join_code": None}),
        "traces": Sample("dev/traces.html", {"traces": traces}),
        "traces-empty": Sample("dev/traces.html", {"traces": []}),
        "trace": Sample("dev/trace.html", {"traces": traces, "trace_id": TRACE_ID, "all_url": "/dev/traces"}),
        "trace-unknown": Sample("dev/trace.html", {"traces": [], "trace_id": TRACE_ID, "all_url": "/dev/traces"}, 404),
    }
