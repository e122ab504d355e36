"""Servers on loopback that behave as badly as strangers may."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

JSON = "application/json"
CANARY = "canary-of-the-answer"

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Behaviour = Callable[["Stranger", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Names:
    """A resolver that says what it is told, in turn, and counts the questions."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = answers
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        answer = self._answers[min(self.asked, len(self._answers)) - 1]
        if not answer:
            raise OSError("no such host")
        return answer


@dataclass(slots=True)
class Stranger:
    """A server and what it saw."""

    port: int = 0
    connections: int = 0
    requests: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    arrival: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: int = 0
    most_at_once: int = 0

    def url(self, path: str = "/ok", host: str = "rp.test") -> str:
        """Where to reach it under a name."""
        return f"https://{host}:{self.port}{path}"

    async def has_been_reached(self, times: int) -> None:
        """Return once that many connections have been made."""
        while self.connections < times:
            self.arrival.clear()
            await self.arrival.wait()

    def headers(self, number: int = 0) -> dict[str, str]:
        """The headers of a request, names in lower case."""
        lines = self.requests[number].strip().split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


@asynccontextmanager
async def listening(
    answer: Answer, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A server on a free port that answers each connection in one way; at the end every connection is closed."""
    running: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await answer(reader, writer)
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            pass  # the caller hung up, as it may
        finally:
            writer.transport.abort()
            running.discard(task)

    server = await asyncio.start_server(handle, host, 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for task in set(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@asynccontextmanager
async def stranger(tls: ssl.SSLContext | None, *, host: str = "127.0.0.1") -> AsyncIterator[Stranger]:
    """A server whose behaviour depends on the path it is asked for; without TLS it only counts and hangs up."""
    seen = Stranger()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        seen.arrival.set()
        seen.at_once += 1
        seen.most_at_once = max(seen.most_at_once, seen.at_once)
        try:
            if tls is not None:
                await _answer(seen, reader, writer)
        finally:
            seen.at_once -= 1

    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: seen.names.append(name)
    async with listening(answer, host=host, tls=tls) as seen.port:
        yield seen


async def _answer(seen: Stranger, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    seen.requests.append(head)
    length = int(seen.headers(-1).get("content-length", "0"))
    seen.bodies.append(await reader.readexactly(length))
    path = head.split(" ", 2)[1].partition("?")[0]
    await _BEHAVIOURS[path](seen, reader, writer)
    writer.close()
    await writer.wait_closed()


def _reply(
    status: str = "200 OK", *headers: str, body: bytes = CANARY.encode(), kind: str = "application/json"
) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def _says(reply: bytes) -> Behaviour:
    async def behave(_: Stranger, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply)

    return behave


async def _waits_for_the_end(_: Stranger, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def _drips_headers(_: Stranger, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: 1\r\n")
        await writer.drain()
        await asyncio.sleep(0.2)


async def _drips_body(_: Stranger, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.2)


async def _never_ends(_: Stranger, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
        await writer.drain()


async def _takes_its_time(_: Stranger, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0.1)
    writer.write(_reply())


async def _redirects(seen: Stranger, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    path, _, to = seen.requests[-1].split(" ", 2)[1].partition("?to=")
    writer.write(_reply(f"{path[-3:]} Elsewhere", f"Location: {to}"))


_BOMB = gzip.compress(bytes(10_000_000))
_BEHAVIOURS: dict[str, Behaviour] = {
    "/ok": _says(_reply()),
    "/charset": _says(_reply(kind="Application/JSON; charset=utf-8")),
    "/html": _says(_reply(kind="text/html")),
    "/missing": _says(_reply("404 Not Found", kind="text/html")),
    "/broken": _says(_reply("500 Internal Server Error")),
    "/limit": _says(_reply(body=b" " * 65536)),
    "/over": _says(_reply(body=b" " * 65537)),
    "/cookie": _says(_reply("200 OK", "Set-Cookie: session=1; Path=/")),
    "/gzip": _says(_reply("200 OK", "Content-Encoding: gzip", body=gzip.compress(b"{}"))),
    "/bomb": _says(_reply("200 OK", "Content-Encoding: gzip", body=_BOMB)),
    "/brotli": _says(_reply("200 OK", "Content-Encoding: identity, br")),
    "/transfer": _says(_reply("200 OK", "Transfer-Encoding: gzip", body=_BOMB)),
    "/cut": _says(_reply(body=b"{}").replace(b"Content-Length: 2", b"Content-Length: 200")),
    "/garbage": _says(CANARY.encode() + b"\r\n\r\n"),
    "/mute": _says(b""),
    "/headers": _says(b"HTTP/1.1 200 OK\r\n" + b"X-Filler: " + b"x" * 200_000 + b"\r\n\r\n"),
    "/length": _says(_reply().replace(b"Content-Length: ", b"Content-Length: -")),
    "/tarpit": _waits_for_the_end,
    "/drip-headers": _drips_headers,
    "/drip-body": _drips_body,
    "/endless": _never_ends,
    "/slow": _takes_its_time,
    **{f"/redirect/{status}": _redirects for status in (301, 302, 303, 307, 308)},
}
