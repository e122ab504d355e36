"""The line to a directory: whole LDAP messages (RFC 4511 §5.1) to and from a checked address, over TLS, within bounds.

The library of LDAP would look the host up itself, read trust from files and the environment of its own, and take
messages of any size. So it is given a socket in a private folder instead, and everything beyond is ours.
"""

import asyncio
import re
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from hibana_op.foundation import addresses
from hibana_op.foundation.outbound import NotPublic, Outbound, OutboundRefused, Stream

LONGEST_MESSAGE = 65536
LONGEST_ANSWER = 262_144  # all messages of a connection together
CONNECT_SECONDS = 3.0
_URL = re.compile(r"(?P<scheme>ldaps?)://(?P<authority>[^/?#]*)/?", re.ASCII | re.IGNORECASE)
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_SEQUENCE = 0x30
# The request of StartTLS (RFC 4511 §4.14.1), and how its answer is marked.
_START_TLS = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + b"1.3.6.1.4.1.1466.20037"
_EXTENDED_RESPONSE, _SUCCESS = 0x78, b"\x00"


class LineBroken(Exception):
    """No line came about, or what came over it is not LDAP within bounds."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a directory is."""

    host: str
    port: int
    start_tls: bool
    is_plain: bool


def place(url: str, *, start_tls: bool) -> Place:
    """Take the URL of a directory apart; ValueError says what is wrong with it."""
    parts = _URL.fullmatch(url)
    if parts is None:
        raise ValueError("the URL is not of the form ldaps://host:port")
    is_secure, authority = parts["scheme"].lower() == "ldaps", parts["authority"]
    target = addresses.parse(f"https://{authority}")
    if start_tls and is_secure:
        raise ValueError("a URL that begins with ldaps:// speaks TLS already; start_tls goes with ldap://")
    is_plain = not is_secure and not start_tls
    if is_plain and target.host not in _HERE:
        raise ValueError("a URL that begins with ldap:// needs start_tls, unless it leads to this very machine")
    has_port = re.search(r":[0-9]+$", authority) is not None
    return Place(target.host, target.port if has_port else 636 if is_secure else 389, start_tls, is_plain)


@asynccontextmanager
async def open_line(outbound: Outbound, to: Place) -> AsyncIterator[Path]:
    """The path of a socket behind which the directory is, for one connection."""
    async with _turn(outbound.connections):
        reader, writer = await _reach(outbound, to)
        try:
            with tempfile.TemporaryDirectory(prefix="hibana-") as folder:
                path = Path(folder) / "line"
                async with _joined(path, reader, writer):
                    yield path
        finally:
            writer.transport.abort()  # it need not agree to the end


@asynccontextmanager
async def _turn(turns: asyncio.Semaphore) -> AsyncIterator[None]:
    """One of the few connections at a time."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await turns.acquire()
    except TimeoutError:
        raise LineBroken("too many are asking at once") from None
    try:
        yield
    finally:
        turns.release()


@asynccontextmanager
async def _joined(path: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Listen on a socket for the library, and for nobody after it."""
    relays: list[asyncio.Task[None]] = []

    def join(from_library: asyncio.StreamReader, to_library: asyncio.StreamWriter) -> None:
        if relays:
            to_library.transport.abort()
        else:
            relays.append(asyncio.ensure_future(_relay(from_library, writer, reader, to_library)))

    server = await asyncio.start_unix_server(join, path)
    try:
        yield
    finally:
        server.close()
        for relay in relays:
            relay.cancel()
        await asyncio.gather(*relays, return_exceptions=True)


async def _reach(outbound: Outbound, to: Place) -> Stream:
    """A connection to the directory, on which nothing but its own TLS is spoken."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            made = await outbound.connect(to.host, to.port)
            try:
                if to.start_tls:
                    await _ask_for_tls(made)
                if to.is_plain:
                    return await asyncio.open_connection(sock=made)
                return await outbound.secure(made, to.host)
            except BaseException:
                made.close()
                raise
    except NotPublic as refused:
        raise LineBroken(f"{refused}: allow it in HIBANA_OUTBOUND_ALLOW") from None
    except OutboundRefused as refused:
        raise LineBroken(str(refused)) from None
    except (TimeoutError, OSError):
        raise LineBroken("the server does not answer") from None


async def _ask_for_tls(made: socket.socket) -> None:
    """Agree on TLS, in plain text. Nothing beyond the answer is read, so nothing said before TLS counts after it."""
    loop = asyncio.get_running_loop()

    async def read(size: int) -> bytes:
        taken = b""
        while len(taken) < size:
            more = await loop.sock_recv(made, size - len(taken))
            if not more:
                raise LineBroken("the server hung up")
            taken += more
        return taken

    await loop.sock_sendall(made, _START_TLS)
    message = await _message(read)
    try:
        _, start, _ = _element(message, 0)
        _, _, end = _element(message, start)  # the number of the message
        kind, start, _ = _element(message, end)
        _, start, end = _element(message, start)
    except IndexError:
        raise LineBroken("the server does not speak LDAP") from None
    if kind != _EXTENDED_RESPONSE or message[start:end] != _SUCCESS:
        raise LineBroken("the server does not start TLS")


async def _relay(
    from_library: asyncio.StreamReader,
    to_directory: asyncio.StreamWriter,
    from_directory: asyncio.StreamReader,
    to_library: asyncio.StreamWriter,
) -> None:
    """Carry messages both ways until either side hangs up or the directory says too much."""

    async def ask() -> None:
        while asked := await from_library.read(LONGEST_MESSAGE):
            to_directory.write(asked)
            await to_directory.drain()

    async def answer() -> None:
        left = LONGEST_ANSWER
        while left > 0:
            message = await _message(from_directory.readexactly)
            left -= len(message)
            to_library.write(message)
            await to_library.drain()

    sides = [asyncio.ensure_future(ask()), asyncio.ensure_future(answer())]
    try:
        await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
    finally:
        to_library.transport.abort()
        for side in sides:
            side.cancel()
        await asyncio.gather(*sides, return_exceptions=True)


async def _message(read: Callable[[int], Awaitable[bytes]]) -> bytes:
    """One whole LDAPMessage."""
    head = await read(2)
    if head[0] != _SEQUENCE:
        raise LineBroken("the server does not speak LDAP")
    more = head[1] & 0x7F if head[1] & 0x80 else 0
    if more > 4:
        raise LineBroken("the answer is too large")
    head += await read(more)
    length = int.from_bytes(head[2:], "big") if more else head[1]
    if length > LONGEST_MESSAGE:
        raise LineBroken("the answer is too large")
    return head + await read(length)


def _element(data: bytes, at: int) -> tuple[int, int, int]:
    """The tag of an element, and where its content begins and ends (X.690 §8.1)."""
    tag, length = data[at], data[at + 1]
    start = at + 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[at + 2 : start], "big")
    return tag, start, start + length
