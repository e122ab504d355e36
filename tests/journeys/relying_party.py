"""A small app of the test's own: sends people to sign in, takes the answer, and shows who came."""

import html
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from authlib.integrations.httpx_client import OAuth2Client

from hibana_op.foundation import secrets
from tests.deployment import VERIFIER
from tests.server import HibanaProcess
from tests.visitor import App, register_app

SCOPE = "openid profile email"


class RelyingParty:
    """The app; on another site than the provider, as apps are."""

    def __init__(self, server: HibanaProcess, url: str, *flags: str) -> None:
        self.url = url
        self.issuer = server.issuer
        self.callback = f"{url}/callback"
        self.after_logout = f"{url}/bye"
        self.answers: list[tuple[str, dict[str, str]]] = []
        self.tokens: dict[str, Any] = {}
        self.app = self._register(server, *flags)

    @property
    def id_token(self) -> str:
        """The ID token of who came last."""
        return str(self.tokens["id_token"])

    def _register(self, server: HibanaProcess, *flags: str) -> App:
        metadata: dict[str, Any] = {"client_name#ja": "お店の管理画面", "client_uri": self.url}
        leaving = f"--post-logout-redirect-uri={self.after_logout}"
        # Not an app of the provider's own: people are asked for consent.
        return register_app(server, leaving, *flags, redirect_uri=self.callback, first_party=False, **metadata)

    def start(self, **parameters: str) -> str:
        """Where the app sends a browser to sign in."""
        query = {
            "client_id": self.app.client_id,
            "redirect_uri": self.callback,
            "response_type": "code",
            "scope": SCOPE,
            "state": "the-state",
            "code_challenge": secrets.digest(VERIFIER),
            "code_challenge_method": "S256",
            **parameters,
        }
        return f"{self.issuer}/authorize?{urlencode(query)}"

    def sign_out(self, **parameters: str) -> str:
        """Where the app sends a browser to sign out."""
        return f"{self.issuer}/logout?{urlencode(parameters)}" if parameters else f"{self.issuer}/logout"

    def receive(self, method: str, fields: dict[str, str]) -> str:
        """Take the provider's answer; says who came, or what went wrong."""
        self.answers.append((method, fields))
        assert (fields["state"], fields["iss"]) == ("the-state", self.issuer)
        if "error" in fields:
            return fields["error"]
        with OAuth2Client(self.app.client_id, self.app.secret, redirect_uri=self.callback) as client:
            self.tokens = client.fetch_token(f"{self.issuer}/token", code=fields["code"], code_verifier=VERIFIER)
            return str(client.get(f"{self.issuer}/userinfo").json()["email"])

    def answer(self, method: str, path: str, fields: dict[str, str]) -> str:
        """The text of one of the app's pages."""
        if path == "/callback":
            return self.receive(method, fields)
        return f"{path} {urlencode(fields)}".strip()


@contextmanager
def running(server: HibanaProcess, *flags: str) -> Iterator[RelyingParty]:
    """The app on a free port; `flags` are for the command that registers it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer a visit."""
            parts = urlsplit(self.path)
            self._tell("GET", parts.path, dict(parse_qsl(parts.query)))

        def do_POST(self) -> None:
            """Answer a form."""
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._tell("POST", self.path, {name: values[0] for name, values in parse_qs(body).items()})

        def _tell(self, method: str, path: str, fields: dict[str, str]) -> None:
            text = "" if path == "/favicon.ico" else party.answer(method, path, fields)
            page = f"<!doctype html><html lang=en><title>App</title><main><p id=told>{html.escape(text)}</p></main>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        party = RelyingParty(server, f"http://127.0.0.1:{http.server_port}", *flags)
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        try:
            yield party
        finally:
            http.shutdown()
            thread.join()
