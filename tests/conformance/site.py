"""What a relying party serves over HTTPS: its keys, request objects and pages; and what it is sent."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, slots=True)
class Received:
    """One request that reached the site."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    content_type: str
    tls: str


@dataclass(slots=True)
class Site:
    """Documents by path, and everything that was received."""

    port: int = 0
    documents: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"https://localhost:{self.port}{path}"

    def serve(self, path: str, body: bytes, content_type: str) -> str:
        """Put a document up; answers its address."""
        self.documents[path] = (content_type, body)
        return self.url(path)

    def take(self, request: Received) -> None:
        """Note a request."""
        with self.changed:
            self.received.append(request)
            self.changed.notify_all()

    def wait_for(self, path: str, *, seconds: float = 20) -> Received:
        """The first request for a path, once it is there."""
        give_up = time.monotonic() + seconds
        with self.changed:
            while True:
                found = next((each for each in self.received if each.path == path), None)
                if found is not None:
                    return found
                if not self.changed.wait(give_up - time.monotonic()):
                    raise AssertionError(f"nothing asked for {path} within {seconds} seconds")

    def count(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(each.path == path for each in self.received)


@contextmanager
def serving(tls: ssl.SSLContext) -> Iterator[Site]:
    """A site on a free port of localhost."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("content-length", "0"))))

        def _answer(self, body: bytes) -> None:
            parts = urlsplit(self.path)
            socket: Any = self.connection
            site.take(
                Received(
                    method=self.command,
                    path=parts.path,
                    query=dict(parse_qsl(parts.query)),
                    form=dict(parse_qsl(body.decode())),
                    content_type=self.headers.get("content-type", ""),
                    tls=socket.version(),
                )
            )
            content_type, document = site.documents.get(parts.path, ("text/html", b"<!doctype html><title>RP</title>"))
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(document)))
            self.end_headers()
            self.wfile.write(document)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing; a test that fails shows what was received."""

    server = ThreadingHTTPServer(("localhost", 0), Handler)
    server.daemon_threads = True
    # The handshake is left to the thread of the connection, so that a slow one holds up nobody.
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
