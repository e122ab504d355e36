"""A whole deployment in this process, driven over ASGI: real database, real pages, a clock that stands still."""

import asyncio
import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx2

from hibana_op.app import build_app
from hibana_op.config import load
from hibana_op.foundation import secrets
from hibana_op.provider import Provider, open_provider
from hibana_op.records.clients import Client
from hibana_op.records.users import User
from tests import schema
from tests.clock import FrozenClock
from tests.make import CALLBACK, PASSWORD, SECRET
from tests.schema import ISSUER, MASTER_KEY, Stage

VERIFIER = "a-verifier-that-is-long-enough-for-rfc-7636-really"


@dataclass(slots=True)
class Page:
    """A hosted page as a program without JavaScript sees it."""

    response: httpx2.Response
    fields: dict[str, str] = field(default_factory=dict)
    action: str = ""

    @classmethod
    def read(cls, response: httpx2.Response) -> "Page":
        """Take the first form of a page apart."""
        text = response.text
        action = re.search(r'<form[^>]*action="([^"]*)"', text)
        fields = {}
        for tag in re.findall(r"<input[^>]*>", text):
            name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
            if name and 'type="checkbox"' not in tag:
                fields[name[1]] = html.unescape(value[1]) if value else ""
        return cls(response, fields, html.unescape(action[1]) if action else str(response.url))


@dataclass(slots=True)
class Deployment:
    """The provider, and clients to call it with."""

    app: Any
    op: Provider
    clock: FrozenClock

    def browser(self, **headers: str) -> "Browser":
        """A new browser without cookies."""
        return Browser(self, self.http(headers={"Accept-Language": "en", **headers}))

    def http(self, **options: Any) -> httpx2.AsyncClient:
        """A plain HTTP client."""
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url=self.op.issuer, **options)

    async def token(self, client: Client, **form: str) -> httpx2.Response:
        """Call the token endpoint as a client, with its registered method."""
        return await self.call("/token", client, **form)

    async def call(self, path: str, client: Client, **form: Any) -> httpx2.Response:
        """POST a form to an endpoint as a client."""
        options: dict[str, Any] = {}
        if client.token_endpoint_auth_method == "client_secret_basic":
            options["auth"] = (client.client_id, SECRET)
        else:
            form["client_id"] = client.client_id
        if client.token_endpoint_auth_method == "client_secret_post":
            form["client_secret"] = SECRET
        async with self.http() as http:
            return await http.post(path, data=form, **options)


@dataclass(slots=True)
class Browser:
    """Keeps cookies, follows our own redirects and fills in forms; never runs scripts."""

    deployment: Deployment
    http: httpx2.AsyncClient

    async def get(self, url: str) -> httpx2.Response:
        """Open an address and follow redirects as long as they stay here."""
        return await self._follow(await self.http.get(url))

    async def submit(self, page: Page, **fields: str) -> httpx2.Response:
        """Send a page's form."""
        return await self._follow(await self.http.post(page.action, data={**page.fields, **fields}))

    async def _follow(self, response: httpx2.Response) -> httpx2.Response:
        while response.is_redirect:
            target = urljoin(str(response.url), response.headers["location"])
            if not target.startswith(self.deployment.op.issuer + "/"):
                return response
            response = await self.http.get(target)
        return response

    async def sign_in(self, page: httpx2.Response, user: User, password: str = PASSWORD) -> httpx2.Response:
        """Walk from the sign-in page to whatever follows the password."""
        asked = await self.submit(Page.read(page), username=user.email)
        return await self.submit(Page.read(asked), password=password)

    async def authorize(self, client: Client, **parameters: Any) -> httpx2.Response:
        """Send an authorization request."""
        return await self.get(f"/authorize?{urlencode(request(client, **parameters), doseq=True)}")

    async def obtain_code(self, client: Client, user: User, **parameters: Any) -> str:
        """Sign in, allow everything, and come back with a code."""
        response = await self.authorize(client, **parameters)
        if "/login" in str(response.url):
            response = await self.sign_in(response, user)
        if "/consent" in str(response.url):
            response = await self.submit(Page.read(response), decision="allow")
        return answer(response)["code"]


def request(client: Client, **parameters: Any) -> dict[str, Any]:
    """The parameters of a valid authorization request; None takes one out."""
    valid: dict[str, Any] = {
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uris[0] if client.redirect_uris else CALLBACK,
        "response_type": "code",
        "scope": "openid profile email",
        "state": "the-state",
        "nonce": "the-nonce",
        "code_challenge": secrets.digest(VERIFIER),
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in {**valid, **parameters}.items() if value is not None}


def answer(response: httpx2.Response) -> dict[str, str]:
    """The parameters that a redirect carries back to an app."""
    assert response.is_redirect, f"no redirect but {response.status_code}: {response.text[:2000]}"
    parts = urlsplit(response.headers["location"])
    return dict(parse_qsl(parts.fragment or parts.query))


@asynccontextmanager
async def deploy(database_url: str, data: Path, *, issuer: str = ISSUER, **settings: str) -> AsyncIterator[Deployment]:
    """Open a deployment on a database as a first start leaves it."""
    environ = {
        "HIBANA_ISSUER": issuer,
        "HIBANA_DATABASE_URL": database_url,
        "HIBANA_MASTER_KEY": MASTER_KEY,
        **settings,
    }
    loaded = load(environ, file=None, flags={}, mode="serve")
    clock = FrozenClock()
    await schema.bring(database_url, Stage.STARTED)
    app = build_app(loaded, clock=clock, cheap_passwords=True)
    op = await open_provider(loaded, clock=clock, cheap_passwords=True)
    try:
        async with _alive(app):
            yield Deployment(app, op, clock)
    finally:
        await op.close()


@asynccontextmanager
async def _alive(app: Any) -> AsyncIterator[None]:
    """Run the application's lifespan."""
    inbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    outbox: asyncio.Queue[Any] = asyncio.Queue()
    running = asyncio.create_task(app({"type": "lifespan", "asgi": {"version": "3.0"}}, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    started = await outbox.get()
    assert started["type"] == "lifespan.startup.complete", started
    try:
        yield
    finally:
        await inbox.put({"type": "lifespan.shutdown"})
        await outbox.get()
        await running
