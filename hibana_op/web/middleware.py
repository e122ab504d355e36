"""The edge: the one layer every request passes (RFC 9110, W3C Trace Context), written for speed as plain ASGI."""

import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hibana_op.foundation import log
from hibana_op.foundation.errors import Busy, WrongSettings
from hibana_op.foundation.ids import request_id
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.printable import printable
from hibana_op.storage.database import DatabaseBroken
from hibana_op.web import health
from hibana_op.web.exchange import BodyTooLarge, Exchange, Pairs
from hibana_op.web.metrics import Metrics
from hibana_op.web.proxies import Proxies

RenderFailure = Callable[[Scope, int, str, str], ASGIApp]  # (scope, status, reason, trace id) -> a response

MAX_URL = 16 * 1024
MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 * 1024
MAX_FORM = 64 * 1024
MAX_JSON = 256 * 1024
MAX_SAML = 256 * 1024
MAX_BRANDING = 1024 * 1024
_MAX_USER_AGENT = 512

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_READ = frozenset(
    {
        b"host",
        b"x-forwarded-for",
        b"x-request-id",
        b"traceparent",
        b"user-agent",
        b"content-length",
        b"content-type",
        b"transfer-encoding",
    }
)
_HOST = re.compile(rb"(?:\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::[0-9]{1,5})?")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
_TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
_ODD_PATH = re.compile(rb"%|\\|//|/\.{1,2}(?:/|$)|[^\x21-\x7e]")
_TAKES_PICTURES = re.compile(r"(?:/.*)?/(?:api/v1/branding-files|admin/[^/]+/branding)")
_TAKES_SAML = re.compile(r"(?:/.*)?/federation/[^/]+/acs")
_ENCODED_TRICK = re.compile(rb"[/\\%\x00-\x1f\x7f]")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that goes no further than the edge."""

    status: int
    reason: str
    headers: Pairs = ()


class Edge:
    """Wraps the application: ids, addresses, bounds, failures, security headers, access log and counters.

    Leaves an `Origin` in `scope["hibana"]`. The Host header is checked for form and never used.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        render_failure: RenderFailure,
        metrics: Metrics,
        is_https: bool,
        trusted_proxies: Sequence[str] = (),
        management_port: int | None = None,
    ) -> None:
        self._app = app
        self._render_failure = render_failure
        self._metrics = metrics
        self._proxies = Proxies(trusted_proxies)
        self._management_port = management_port
        self._headers: Pairs = (
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-opener-policy", b"same-origin"),
            *(((b"strict-transport-security", b"max-age=31536000"),) if is_https else ()),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._live(scope, receive, send)
            return
        began = time.perf_counter()
        read, size = _read_headers(scope)
        peer = scope["client"][0] if scope.get("client") else None
        trace_id = self._trace_id(read, peer)
        ip = self._proxies.client(peer, read.get(b"x-forwarded-for"))
        scope["app"] = self._app  # with this, Starlette's routers raise what they refuse, and it is rendered here
        scope["hibana"] = Origin(ip, _user_agent(read), trace_id)
        exchange = Exchange(
            receive,
            send,
            headers=(*self._headers, (b"x-request-id", trace_id.encode("ascii"))),
            has_body=b"transfer-encoding" in read or read.get(b"content-length", b"0") != b"0",
            limit=_body_limit(read, scope["path"]),
        )
        mark = log.request_id.set(trace_id)
        try:
            refused = next(self._objections(scope, read, size, exchange.limit), None)
            if refused is None:
                refused = await self._run(scope, exchange)
            if refused is not None and not exchange.is_started and not exchange.is_gone:
                exchange.begin_refusal(refused.headers)
                response = self._render_failure(scope, refused.status, refused.reason, trace_id)
                await response(scope, exchange.receive, exchange.send)
        finally:
            self._account(scope, exchange, ip, time.perf_counter() - began)
            log.request_id.reset(mark)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start and stop the application; what keeps it from starting is logged here, in readable form."""

        async def send_short(message: Message) -> None:
            await send({**message, "message": ""} if message["type"].endswith(".failed") else message)

        try:
            await self._app(scope, receive, send_short)
        except WrongSettings as wrong:
            for fault in wrong.faults:
                _log.error("%s", fault)
            raise
        except Exception:
            _log.exception("the application failed to start or to stop")
            raise

    async def _run(self, scope: Scope, exchange: Exchange) -> Refused | None:
        """Let the application answer; a Refused when it could not."""
        try:
            await self._app(scope, exchange.receiver, exchange.send)
        except BodyTooLarge:
            pass
        except (Busy, DatabaseBroken) as trouble:
            if isinstance(trouble, DatabaseBroken):
                _log.error("the database cannot be used: %s", trouble)
            return Refused(503, "Too much is going on at the moment. Try again.", ((b"retry-after", b"1"),))
        except HTTPException as refusal:
            headers = tuple((k.lower().encode(), v.encode()) for k, v in (refusal.headers or {}).items())
            return Refused(refusal.status_code, refusal.detail, headers)
        except Exception:
            if not exchange.is_gone:  # a caller that hangs up is no failure of ours
                _log.exception("the request failed")
            return Refused(500, "Something went wrong on our side.")
        if exchange.is_too_large:
            return _too_large(exchange.limit)
        return None

    def _objections(self, scope: Scope, read: dict[bytes, bytes], size: int, limit: int) -> Iterator[Refused]:
        """What is wrong with the request before anybody looks at its meaning; the first one counts."""
        if size > MAX_HEADER_BYTES or len(scope["headers"]) > MAX_HEADERS:
            yield Refused(431, "The request has too many or too long headers.")
        if scope["method"] not in _METHODS:
            yield Refused(405, "This method is not allowed.", ((b"allow", ", ".join(_METHODS).encode()),))
        raw = scope.get("raw_path") or scope["path"].encode()
        if len(raw) + len(scope["query_string"]) > MAX_URL:
            yield Refused(414, "The URL is too long.")
        host = read.get(b"host")
        if host is None and scope.get("http_version") != "1.0":
            yield Refused(400, "The Host header is missing.")
        if host is not None and not _HOST.fullmatch(host):
            yield Refused(400, "The Host header is malformed.")
        if (_ODD_PATH.search(raw) and _is_tricky(raw)) or not self._is_open(scope):
            yield Refused(404, "There is nothing here.")
        length = read.get(b"content-length")
        if length is not None and not (length.isdigit() and len(length) < 16):
            yield Refused(400, "The Content-Length header is malformed.")
        if length is not None and int(length) > limit:
            yield _too_large(limit)

    def _is_open(self, scope: Scope) -> bool:
        """Whether this path is served at the port the request came to."""
        if self._management_port is None:
            return True
        path: str = scope["path"]
        server = scope.get("server")
        if server is not None and server[1] == self._management_port:
            return path in health.PATHS
        return path != "/metrics"

    def _trace_id(self, read: dict[bytes, bytes], peer: str | None) -> str:
        """The proxy's id for this request, else the caller's trace id, else a new one.

        An id is only ever looked up, so a caller who chooses one confuses nobody but himself.
        """
        given = read.get(b"x-request-id")
        if given is not None and self._proxies.is_trusted(peer) and _REQUEST_ID.fullmatch(given):
            return given.decode("ascii")
        parent = read.get(b"traceparent")
        if parent is not None and (trace := _TRACEPARENT.fullmatch(parent)):
            return trace[1].decode("ascii")
        return request_id()

    def _account(self, scope: Scope, exchange: Exchange, ip: str | None, seconds: float) -> None:
        status = exchange.status or 499  # gone before there was an answer
        route = getattr(scope.get("route"), "path", None) or "other"
        self._metrics.answered(route, scope["method"], status, seconds)
        log.access(scope["method"], _loggable_path(scope), status, seconds * 1000, ip)


def _read_headers(scope: Scope) -> tuple[dict[bytes, bytes], int]:
    """The headers that matter here, and the bytes of all; doubled ones are joined: a doubled Host is malformed."""
    read: dict[bytes, bytes] = {}
    size = 0
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name in _READ:
            read[name] = read[name] + b"," + value if name in read else value
    return read, size


def _body_limit(read: dict[bytes, bytes], path: str) -> int:
    if _TAKES_SAML.fullmatch(path):
        return MAX_SAML
    media_type = read.get(b"content-type", b"")[:128].partition(b";")[0].strip().lower()
    if media_type in (b"application/json", b"multipart/form-data") and _TAKES_PICTURES.fullmatch(path):
        return MAX_BRANDING
    return MAX_JSON if media_type == b"application/json" or media_type.endswith(b"+json") else MAX_FORM


def _too_large(limit: int) -> Refused:
    return Refused(413, f"The body is larger than {limit // 1024} KiB.")


def _user_agent(read: dict[bytes, bytes]) -> str | None:
    agent = read.get(b"user-agent")
    return printable(agent[:_MAX_USER_AGENT].decode("latin-1")) if agent is not None else None


def _is_tricky(raw: bytes) -> bool:
    """Whether a path could mean one thing to a proxy and another to us: dots, doubled or encoded slashes."""
    if re.search(rb"\\|//|[^\x21-\x7e]", raw):
        return True
    for segment in raw.split(b"/"):
        plain = unquote_to_bytes(segment)
        if plain in (b".", b"..") or (plain != segment and _ENCODED_TRICK.search(plain)):
            return True
        try:
            plain.decode("utf-8")
        except UnicodeDecodeError:
            return True
    return False


def _loggable_path(scope: Scope) -> str:
    """The path, or the route's template when the path carries a token."""
    if "token" in scope.get("path_params", ()):
        return str(scope["route"].path)
    return str(scope["path"])
