"""Another provider, on loopback over TLS, that tells the truth until a test has it lie."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlsplit

import httpx2

from hibana_op.foundation import jose, secrets
from hibana_op.login.federation import providers
from hibana_op.records import user_identities
from hibana_op.records.clients import Client
from hibana_op.records.identity_providers import IdentityProvider
from hibana_op.records.user_identities import UserIdentity
from hibana_op.records.users import User
from tests.app_keys import AppKey, key_set
from tests.deployment import Browser, Deployment
from tests.flows.registering import COMMAND
from tests.foundation.strangers import listening
from tests.make import make_client, make_user

CLIENT_ID, CLIENT_SECRET = "hibana:acme+1%", "a secret: with %&+ in it"
ACCESS_TOKEN = "the-access-token"
CANARY = "canary-of-the-upstream"
SUBJECT = "somebody at acme"


@dataclass(slots=True)
class Upstream:
    """The provider. `claims` and `header` go into the next ID tokens, where None takes a member out."""

    port: int = 0
    key: AppKey = field(default_factory=AppKey)
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    userinfo: Any = field(default_factory=dict)
    emails: Any = field(default_factory=list)
    token_answer: Any = None  # what the token endpoint says in place of tokens
    token_status: int = 200
    id_token: str | None = None
    says_at_hash: bool = True
    asked: dict[str, str] = field(default_factory=dict)  # the last authorization request
    now: int = 0
    while_redeeming: Callable[[], Awaitable[object]] | None = None
    requests: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)  # path, headers, form

    @property
    def issuer(self) -> str:
        """Its issuer."""
        return f"https://localhost:{self.port}"

    def document(self) -> dict[str, Any]:
        """What it says of itself."""
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            **self.metadata,
        }
        return {name: value for name, value in told.items() if value is not None}

    def signed(self, key: AppKey | None = None) -> str:
        """An ID token for the last authorization request."""
        claims = {
            "iss": self.issuer,
            "sub": SUBJECT,
            "aud": CLIENT_ID,
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": self.asked.get("nonce"),
            "email": "somebody@acme.example",
            "email_verified": True,
            **({"at_hash": jose.half_hash(self.key.algorithm, ACCESS_TOKEN)} if self.says_at_hash else {}),
            **self.claims,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        return (key or self.key).sign(kept, **self.header)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        body = (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
        path = lines[0].split(" ")[1]
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self.requests.append((path, headers, form))
        if path == "/token" and self.while_redeeming is not None:
            await self.while_redeeming()
        status, told = self._told(path, headers, form)
        raw = told if isinstance(told, bytes) else json.dumps(told).encode()
        lines = [f"HTTP/1.1 {status} Whatever", "Content-Type: application/json", f"Content-Length: {len(raw)}", "", ""]
        writer.write("\r\n".join(lines).encode() + raw)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    def _told(self, path: str, headers: dict[str, str], form: dict[str, str]) -> tuple[int, Any]:
        if path == "/.well-known/openid-configuration":
            return 200, self.document()
        if path == "/jwks":
            return 200, key_set(self.key)
        if path == "/token":
            return self._tokens(headers, form)
        if headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
            return 401, {"error": "invalid_token"}
        return 200, self.emails if path == "/emails" else self.userinfo

    def _tokens(self, headers: dict[str, str], form: dict[str, str]) -> tuple[int, Any]:
        if self.token_answer is not None:
            return self.token_status, self.token_answer
        if _credentials(headers, form) != (CLIENT_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client", "error_description": CANARY}
        right = form["redirect_uri"] == self.asked["redirect_uri"] and form["grant_type"] == "authorization_code"
        if not right or secrets.digest(form["code_verifier"]) != self.asked["code_challenge"]:
            return 400, {"error": "invalid_grant", "error_description": CANARY}
        id_token = self.id_token if self.id_token is not None else self.signed()
        return 200, {"access_token": ACCESS_TOKEN, "token_type": "Bearer", "id_token": id_token}


def _credentials(headers: dict[str, str], form: dict[str, str]) -> tuple[str, str]:
    if "authorization" not in headers:
        return form.get("client_id", ""), form.get("client_secret", "")
    name, _, secret = base64.b64decode(headers["authorization"].removeprefix("Basic ")).decode().partition(":")
    return unquote_plus(name), unquote_plus(secret)


@asynccontextmanager
async def upstream(tls: ssl.SSLContext) -> AsyncIterator[Upstream]:
    """A provider that runs until the end of the block."""
    server = Upstream()
    async with listening(server.answer, tls=tls) as server.port:
        yield server


async def add(
    deployment: Deployment,
    server: Upstream,
    *,
    slug: str = "acme",
    domains: tuple[str, ...] = (),
    provider_type: str = "oidc",
    **config: Any,
) -> IdentityProvider:
    """Let people sign in with a provider."""
    openid = {"issuer": server.issuer, "client_id": CLIENT_ID}
    plain = {
        "client_id": CLIENT_ID,
        "authorization_endpoint": f"{server.issuer}/authorize",
        "token_endpoint": f"{server.issuer}/token",
        "userinfo_endpoint": f"{server.issuer}/userinfo",
    }
    return await providers.create(
        deployment.op,
        slug=slug,
        name=slug.upper(),
        provider_type=provider_type,
        config={**(openid if provider_type == "oidc" else plain), **config},
        client_secret=CLIENT_SECRET,
        domains=domains,
        origin=COMMAND,
    )


async def leave(browser: Browser, server: Upstream, client: Client, *, slug: str = "acme") -> str:
    """Go from an app to the provider; the state that comes back."""
    page = await browser.authorize(client)
    interaction = dict(parse_qsl(urlsplit(str(page.url)).query))["interaction"]
    return departed(await browser.get(f"/federation/{slug}/start?interaction={interaction}"), browser, server)


def departed(response: httpx2.Response, browser: Browser, server: Upstream) -> str:
    """Note what the provider was asked; the state that comes back."""
    assert response.is_redirect, response.text
    location = response.headers["location"]
    assert location.startswith(f"{server.issuer}/authorize?")
    server.asked = dict(parse_qsl(urlsplit(location).query))
    server.now = browser.deployment.clock.now()
    return server.asked["state"]


async def come_back(browser: Browser, state: str, *, slug: str = "acme", **answer: str) -> httpx2.Response:
    """Come back with the provider's answer, by default a code."""
    query = {"state": state, **(answer if "error" in answer else {"code": "the-code", **answer})}
    return await browser.get(f"/federation/{slug}/callback?{httpx2.QueryParams(query)}")


