"""One request and its answer as they cross the edge: the body is counted, the answer completed."""

import asyncio
from collections.abc import Sequence

from starlette.types import Message, Receive, Send

Pairs = Sequence[tuple[bytes, bytes]]

_LINGER_SECONDS = 1.0
_LINGER_BYTES = 4 * 1024 * 1024


class BodyTooLarge(Exception):
    """The caller sent more than the limit."""


class Exchange:
    """Stands between the server and the application for one request."""

    __slots__ = (
        "_headers",
        "_is_unread",
        "_receive",
        "_received",
        "_send",
        "is_gone",
        "is_started",
        "is_too_large",
        "limit",
        "status",
    )

    def __init__(self, receive: Receive, send: Send, *, headers: Pairs, has_body: bool, limit: int) -> None:
        self._receive = receive
        self._send = send
        self._headers = headers
        self._is_unread = has_body
        self._received = 0
        self.limit = limit
        self.status: int | None = None
        self.is_started = False
        self.is_gone = False
        self.is_too_large = False

    @property
    def receiver(self) -> Receive:
        """What the application is given to read from; made anew, for an object that kept it would keep itself."""
        return self.receive if self._is_unread else self._receive

    async def receive(self) -> Message:
        """The next part of the body, as long as the whole stays within the limit."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.is_gone = True
            return message
        self._received += len(message.get("body", b""))
        self._is_unread = message.get("more_body", False)
        if self._received > self.limit:
            self.is_too_large = True
            raise BodyTooLarge
        return message

    def begin_refusal(self, headers: Pairs) -> None:
        """From here on the answer is the edge's own, with these headers."""
        self.is_too_large = False
        self._headers = (*self._headers, *headers)

    async def send(self, message: Message) -> None:
        """Pass the answer on, with the headers every answer has."""
        if self.is_too_large and not self.is_started:
            return  # the application overlooked BodyTooLarge; the edge answers in its stead
        if message["type"] == "http.response.start":
            await self._start(message)
        elif self._is_unread and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._linger()
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await self._send(message)

    async def _start(self, message: Message) -> None:
        self.status = message["status"]
        self.is_started = True
        headers = list(message.get("headers", ()))
        named = dict(headers)
        headers += [pair for pair in self._headers if pair[0] not in named]
        if self._is_unread:  # what is left of the body must not be taken for the next request
            headers.append((b"connection", b"close"))
        await self._send({**message, "headers": headers})

    async def _linger(self) -> None:
        """Read on for a moment: closing with bytes unread would reset the connection under the answer."""
        left = _LINGER_BYTES
        try:
            async with asyncio.timeout(_LINGER_SECONDS):
                while left > 0:
                    message = await self._receive()
                    left -= len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return
        except TimeoutError:
            pass
