"""The one way out: guarded https requests to places that others may name, and connections for other protocols."""

import asyncio
import logging
import socket
import ssl
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from hibana_op.foundation.addresses import Guard, Target, parse

if TYPE_CHECKING:
    import httpx2

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]

TOTAL_SECONDS = 5.0
CONNECT_SECONDS = 3.0
AT_ONCE_PER_HOST = 4
AT_ONCE = 32
FAILED_FOR_SECONDS = 30.0
REMEMBERED_FAILURES = 1024
_ADDRESSES_TRIED = 3
_RESOLVER_THREADS = 4

_HEADERS = {"User-Agent": "Hibana", "Accept-Encoding": "identity", "Connection": "close"}

_log = logging.getLogger("hibana.outbound")


class OutboundRefused(Exception):
    """A request that was not made, or an answer that was not taken; the reason tells nothing of the answer."""


class NotPublic(OutboundRefused):
    """The same, because the administrator did not allow a host that is not on the public internet."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer within its limits; what its status means is for the caller to say."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    content_type: str  # the media type alone, in lower case


@dataclass(frozen=True, slots=True)
class _Message:
    method: str
    headers: Mapping[str, str]
    content: bytes | None
    limit: int


class Outbound:
    """Asks https servers on public addresses: nothing is followed, kept, unpacked or taken from the environment."""

    def __init__(
        self,
        *,
        allow: Sequence[str] = (),
        ca_file: Path | str | None = None,
        resolver: Resolver | None = None,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._guard = Guard(allow)
        self._ca_file = ca_file
        self._tls: ssl.SSLContext | None = None
        # Own threads, so that a name server that never answers holds up nothing but other fetches.
        self._pool = ThreadPoolExecutor(_RESOLVER_THREADS, thread_name_prefix="hibana-outbound")
        self._resolve = resolver or self._ask_system
        self._failures = _Failures(seconds)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self.connections = asyncio.Semaphore(AT_ONCE)  # those that speak another protocol
        self._turns_of_host: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def get(
        self,
        url: str,
        *,
        accept: str,
        limit: int = 65536,
        headers: Mapping[str, str] | None = None,
        plain_here: bool = False,
    ) -> Fetched:
        """Fetch a document of one of the media types in `accept`; a failure counts for half a minute.

        `plain_here`: the address is the administrator's, so it may be http on this very machine.
        """
        target = _parsed(url, plain_here=plain_here)
        self._failures.refuse_again(url)
        try:
            async with self._turn(target.host):
                self._failures.refuse_again(url)  # somebody may have found out while this one waited
                message = _Message("GET", {"Accept": accept, **(headers or {})}, None, limit)
                fetched = await self._ask(target, message)
                _check_type(fetched, accept)
                return fetched
        except OutboundRefused as refused:
            self._failures.remember(url, str(refused))
            raise

    async def post(
        self,
        url: str,
        *,
        content: bytes,
        content_type: str,
        limit: int = 65536,
        headers: Mapping[str, str] | None = None,
        plain_here: bool = False,
    ) -> Fetched:
        """Send a message; each is tried, whatever became of the one before."""
        target = _parsed(url, plain_here=plain_here)
        message = _Message("POST", {"Content-Type": content_type, **(headers or {})}, content, limit)
        async with self._turn(target.host):
            return await self._ask(target, message)

    async def connect(self, host: str, port: int) -> socket.socket:
        """A connection to a host, for protocols other than https; the caller closes it."""
        loop = asyncio.get_running_loop()
        for address in await self._checked_addresses(Target(host, port, "")):
            made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
            made.setblocking(False)
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await loop.sock_connect(made, (address, port))
                    return made
            except (OSError, TimeoutError) as error:
                made.close()
                _log.info("no connection to %s: %s", host, error)
            except BaseException:
                made.close()
                raise
        raise OutboundRefused("no connection to the server could be made")

    async def secure(self, made: socket.socket, host: str) -> Stream:
        """Speak TLS on a connection from here on, with nobody but the host."""
        try:
            return await asyncio.open_connection(
                sock=made,
                ssl=await self._trusted(),
                server_hostname=host,
                ssl_handshake_timeout=CONNECT_SECONDS,
            )
        except (OSError, TimeoutError) as error:
            _log.info("no TLS with %s: %s", host, error)
            raise OutboundRefused("the server does not prove its name by TLS") from None

    async def close(self) -> None:
        """Let go of the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    @asynccontextmanager
    async def _turn(self, host: str) -> AsyncIterator[None]:
        """One of the few requests at a time, and no longer than the time that a whole request may take."""
        turns_of_host = self._turns_of_host.get(host)
        if turns_of_host is None:
            turns_of_host = self._turns_of_host[host] = asyncio.Semaphore(AT_ONCE_PER_HOST)
        try:
            async with asyncio.timeout(TOTAL_SECONDS), turns_of_host, self._turns:
                yield
        except TimeoutError:
            raise OutboundRefused("the server took too long") from None

    async def _ask(self, target: Target, message: _Message) -> Fetched:
        """One request, sent to the very address that was checked; the next one only if nobody is there."""
        tls = await self._trusted()
        for address in await self._checked_addresses(target):
            fetched = await _exchange(target, address, message, tls)
            if fetched is not None:
                return fetched
        raise OutboundRefused("no secure connection to the server could be made")

    async def _trusted(self) -> ssl.SSLContext:
        """The certificate authorities that count, read once."""
        if self._tls is None:
            self._tls = await asyncio.get_running_loop().run_in_executor(self._pool, _trust, self._ca_file)
        return self._tls

    async def _checked_addresses(self, target: Target) -> list[str]:
        """The addresses of a host, looked up once; one that is not public spoils them all."""
        try:
            addresses = [ip_address(target.host)]
        except ValueError:
            try:
                addresses = [ip_address(text) for text in await self._resolve(target.host, target.port)]
            except (OSError, ValueError):
                addresses = []
        if not addresses:
            raise OutboundRefused("the host name leads nowhere")
        if not all(self._guard.admits(target.host, address) for address in addresses):
            raise NotPublic("the host is not on the public internet")
        return [str(address) for address in dict.fromkeys(addresses)][:_ADDRESSES_TRIED]

    async def _ask_system(self, host: str, port: int) -> Sequence[str]:
        return await asyncio.get_running_loop().run_in_executor(self._pool, _system_addresses, host, port)