async def an_app(deployment: Deployment) -> Client:
    """An app that needs no consent, so that a sign-in ends with a code."""
    return await make_client(deployment.op, first_party=True)


async def linked_person(deployment: Deployment, provider_id: str, server: Upstream, **changes: Any) -> User:
    """Somebody whose account at the provider is linked."""
    user = await make_user(deployment.op, **changes)
    identity = UserIdentity(
        id=f"identity of {user.id}",
        user_id=user.id,
        provider_id=provider_id,
        issuer=server.issuer,
        subject=SUBJECT,
        created_at=deployment.clock.now(),
    )
    await deployment.op.db.transact(lambda tx: user_identities.insert_once(tx, identity))
    return user


async def signed_in(deployment: Deployment) -> list[str]:
    """Whoever has a session."""
    return [str(row["user_id"]) for row in await deployment.op.db.all("SELECT user_id FROM sessions ORDER BY id")]


async def events(deployment: Deployment, action: str) -> list[str]:
    """What the audit log tells of an action."""
    rows = await deployment.op.db.all("SELECT metadata_json FROM audit_log WHERE action = :a ORDER BY id", a=action)
    return [str(row["metadata_json"]) for row in rows]


def refused(response: httpx2.Response, status: int, words: str) -> None:
    """A page that says what happened."""
    assert (response.status_code, words in response.text) == (status, True), response.text
