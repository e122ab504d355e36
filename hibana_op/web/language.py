"""Which language a page speaks: `ui_locales` (OpenID Connect Core §3.1.2.1), cookie, RFC 9110 §12.5.4."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_plus

from hibana_op.web.words import LANGUAGES, NAMES

COOKIE = "language"
DEFAULT = "ja"  # when nothing was said
FOREIGN = "en"  # when only languages were asked for that we do not speak

_LIMIT = 1024  # characters of a header that are looked at
_QUALITY = re.compile(r"[01](?:\.[0-9]{0,3})?")


def choose(*, ui_locales: str | None, cookie: str | None, accept_language: str | None) -> str:
    """The language to answer in, from what the app, an earlier choice and the browser ask for."""
    asked = [_primary(tag) for tag in (ui_locales or "")[:_LIMIT].split()]
    chosen = [cookie] if cookie in LANGUAGES else []
    accepted = _accepted(accept_language or "")
    for language in (*asked, *chosen, *(language for quality, language in accepted if quality > 0)):
        if language in LANGUAGES:
            return language
    return FOREIGN if asked or accepted else DEFAULT


def _primary(tag: str) -> str:
    return tag.strip().partition("-")[0].lower()


def _accepted(header: str) -> list[tuple[float, str]]:
    """Qualities and primary subtags, best first; `*` asks for nothing in particular and is left out."""
    accepted = []
    for item in header[:_LIMIT].split(","):
        tag, _, parameter = item.partition(";")
        name, _, value = parameter.replace(" ", "").partition("=")
        quality = value if name.lower() == "q" else "1"
        if _primary(tag).isalpha() and _QUALITY.fullmatch(quality):
            accepted.append((float(quality), _primary(tag)))
    return sorted(accepted, key=lambda pair: -pair[0])


@dataclass(frozen=True, slots=True)
class Switch:
    """One link of the language switch."""

    language: str
    name: str
    url: str
    is_current: bool


def switches(current_url: str, language: str) -> list[Switch]:
    """The same page in each language."""
    return [Switch(each, NAMES[each], in_language(current_url, each), each == language) for each in LANGUAGES]


def in_language(url: str, language: str) -> str:
    """A path and query of ours with its `ui_locales` replaced; it can never lead to another host."""
    path, _, query = url.partition("?")
    kept = [
        piece
        for piece in query.partition("#")[0].split("&")
        if piece and unquote_plus(piece.partition("=")[0]) != "ui_locales"
    ]
    # Two slashes, or a backslash, at the start would name a host: quote first, then keep a single slash.
    safe_path = "/" + _quoted(path.partition("#")[0]).lstrip("/")
    return f"{safe_path}?{'&'.join([*map(_quoted, kept), f'ui_locales={language}'])}"


def _quoted(text: str) -> str:
    return quote(text, safe="/%:@!$&'()*+,;=~-._?", errors="replace")
