"""Pages for browsers: templates, and the headers every one of them carries (CSP Level 3, RFC 6797)."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Literal, TypedDict
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from hibana_op.foundation.shipped import folder
from hibana_op.web import avatar
from hibana_op.web import language as languages
from hibana_op.web.assets import asset
from hibana_op.web.cookies import cookie_name
from hibana_op.web.look import PLAIN, Look
from hibana_op.web.words import catalogue

# The one inline script there is, allowed by its hash. A field named "submit" would hide the form's own method.
_SUBMIT = "HTMLFormElement.prototype.submit.call(document.forms[0])"
_SUBMIT_HASH = base64.b64encode(hashlib.sha256(_SUBMIT.encode()).digest()).decode()

_HOST_SOURCE = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*\.?(?::(?:[0-9]{1,5}|\*))?")
_SCHEME_SOURCE = re.compile(r"[a-z][a-z0-9+.-]*:")
_NEVER = {"about:", "blob:", "data:", "file:", "filesystem:", "javascript:", "vbscript:", "view-source:"}

_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), "
    "publickey-credentials-create=(self), publickey-credentials-get=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class CookieAttributes(TypedDict):
    """What `Response.set_cookie` takes."""

    key: str
    value: str
    max_age: int
    path: str
    secure: bool
    httponly: bool
    samesite: Literal["lax"]


@dataclass(slots=True)
class Renderer:
    """Turns a template's name and its context into a response."""

    issuer_path: str
    https: bool
    templates: Environment
    usual: Look = PLAIN  # the deployment's, as last seen: of pages that come before anybody could ask for it

    def page(
        self,
        name: str,
        *,
        language: str,
        status: int = 200,
        form_action: Sequence[str] = (),
        frames: Sequence[str] = (),
        current_url: str | None = None,
        look: Look | None = None,
        **context: object,
    ) -> HTMLResponse:
        """A page in a language and a look, by default the deployment's.

        `form_action`: where its forms may lead besides here, `frames`: what it may embed.
        Both are written as `origin_of` does.
        """
        policy = _policy("script-src 'self'; connect-src 'self'", ("'self'", *map(_checked, form_action)))
        if frames:
            policy += f"; frame-src {' '.join(dict.fromkeys(map(_checked, frames)))}"
        body = self._body(name, language, current_url, look or self.usual, {"status": status, **context})
        return HTMLResponse(body, status_code=status, headers=self._headers(language, policy))

    def form_post(
        self, action: str, fields: Mapping[str, str], *, language: str, look: Look | None = None
    ) -> HTMLResponse:
        """The page that carries an answer to the app (OAuth 2.0 Form Post Response Mode)."""
        policy = _policy(f"script-src 'sha256-{_SUBMIT_HASH}'", (origin_of(action),))
        context = {
            "action": action,
            "fields": fields,
            "host": host_of(action),
            "submit_script": _SUBMIT,
        }
        body = self._body("form_post.html", language, None, look or self.usual, context)
        return HTMLResponse(body, headers=self._headers(language, policy))

    def language_cookie(self, language: str) -> CookieAttributes:
        """The cookie that remembers a choice of language for a year."""
        return CookieAttributes(
            key=cookie_name(languages.COOKIE, secure=self.https),
            value=language,
            max_age=31_536_000,
            path="/",
            secure=self.https,
            httponly=True,
            samesite="lax",
        )

    def _body(
        self, name: str, language: str, current_url: str | None, look: Look, context: Mapping[str, object]
    ) -> bytes:
        shared = {
            "brand": look.name,
            "language": language,
            "look": look,
            "say": partial(_phrase, language, look.name),
            "acting_as": None,
            "switches": languages.switches(current_url, language) if current_url else [],
        }
        text = self.templates.get_template(name).render({**shared, **context})
        # A lone surrogate from a percent-decoded parameter must not turn into a failure of ours.
        return text.encode("utf-8", "replace")

    def _headers(self, language: str, policy: str) -> dict[str, str]:
        headers = {**_HEADERS, "Content-Language": language, "Content-Security-Policy": policy}
        if self.https:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        return headers


def build_renderer(issuer_path: str, *, https: bool, is_dev: bool = False) -> Renderer:
    """The renderer of a deployment whose issuer has this path ("" or "/path")."""
    templates = Environment(
        loader=FileSystemLoader(folder("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["asset"] = partial(asset, issuer_path)
    templates.globals["path"] = partial(_path, issuer_path)
    templates.globals["is_dev"] = is_dev
    templates.filters["hue"] = avatar.hue
    templates.filters["initials"] = avatar.initials
    templates.filters["moment"] = _moment
    templates.filters["pretty"] = _pretty
    templates.tests["linkable"] = is_linkable
    templates.tests["own_image"] = is_own_image
    return Renderer(issuer_path, https, templates)


def origin_of(uri: str) -> str:
    """How CSP names where a redirect URI leads: its origin, or `scheme:` for a private-use scheme."""
    scheme = uri.partition(":")[0].lower() + ":"
    if scheme in {"http:", "https:"}:
        origin = f"{scheme}//{urlsplit(uri).netloc}".lower()
        # CSP cannot spell an IPv6 address or an underscore; the scheme is then the narrowest that works.
        return origin if _HOST_SOURCE.fullmatch(origin) else scheme
    return _checked(scheme)


def host_of(uri: str) -> str:
    """What a person is told of where a redirect URI leads: the host, or the app's scheme."""
    return urlsplit(uri).netloc or uri.partition(":")[0]


def is_linkable(uri: str) -> bool:
    """Whether a link may point there: the web, or a path of ours."""
    return uri.lower().startswith(("https://", "http://")) or _is_own_path(uri)


def is_own_image(uri: str) -> bool:
    """Whether a picture can be shown without telling another host that this page is open."""
    return uri.startswith("data:image/") or _is_own_path(uri)


def _is_own_path(uri: str) -> bool:
    return re.match(r"/(?![/\\\t\r\n])", uri) is not None


def _checked(source: str) -> str:
    """A source fit for the policy; anything else could add a directive or allow a script address."""
    if _HOST_SOURCE.fullmatch(source):
        return source
    if _SCHEME_SOURCE.fullmatch(source) and source not in _NEVER:
        return source
    raise ValueError(f"not an origin or a scheme that a form may lead to: {source!r}")


def _policy(scripts: str, form_action: Sequence[str]) -> str:
    targets = " ".join(dict.fromkeys(form_action))
    return (
        f"default-src 'none'; {scripts}; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action {targets}"
    )


def _phrase(language: str, brand: str, key: str, **values: object) -> Markup:
    """Words for a template: escaped, and so is every value that is not markup already."""
    return escape(catalogue(language)[key]).format(**{"brand": brand, **values})


def _path(issuer_path: str, path: str, **query: str | None) -> str:
    given = {name: value for name, value in query.items() if value is not None}
    text = urlencode(given, errors="replace")
    return f"{issuer_path}{path}?{text}" if text else f"{issuer_path}{path}"


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)
