"""How a route is asked: where ids stand in a request, whose they are, and what of the answer is more than chance."""

import html
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

import httpx2

from hibana_op.foundation import base64url, secrets
from hibana_op.foundation.ids import uuid7
from tests.isolation.scene import Rank, Scene

OPENS, SIGN_IN, REFUSED = "opens", "leads to the sign-in", "is refused"
LOOK = ("brand", "header")  # what pages of a tenant wear, by the names of making.look
EVERYBODY = dict.fromkeys(Rank, OPENS)
NOBODY = dict.fromkeys(Rank, REFUSED)
SIGNED_IN = {**EVERYBODY, Rank.ANONYMOUS: SIGN_IN}
"""What comes of it, for each rank: a page that everybody may open, a page of one's own account, and so on."""


@dataclass(frozen=True, slots=True)
class Own:
    """A place for an id: what was made by this name.

    `told`: why the answer may say that there is such a thing, and `shows`, what of it. `silent`: why one's own thing
    is answered like one that never was. `mails`: whoever has the address is told of it by mail.
    """

    name: str
    told: str = ""
    shows: tuple[str, ...] = ()
    silent: str = ""
    mails: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Something that was made and is no id: whoever has it may use it. `prefix` stands before it."""

    name: str
    prefix: str = ""


Made = dict[str, str]
Maker = Callable[[Scene], Awaitable[Made]]
Fields = Mapping[str, Any]  # texts, Own, Held; in documents also lists and mappings of them


async def nothing(scene: Scene) -> Made:
    """No things at all."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A valid request about things of one's own. `signed_out`: whoever asks is not signed in, on the way to be."""

    made: Maker = nothing
    path: Fields = field(default_factory=dict)
    query: Fields = field(default_factory=dict)
    form: Fields | None = None
    document: Fields | None = None
    headers: Fields = field(default_factory=dict)
    signed_out: bool = False

    def places(self) -> Iterator[Own]:
        """Every place for an id, once."""
        found: dict[str, Own] = {}
        for part in (self.path, self.query, self.form, self.document, self.headers):
            for own in _owns(part):
                found.setdefault(own.name, own)
        yield from found.values()


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """What is known of a route and method; the first of `asks` is the one that each rank sends.

    `foreign_form`: why a POST needs no token of ours.
    """

    ranks: Mapping[Rank, str]
    asks: tuple[Ask, ...] = (Ask(),)
    foreign_form: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer without what differs by chance."""

    status: int
    location: str
    cookies: tuple[str, ...]
    text: str


def _owns(value: Any) -> Iterator[Own]:
    if isinstance(value, Own):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _owns(each)
    elif isinstance(value, list):
        for each in value:
            yield from _owns(each)


def _filled(value: Any, made: Made) -> Any:
    if isinstance(value, Own):
        return made[value.name]
    if isinstance(value, Held):
        return value.prefix + made[value.name]
    if isinstance(value, Mapping):
        return {name: _filled(each, made) for name, each in value.items()}
    return [_filled(each, made) for each in value] if isinstance(value, list) else value


async def play(
    scene: Scene, method: str, path: str, ask: Ask, made: Made, *, csrf: str | None = "", **headers: str
) -> httpx2.Response:
    """Send a request; `csrf`: another token than the browser's own, None for none at all."""
    names = {name: quote(_filled(each, made), safe="") for name, each in ask.path.items()}
    sent = {**_filled(ask.headers, made), **headers}
    token = await scene.csrf() if csrf == "" and method == "POST" else csrf
    options: dict[str, Any] = {"params": _filled(ask.query, made)}
    if ask.form is not None:
        options["data"] = {**_filled(ask.form, made), **({"csrf": token} if token else {})}
    if ask.document is not None:
        options["json"] = _filled(ask.document, made)
        sent |= {"X-CSRF-Token": token} if token else {}
    return await scene.browser.http.request(method, path.format(**names), headers=sent, **options)


def never(value: str) -> str:
    """What looks the same and never was."""
    if re.fullmatch(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", value):
        return uuid7()
    if re.fullmatch(r"[A-Z0-9]{4}-[A-Z0-9]{4}", value):
        return "ZZZZ-2222"
    if value.startswith("https://"):
        return f"https://{uuid7()}.example/"
    if "@" in value:
        return f"{uuid7()}@nowhere.example"
    if re.fullmatch(r"[a-z0-9-]{1,40}", value):
        return f"n{uuid7()[-20:]}"
    return secrets.token()


_BY_CHANCE = (
    (re.compile(r'<svg [^>]*class="segno".*?</svg>|(?<=<code id="secret">)[^<]*|(?<=secret=)\w+', re.DOTALL), "SECRET"),
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\+00:00|Z)?"), "TIME"),
    (re.compile(r"(?<=<code>)[0-9a-f]{8,}(?=</code>)|(?<=\"trace_id\":\")[^\"]+"), "TRACE"),
    (re.compile(r"[A-Za-z0-9_.-]{40,}"), "TOKEN"),
)


def plain(response: httpx2.Response, made: Made) -> Answer:
    """An answer as it is compared: what was sent stands by its name, what differs by chance by its kind."""

    def without_chance(text: str) -> str:
        text = by_name(text, made)
        for pattern, word in _BY_CHANCE:
            text = pattern.sub(word, text)
        return text

    cookies = tuple(sorted(each.partition("=")[0] for each in response.headers.get_list("set-cookie")))
    location = without_chance(response.headers.get("location", ""))
    return Answer(response.status_code, location, cookies, without_chance(response.text))


def by_name(text: str, made: Made) -> str:
    """A text in which what was made stands by its name, however it is written."""
    for name, value in sorted(made.items(), key=lambda each: -len(each[1])):
        for written in {value, quote_plus(value), quote(value, safe=""), html.escape(value)} - {""}:
            text = text.replace(written, f"<{name}>")
    return text


def all_of(response: httpx2.Response) -> str:
    """All that an answer says: its body, its headers, and what the tokens in it hold."""
    tokens = re.findall(r"eyJ[\w-]+\.(eyJ[\w-]+)\.", response.text)
    opened = [base64url.decode(each).decode() for each in tokens]
    return "\n".join([response.text, str(response.headers), *opened])


def outcome(response: httpx2.Response, issuer: str) -> str:
    """What came of a request."""
    location = response.headers.get("location", "").partition("?")[0].removeprefix(issuer)
    if location == "/login":
        return SIGN_IN
    if response.status_code == 401 and '"signed_out"' in response.text:
        return SIGN_IN
    if response.status_code in (400, 429) and "<html" in response.text and 'id="facts"' not in response.text:
        return OPENS  # no error page, but the page itself, which says what was missing in its form
    return REFUSED if response.status_code >= 400 else OPENS
