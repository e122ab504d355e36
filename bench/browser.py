"""A browser reduced to what a sign-in needs: cookies, redirects and HTML forms."""

import html
import re
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from bench import wire
from bench.wire import Answer, Talk, WrongAnswerError

_COOKIE = re.compile(r"\r\nset-cookie: *([^=\r\n]+)=([^;\r\n]*)([^\r\n]*)", re.IGNORECASE)
_ENDED = re.compile(r"max-age=0\b|expires=thu, 01 jan 1970", re.IGNORECASE)
_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.IGNORECASE | re.DOTALL)
_FIELD = re.compile(r"<input\b([^>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"', re.IGNORECASE)
_ALLOW = re.compile(r'name="decision"[^>]*value="allow"|value="allow"[^>]*name="decision"')
_REDIRECTS = range(300, 400)
_STEPS = 12


class Browser:
    """One person's browser, for one origin; `authorize` fills every hosted form on the way."""

    __slots__ = ("_answers", "_cookies", "_origin")

    def __init__(self, origin: str, answers: Mapping[str, str]) -> None:
        self._origin = origin
        self._answers = answers
        self._cookies: dict[str, str] = {}

    @property
    def cookie_header(self) -> dict[str, str]:
        """The Cookie header as it stands now."""
        if not self._cookies:
            return {}
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}

    def authorize(self, path: str) -> Talk[str]:
        """Open an authorization request, sign in and allow as asked; the address the app is sent to."""
        url = urljoin(self._origin, path)
        answer = yield from self._visit(url)
        for _ in range(_STEPS):
            if answer.status in _REDIRECTS:
                url = urljoin(url, answer.location or "")
                if not url.startswith(self._origin + "/"):
                    return url
                answer = yield from self._visit(url)
                continue
            wire.expect(answer, 200)
            url, fields = self._filled(url, answer)
            answer = yield from self._send(
                wire.post(self._authority, _path(url), fields, {"Origin": self._origin, **self.cookie_header})
            )
        raise WrongAnswerError(f"still not back at the app after {_STEPS} steps", answer)

    @property
    def _authority(self) -> str:
        return urlsplit(self._origin).netloc

    def _visit(self, url: str) -> Talk[Answer]:
        return self._send(wire.get(self._authority, _path(url), self.cookie_header))

    def _send(self, request: bytes) -> Talk[Answer]:
        answer = yield request
        for name, value, attributes in _COOKIE.findall(answer.head.decode("latin-1")):
            if value and not _ENDED.search(attributes):
                self._cookies[name] = value
            else:
                self._cookies.pop(name, None)
        return answer

    def _filled(self, url: str, answer: Answer) -> tuple[str, dict[str, str]]:
        for opening, inside in _FORM.findall(answer.body.decode()):
            allows = _ALLOW.search(inside)
            if 'id="continue"' not in inside and not allows:
                continue
            fields = {"decision": "allow"} if allows else {}
            for tag in _FIELD.findall(inside):
                attributes = dict(_ATTRIBUTE.findall(tag))
                name = attributes.get("name", "")
                if attributes.get("type") == "hidden":
                    fields[name] = html.unescape(attributes.get("value", ""))
                elif name in self._answers:
                    fields[name] = self._answers[name]
            action = html.unescape(dict(_ATTRIBUTE.findall(opening)).get("action", ""))
            return urljoin(url, action), fields
        raise WrongAnswerError("no form that this browser knows how to fill", answer)


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