class _Failures:
    """Remembers for a while what failed, so that a dead server costs one attempt and not one for each request."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._until: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def refuse_again(self, url: str) -> None:
        """Say the same as a moment ago."""
        until, reason = self._until.get(url, (0.0, ""))
        if until > self._seconds():
            raise OutboundRefused(reason)

    def remember(self, url: str, reason: str) -> None:
        """Keep a failure, unless it is only the echo of one that is kept."""
        now = self._seconds()
        if self._until.get(url, (0.0, ""))[0] > now:
            return
        self._until[url] = (now + FAILED_FOR_SECONDS, reason)
        self._until.move_to_end(url)
        while len(self._until) > REMEMBERED_FAILURES:
            self._until.popitem(last=False)


def _parsed(url: str, *, plain_here: bool) -> Target:
    try:
        return parse(url, plain_here=plain_here)
    except ValueError as error:
        raise OutboundRefused(str(error)) from None


def _check_type(fetched: Fetched, accept: str) -> None:
    """A document of another type than the one asked for is not that document; an error page may be anything."""
    wanted = [media_type.strip().lower() for media_type in accept.split(",")]
    if fetched.status < 300 and fetched.content_type not in wanted:
        raise OutboundRefused("the answer has another content type")


async def _exchange(target: Target, address: str, message: _Message, tls: ssl.SSLContext) -> Fetched | None:
    """The answer of one address; None when no TLS connection comes about there."""
    import httpx2  # noqa: PLC0415 -- takes a moment to load, and many a server never needs it

    request = httpx2.Request(
        message.method,
        httpx2.URL(
            scheme="http" if target.is_plain else "https",
            host=address,
            port=target.port,
            raw_path=target.path.encode("ascii"),
        ),
        headers={**_HEADERS, **message.headers, "Host": target.authority},
        content=message.content,
        # The name is what the certificate must be for.
        extensions={"sni_hostname": target.host, "timeout": {"connect": CONNECT_SECONDS}},
    )
    try:
        # A transport of its own and no client: no connection, cookie, redirect or proxy can come into play.
        async with httpx2.AsyncHTTPTransport(verify=tls, trust_env=False) as transport:
            response = await transport.handle_async_request(request)
            try:
                return await _within_limits(response, message.limit)
            finally:
                await response.aclose()
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
        _log.info("no connection to %s: %s", target.host, error)
        return None
    except (httpx2.HTTPError, OSError) as error:
        _log.info("no answer from %s: %s", target.host, error)
        raise OutboundRefused("the server broke off or did not speak HTTP") from None


async def _within_limits(response: "httpx2.Response", limit: int) -> Fetched:
    """The answer, if it stays where it is, comes as it is and is as small as it should be."""
    if 300 <= response.status_code < 400:
        raise OutboundRefused("the server answered with a redirect")
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise OutboundRefused("the answer is compressed")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > limit:
            raise OutboundRefused(f"the answer is larger than {limit} bytes")
    content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Fetched(response.status_code, dict(response.headers), bytes(body), content_type)


def _system_addresses(host: str, port: int) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _trust(ca_file: Path | str | None) -> ssl.SSLContext:
    """The system's certificate authorities and the configured ones; the environment has no say."""
    import httpx2  # noqa: PLC0415

    context = httpx2.create_ssl_context(trust_env=False)
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError:
            raise OutboundRefused("the configured file of certificate authorities cannot be used") from None
    return context
