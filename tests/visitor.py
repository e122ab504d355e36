"""A person and their apps at a running server: registered by command, signed in over HTTP without scripts."""

import json
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx2

from hibana_op.foundation import secrets
from tests.deployment import VERIFIER, Page
from tests.make import CALLBACK, PASSWORD
from tests.server import HibanaProcess

ALICE = "alice@example.com"


@dataclass(frozen=True, slots=True)
class App:
    """A registered app, as `hibana client create --json` tells it."""

    client_id: str
    secret: str
    redirect_uri: str

    @property
    def credentials(self) -> tuple[str, str]:
        """What HTTP basic authentication takes."""
        return self.client_id, self.secret


def register_person(server: HibanaProcess, email: str = ALICE, *, name: str = "Alice Yamada", **claims: Any) -> str:
    """Add a person with PASSWORD; answers their id."""
    told = server.command(
        *("user", "create", "--email", email, "--name", name, "--verified", "--password-stdin", "--json"),
        *(("--claims", json.dumps(claims)) if claims else ()),
        stdin=f"{PASSWORD}\n",
    )
    return str(json.loads(told)["id"])


def register_app(
    server: HibanaProcess,
    *flags: str,
    redirect_uri: str = CALLBACK,
    grants: tuple[str, ...] = ("authorization_code", "refresh_token"),
    first_party: bool = True,
    **metadata: Any,
) -> App:
    """Register an app; people are asked for consent only when it is not of the first party."""
    asked = [f"--grant-type={grant}" for grant in grants] + ["--first-party"] * first_party
    if "authorization_code" in grants:
        asked += [f"--redirect-uri={redirect_uri}"]
    told = json.loads(
        server.command(
            *("client", "create", "--name", "Shop Console", "--json", *asked, *flags),
            *(("--metadata", json.dumps(metadata)) if metadata else ()),
        )
    )
    return App(told["client_id"], told.get("client_secret", ""), redirect_uri)


class Visitor:
    """A person's browser, and the app it leads back to."""

    def __init__(self, server: HibanaProcess, *, email: str = ALICE) -> None:
        self.issuer = server.issuer
        self.email = email
        self.http = httpx2.AsyncClient(base_url=server.issuer, headers={"Accept-Language": "en"}, timeout=30)

    async def __aenter__(self) -> "Visitor":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()

    async def sign_in(self) -> None:
        """Sign in, for no app in particular."""
        page = await self.submit(Page.read(await self.http.get("/login")), username=self.email)
        landed = await self.submit(Page.read(page), password=PASSWORD)
        assert urlsplit(str(landed.url)).path == "/", landed.text

    @property
    def cookies(self) -> str:
        """What the browser sends along, for a request on another connection."""
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())

    async def submit(self, page: Page, **fields: str) -> httpx2.Response:
        """Send a page's form, and follow as long as the way stays here."""
        return await self._follow(await self.http.post(page.action, data={**page.fields, **fields}))

    async def authorize(self, app: App, **parameters: str) -> httpx2.Response:
        """Send an authorization request, and follow as long as the way stays here."""
        return await self._follow(await self.http.get(asking(app, **parameters)))

    async def code(self, app: App, **parameters: str) -> str:
        """A code, with nothing left to ask."""
        return code_in(await self.authorize(app, **parameters))

    async def tokens(self, app: App, **parameters: str) -> dict[str, Any]:
        """The tokens of a fresh code."""
        response = await self.token(app, **redemption(app, await self.code(app, **parameters)))
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def token(self, app: App, **form: str) -> httpx2.Response:
        """Call the token endpoint as an app."""
        return await self.http.post("/token", data=form, auth=app.credentials)

    async def is_active(self, app: App, token: str) -> bool:
        """Whether introspection says that a token counts."""
        response = await self.http.post("/introspect", data={"token": token}, auth=app.credentials)
        assert response.status_code == 200, response.text
        return bool(response.json()["active"])

    async def _follow(self, response: httpx2.Response) -> httpx2.Response:
        while response.is_redirect:
            target = urljoin(str(response.url), response.headers["location"])
            if not target.startswith(self.issuer + "/"):
                return response
            response = await self.http.get(target)
        return response


def asking(app: App, **parameters: str) -> str:
    """Where an app sends a browser to sign in, without the host."""
    query = {
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "response_type": "code",
        "scope": "openid offline_access",
        "state": "the-state",
        "nonce": "the-nonce",
        "code_challenge": secrets.digest(VERIFIER),
        "code_challenge_method": "S256",
        **parameters,
    }
    return f"/authorize?{urlencode(query)}"


def code_in(response: httpx2.Response) -> str:
    """The code that a redirect to the app carries."""
    assert response.is_redirect, f"no redirect but {response.status_code}: {response.text[:2000]}"
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))["code"]


def redemption(app: App, code: str) -> dict[str, str]:
    """The form that redeems a code."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": app.redirect_uri,
        "code_verifier": VERIFIER,
    }


def rotation(token: str) -> dict[str, str]:
    """The form that uses a refresh token."""
    return {"grant_type": "refresh_token", "refresh_token": token}
