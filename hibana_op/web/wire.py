"""The HTTP/1.1 connection with bounds: how long a request's head may be, and how long it may take to arrive.

An answer that is complete leaves in one piece. What uvicorn does for every request and Hibana has no use for (other
protocols, mounting below a path, a limit of its own) is left out.
"""

import asyncio
import json
import secrets
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

MAX_OVERHEAD = 64 * 1024  # request line, headers, chunk framing and trailers: all that is not body
ARRIVAL_SECONDS = 20.0
_DECIDING = frozenset({b"connection", b"transfer-encoding"})  # headers that say how the answer itself is sent
_CONTROLS = bytes([*range(32), 127])


class Cycle(RequestResponseCycle):
    """One request and its answer, whose head leaves together with the first part of its body."""

    _start: Any = None

    async def send(self, message: Any) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start" and not self.response_started:
            self._start = message
            return
        start, self._start = self._start, None
        if start is not None:
            if self._sent_whole(start, message):
                return
            await super().send(start)
        await super().send(message)

    def _sent_whole(self, start: Any, message: Any) -> bool:
        """Send an answer of the kind that nearly all are; False, and nothing is done, for another."""
        if (
            message["type"] != "http.response.body"
            or message.get("more_body", False)
            or not self.keep_alive
            or self.disconnected
            or self.flow.write_paused
            or self.scope["method"] == "HEAD"
        ):
            return False
        body = message.get("body", b"")
        headers = [*self.default_headers, *start.get("headers", ())]
        named = dict(headers)
        if named.get(b"content-length") != b"%d" % len(body) or not _DECIDING.isdisjoint(named):
            return False
        head = b"\r\n".join(map(b": ".join, headers))
        # One line end between two headers and no other control character: nothing was smuggled in (RFC 9110 §5.5).
        if len(head) - len(head.translate(None, _CONTROLS)) != 2 * len(headers) - 2:
            return False
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        self.transport.write(b"%b%b\r\n\r\n%b" % (STATUS_LINE[start["status"]], head, body))
        self.message_event.set()
        self.on_response()
        return True


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's httptools connection, which by itself waits and reads for ever."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._overhead = 0
        self._is_in_head = True
        self._is_arriving = True
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A caller connected; the first request must follow soon."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(ARRIVAL_SECONDS, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes of a request; most requests come whole and never see the timer."""
        if self.transport.is_closing():
            return
        if not self._is_arriving:
            self._overhead = 0
            self._is_arriving = True
        self._overhead += len(data)
        super().data_received(data)
        if not self._is_arriving:
            self._disarm()
        elif self._overhead > MAX_OVERHEAD:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The request's head is too large.")
        elif self._deadline is None:
            self._deadline = self.loop.call_later(ARRIVAL_SECONDS, self._too_slow)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        if not self._is_arriving:  # the second in one piece of data
            self._overhead = 0
        self._is_in_head = self._is_arriving = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; trailers are dropped, never merged into the headers (RFC 9110 §6.5.1)."""
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is complete: the request begins, or waits for the one before it on this connection."""
        self._is_in_head = False
        parser, scope = self.parser, self.scope
        version = parser.get_http_version()
        if version != "1.1":
            scope["http_version"] = version
        address = httptools.parse_url(self.url)
        path = address.path.decode("ascii")
        scope["method"] = parser.get_method().decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = address.path
        scope["query_string"] = address.query or b""
        before = self.cycle
        self.cycle = Cycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def on_body(self, body: bytes) -> None:
        """Some of the body, which the application bounds."""
        self._overhead -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is complete."""
        self._is_arriving = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP."""
        self._refuse(HTTPStatus.BAD_REQUEST, "The request is not valid HTTP.")

    def _unsupported_upgrade_warning(self) -> None:
        """No upgrade is offered: the request is answered as it is, and nothing can follow it."""
        self.cycle.keep_alive = False

    def _too_slow(self) -> None:
        self._deadline = None
        self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The request did not arrive in time.")

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: HTTPStatus, description: str) -> None:
        """Close the connection, with an answer unless an earlier request's answer is under way."""
        if self.cycle is None or self.cycle.response_complete:
            body = json.dumps({"error": "invalid_request", "error_description": description}).encode()
            head = (
                f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                f"X-Request-Id: {secrets.token_hex(16)}\r\nConnection: close\r\n\r\n"
            )
            self.transport.write(head.encode("ascii") + body)
        self.transport.close()
