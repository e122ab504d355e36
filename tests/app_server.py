"""The web server of an app, on loopback: the documents it shows over TLS, and who asked for them."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.foundation.strangers import listening


@dataclass(slots=True)
class AppServer:
    """What is shown at which path, and the paths that were asked for."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    _shown: dict[str, bytes] = field(default_factory=dict)

    def url(self, path: str) -> str:
        """Where a document is."""
        return f"https://localhost:{self.port}{path}"

    def show(self, path: str, body: Any, *, kind: str = "application/json", status: int = 200) -> str:
        """Put a document at a path; answers its address."""
        raw = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"HTTP/1.1 {status} Whatever\r\nContent-Type: {kind}\r\nContent-Length: {len(raw)}\r\n\r\n"
        self._shown[path] = head.encode() + raw
        return self.url(path)

    def take_down(self, path: str) -> None:
        """From now on nothing is there, and the connection breaks off."""
        del self._shown[path]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one request."""
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ", 2)[1].decode()
        self.asked.append(path)
        writer.write(self._shown.get(path, b""))
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def app_server(tls: ssl.SSLContext) -> AsyncIterator[AppServer]:
    """A server that runs until the end of the block."""
    server = AppServer()
    async with listening(server.answer, tls=tls) as server.port:
        yield server
