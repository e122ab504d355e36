"""A small application behind the real edge and the real connection, served inside the test."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hibana_op.cli.server import listen
from hibana_op.foundation.errors import Busy
from hibana_op.web import health
from hibana_op.web.health import Readiness
from hibana_op.web.metrics import Metrics
from hibana_op.web.middleware import Edge


async def echo(request: Request) -> Response:
    """What the application was given."""
    body = await request.body()
    origin = request.scope["hibana"]
    return JSONResponse(
        {"bytes": len(body), "ip": origin.ip, "agent": origin.user_agent, "trace": origin.trace_id},
        headers={"Referrer-Policy": "origin"},
    )


async def ignore(request: Request) -> Response:
    """An answer that does not wait for the body."""
    return PlainTextResponse("ignored")


async def swallow(request: Request) -> Response:
    """An application that overlooks every failure."""
    try:
        await request.body()
    except Exception:
        return PlainTextResponse("all is well")
    return PlainTextResponse("small enough")


async def fail(request: Request) -> Response:
    """A fault of ours."""
    raise ValueError("SELECT c4n4ry FROM /secret/path")


async def fail_late(request: Request) -> Response:
    """A fault of ours when half of the answer is out."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"half"
        raise ValueError("c4n4ry")

    return StreamingResponse(parts(), headers={"Content-Length": "8"})


async def busy(request: Request) -> Response:
    """A queue that is full."""
    raise Busy


async def split(scope: Scope, receive: Receive, send: Send) -> None:
    """A header with more in it than a header."""
    spoilt = (b"x-a\r\nsmuggled", b"b") if scope["query_string"] == b"name" else (b"x-a", b"b\r\nsmuggled: yes")
    await send({"type": "http.response.start", "status": 200, "headers": [spoilt, (b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def half(scope: Scope, receive: Receive, send: Send) -> None:
    """A fault of ours between the head and the body."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-half", b"yes")]})
    raise ValueError("c4n4ry")


async def short(scope: Scope, receive: Receive, send: Send) -> None:
    """A body that is longer than its head says."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"it is too long"})


class Bare:
    """An ASGI application in the form that a route takes for one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        await self._app(scope, receive, send)


async def teapot(request: Request) -> Response:
    """A refusal in Starlette's own form."""
    raise HTTPException(418, "short and stout", headers={"X-Tea": "yes"})


def render_failure(scope: Scope, status: int, reason: str, trace_id: str) -> Response:
    """The failure as a machine reads it."""
    return JSONResponse({"error_description": reason, "trace_id": trace_id}, status_code=status)


def build(
    *,
    trusted_proxies: Sequence[str] = (),
    is_https: bool = False,
    management_port: int | None = None,
    readiness: Readiness | None = None,
    metrics: Metrics | None = None,
) -> Edge:
    """The application behind the edge."""
    metrics = metrics or Metrics()
    router = Router(
        [
            Route("/echo", echo, methods=["GET", "POST", "PUT"]),
            Route("/invite/{token}", echo),
            Route("/ignore", ignore, methods=["POST"]),
            Route("/swallow", swallow, methods=["POST"]),
            Route("/fail", fail),
            Route("/fail-late", fail_late),
            Route("/busy", busy),
            Route("/teapot", teapot),
            *(Route(f"/{bare.__name__}", Bare(bare)) for bare in (split, half, short)),
            *health.routes(readiness or Readiness({}), metrics, management_port=management_port),
        ],
        redirect_slashes=False,
    )
    return Edge(
        router,
        render_failure=render_failure,
        metrics=metrics,
        is_https=is_https,
        trusted_proxies=trusted_proxies,
        management_port=management_port,
    )


@asynccontextmanager
async def serving(app: Edge, *, more_ports: Sequence[int] = ()) -> AsyncIterator[int]:
    """Serve it on a free port of this machine, as `hibana serve` would."""
    sockets = listen("127.0.0.1", 0)
    port: int = sockets[0].getsockname()[1]
    for each in more_ports:
        sockets += listen("127.0.0.1", each)
    config = uvicorn.Config(
        app,
        http="hibana_op.web.wire:BoundedHttp",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets))
    try:
        yield port
    finally:
        server.should_exit = True
        await task


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        """The body as an object."""
        found: dict[str, object] = json.loads(self.body)
        return found


def parse(raw: bytes) -> Answer:
    """The answer in what came over the connection."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        assert name.lower() not in headers, f"{name} is there twice"
        headers[name.lower()] = value
    return Answer(int(first.split(" ")[1]), headers, body)


async def exchange(port: int, sent: bytes) -> bytes:
    """Send these bytes, and read until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        await writer.drain()
        async with asyncio.timeout(10):
            return await reader.read()
    finally:
        writer.close()


async def ask(
    port: int, target: str, *headers: str, method: str = "GET", body: bytes = b"", host: str | None = "localhost"
) -> Answer:
    """One request on a connection of its own."""
    lines = [f"{method} {target} HTTP/1.1", *([f"Host: {host}"] if host is not None else []), "Connection: close"]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join([*lines, *headers, "", ""]).encode("latin-1")
    return parse(await exchange(port, head + body))


async def call(app: Edge, scope: Scope, body: Sequence[Message] = ()) -> list[Message]:
    """Call the application without a server, for what no server would let through."""
    messages = list(body)
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    handed: tuple[Receive, Send] = (receive, send)
    await app(scope, *handed)
    return sent
