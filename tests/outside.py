"""A running server as people and apps find it: everything over HTTP and through `hibana` commands."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

from bench import wire
from bench.wire import Answer
from hibana_op.foundation import secrets
from tests.deployment import VERIFIER, Page
from tests.make import CALLBACK, PASSWORD
from tests.server import HibanaProcess

EMAIL = "alice@example.com"
Talk = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class App:
    """A client that somebody registered, and the requests it sends."""

    client_id: str
    secret: str
    authority: str

    def token(self, **form: str) -> bytes:
        """A token request."""
        return self.post("/token", form)

    def post(self, path: str, form: Mapping[str, str]) -> bytes:
        """A form, with the client's own credentials."""
        return wire.post(self.authority, path, form, wire.basic(self.client_id, self.secret))

    def redeem(self, code: str) -> bytes:
        """The request that turns a code into tokens."""
        return self.token(
            grant_type="authorization_code", code=code, redirect_uri=CALLBACK, code_verifier=VERIFIER
        )

    def refresh(self, refresh_token: str) -> bytes:
        """The request that rotates a refresh token."""
        return self.token(grant_type="refresh_token", refresh_token=refresh_token)

    def authorize(self, **parameters: str) -> str:
        """The address to which the app sends a browser."""
        query = {
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid profile",
            "state": "the-state",
            "code_challenge": secrets.digest(VERIFIER),
            "code_challenge_method": "S256",
        }
        return f"/authorize?{urlencode(query | parameters)}"


def register(server: HibanaProcess, name: str, grant_types: Sequence[str], *flags: str) -> App:
    """Register an app by command."""
    grants = [word for grant_type in grant_types for word in ("--grant-type", grant_type)]
    made = json.loads(server.command("client", "create", "--name", name, *grants, *flags, "--json"))
    return App(made["client_id"], made["client_secret"], urlsplit(server.issuer).netloc)


def register_web_app(server: HibanaProcess) -> App:
    """An app of our own: people are not asked for consent."""
    flags = ("--redirect-uri", CALLBACK, "--first-party")
    return register(server, "Shop Console", ("authorization_code", "refresh_token"), *flags)


@dataclass(slots=True)
class SignedIn:
    """A browser in which Alice has signed in; its cookies are all that counts."""

    authority: str
    cookies: dict[str, str] = field(default_factory=dict)

    @classmethod
    def by_password(cls, server: HibanaProcess, app: App) -> Self:
        """Add Alice by command, and walk through the pages once."""
        server.command("user", "create", "--email", EMAIL, "--password-stdin", stdin=PASSWORD)
        with httpx2.Client(base_url=server.issuer, follow_redirects=True) as http:
            named = Page.read(http.get(app.authorize()))
            asked = Page.read(http.post(named.action, data={**named.fields, "username": EMAIL}))
            answer = http.post(
                asked.action, data={**asked.fields, "password": PASSWORD}, follow_redirects=False
            )
            assert answer.is_redirect, answer.text
            return cls(app.authority, dict(http.cookies))

    def ask_for_code(self, app: App) -> bytes:
        """The browser's visit that ends with a code."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return wire.get(self.authority, app.authorize(), {"Cookie": cookies})


@dataclass(frozen=True, slots=True)
class Connection:
    """One keep-alive connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, server: HibanaProcess) -> Self:
        """Connect to a server."""
        return cls(*await asyncio.open_connection("127.0.0.1", server.port))

    @property
    def port(self) -> int:
        """This end's port, by which the other end can be told from others."""
        port: int = self.writer.get_extra_info("sockname")[1]
        return port

    async def ask(self, request: bytes) -> Answer:
        """Send a request and read the whole answer; an answer that is cut off raises."""
        self.writer.write(request)
        return await self.answer()

    async def answer(self) -> Answer:
        """Read one whole answer."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = wire.content_length(head)
        found = wire.parse(head + await self.reader.readexactly(length))
        assert found is not None
        return found

    def close(self) -> None:
        """Hang up at once."""
        self.writer.transport.abort()
