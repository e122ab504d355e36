"""HTTP/1.1 as bytes: requests built once, answers read with as little work as possible."""

import base64
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote_plus, urlencode

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *([^\r\n]+)", re.IGNORECASE)
_WITHOUT_BODY = frozenset({204, 304})
_CRLF = b"\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response; `head` is the status line and the header fields as they came."""

    status: int
    head: bytes
    body: bytes

    @property
    def location(self) -> str | None:
        """Where a redirect leads, if it is one."""
        found = _LOCATION.search(self.head)
        return found[1].decode() if found else None

    def member(self, name: str) -> str:
        """A string member of a JSON body, found without parsing the rest."""
        found = re.search(rb'"%s" *: *"([^"]+)"' % name.encode(), self.body)
        if found is None:
            raise WrongAnswerError(f"no {name} in the answer", self)
        return found[1].decode()


class WrongAnswerError(Exception):
    """The server answered something else than the work asked for, so its speed means nothing."""

    def __init__(self, reason: str, answer: Answer) -> None:
        super().__init__(f"{reason}: {answer.status} {answer.head[:300]!r} {answer.body[:500]!r}")
        self.answer = answer


Result = TypeVar("Result")
# A conversation over one connection: yields requests, is sent the answers, and returns what it learned.
Talk = Generator[bytes, Answer, Result]


def expect(answer: Answer, status: int, text: bytes = b"") -> Answer:
    """The answer itself when it has the status and contains the text."""
    if answer.status != status or text not in answer.body:
        raise WrongAnswerError(f"expected {status} with {text!r}", answer)
    return answer


def get(authority: str, path: str, headers: Mapping[str, str] | None = None) -> bytes:
    """A GET request."""
    return _head("GET", authority, path, headers or {}) + _CRLF


def post(authority: str, path: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> bytes:
    """A POST request with a form."""
    body = urlencode(form).encode()
    described = {
        **(headers or {}),
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
    }
    return _head("POST", authority, path, described) + _CRLF + body


def basic(client_id: str, client_secret: str) -> dict[str, str]:
    """The header of client_secret_basic (RFC 6749 §2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode()}


def bearer(token: str) -> dict[str, str]:
    """The header that carries an access token (RFC 6750 §2.1)."""
    return {"Authorization": f"Bearer {token}"}


def _head(method: str, authority: str, path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {authority}", "User-Agent: hibana-bench"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + _CRLF


def parse(data: bytes) -> Answer | None:
    """The answer at the start of what has arrived, or None while it is not all there."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = data[:end]
    status = int(data[9:12])
    start = end + 4
    length = _LENGTH.search(head)
    if length is not None:
        size = int(length[1])
        return Answer(status, head, data[start : start + size]) if len(data) >= start + size else None
    if _CHUNKED.search(head):
        body = _dechunk(data, start)
        return None if body is None else Answer(status, head, body)
    if status in _WITHOUT_BODY:
        return Answer(status, head, b"")
    raise WrongAnswerError("an answer without a length", Answer(status, head, b""))


def _dechunk(data: bytes, at: int) -> bytes | None:
    chunks: list[bytes] = []
    while (line_end := data.find(_CRLF, at)) >= 0:
        size = int(data[at:line_end].split(b";")[0], 16)
        at = line_end + 2
        if len(data) < at + size + 2:
            return None
        if size == 0:
            return b"".join(chunks)
        chunks.append(data[at : at + size])
        at += size + 2
    return None
