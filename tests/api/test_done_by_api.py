"""A tenant from its first day, by the API: people come in three ways, one is made owner, one is shut out at once."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from hibana_op.api.operation import SIGNED_IN
from hibana_op.api.table import OPERATIONS
from hibana_op.records import clients, users
from hibana_op.records.clients import Client
from hibana_op.records.users import User
from tests import passkeys
from tests.api.credentials import ask, person_token, with_role
from tests.api.specimens import seed_side, specimens
from tests.deployment import VERIFIER, Browser, Deployment, Page, answer, deploy
from tests.flows.conftest import authority
from tests.flows.federation.upstream import CLIENT_ID, CLIENT_SECRET, Upstream, come_back, leave, upstream
from tests.flows.journeys import userinfo
from tests.foundation.certificates import Authority
from tests.make import CALLBACK, make_user

__all__ = ["authority"]

SCOPE = "openid email offline_access tenant roles"


@pytest.fixture
async def acme(authority: Authority) -> AsyncIterator[Upstream]:
    """Another provider, in the place of Google."""
    async with upstream(authority.server("localhost")) as server:
        yield server


@pytest.fixture
async def open_house(database_url: str, tmp_path: Path, authority: Authority) -> AsyncIterator[Deployment]:
    """A deployment of each engine that may reach the provider."""
    settings = {"HIBANA_OUTBOUND_ALLOW": "localhost", "HIBANA_OUTBOUND_CA_FILE": str(authority.file)}
    async with deploy(database_url, tmp_path, **settings) as deployed:
        yield deployed


@dataclass(slots=True)
class Depot:
    """The new tenant: its id and its code, its app with the app's secret, and who administers the deployment."""

    deployment: Deployment
    root: str
    id: str = ""
    code: str = ""
    app: Client = field(init=False)
    secret: str = ""

    async def call(self, method: str, path: str, body: Any = None, *, token: str = "", status: int = 200) -> Any:
        """Call the API, by default as the deployment's administrator."""
        options = {} if body is None else {"json": body}
        response = await ask(self.deployment, method, path, token or self.root, **options)
        assert response.status_code == status, response.text
        return response.json() if response.text else None

    async def token(self, **form: str) -> httpx2.Response:
        """Call the token endpoint as the app."""
        async with self.deployment.http() as http:
            return await http.post("/token", data=form, auth=(self.app.client_id, self.secret))

    async def enter(self, browser: Browser) -> dict[str, Any]:
        """The tokens of somebody who is signed in and belongs here."""
        landed = await browser.authorize(self.app, scope=SCOPE)
        if "/consent" in str(landed.url):
            landed = await browser.submit(Page.read(landed), decision="allow")
        response = await self.token(
            grant_type="authorization_code",
            code=answer(landed)["code"],
            redirect_uri=CALLBACK,
            code_verifier=VERIFIER,
        )
        assert response.status_code == 200, response.text
        tokens: dict[str, Any] = response.json()
        return tokens

    async def join(self, browser: Browser, page: httpx2.Response | None = None) -> httpx2.Response:
        """Type the code, see the organisation, and join it."""
        asked = page or await browser.get("/join")
        shown = await browser.submit(Page.read(asked), join_code=self.code)
        assert "Minato Depot" in shown.text
        return await browser.submit(Page.read(shown), decision="join")


async def opened(deployment: Deployment, acme: Upstream) -> Depot:
    """What the administrator makes: the tenant, its app, the other provider, and a code for three."""
    root = await person_token(deployment.op, await with_role(deployment.op, "super_admin"))
    depot = Depot(deployment, root)
    tenant = await depot.call(
        "POST", "/tenants", {"slug": "minato", "name": "Minato Depot", "max_users": 3}, status=201
    )
    depot.id = tenant["id"]
    app = await depot.call(
        "POST",
        "/clients",
        {
            "tenant_id": depot.id,
            "client_name": "Stock",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
        },
        status=201,
    )
    depot.secret = app["client_secret"]
    depot.app = await clients.get(deployment.op.db, app["client_id"])
    config = {"issuer": acme.issuer, "client_id": CLIENT_ID, "create_people": True, "trust_email": True}
    provider = {"slug": "acme", "name": "ACME", "config": config, "client_secret": CLIENT_SECRET}
    await depot.call("POST", "/identity-providers", provider, status=201)
    made = await depot.call("POST", "/join-codes", {"tenant_id": depot.id, "max_uses": 3}, status=201)
    depot.code = made["code"]
    return depot


async def by_password(depot: Depot) -> tuple[User, Browser]:
    """Somebody opens the link before they sign in."""
    user, browser = await make_user(depot.deployment.op), depot.deployment.browser()
    login = await browser.submit(Page.read(await browser.get(f"/join?code={depot.code}")))
    shown = await browser.sign_in(login, user)
    landed = await browser.submit(Page.read(shown), decision="join")
    assert landed.url.path == "/account/organizations"
    return user, browser


async def by_passkey(depot: Depot) -> tuple[User, Browser]:
    """Somebody signs in with a passkey, and types the code."""
    user, browser = await make_user(depot.deployment.op), depot.deployment.browser()
    passkey = await passkeys.give(depot.deployment, user)
    await browser.get((await passkeys.answer(browser, passkey)).json()["next"])
    assert (await depot.join(browser)).url.path == "/account/organizations"
    return user, browser


async def by_provider(depot: Depot, acme: Upstream) -> tuple[User, Browser]:
    """Somebody new comes from the other provider, is turned away by the app, and joins on the way to it."""
    browser = depot.deployment.browser()
    outside = await come_back(browser, await leave(browser, acme, depot.app))
    link = re.search(r'id="join"[^>]* href="([^"]+)"', outside.text)
    assert link is not None, outside.text
    back = await depot.join(browser, await browser.get(link[1].replace("&amp;", "&")))
    if "/consent" in str(back.url):
        back = await browser.submit(Page.read(back), decision="allow")
    assert "code" in answer(back)
    user = await users.find_by_login(depot.deployment.op.db, "somebody@acme.example")
    assert user is not None
    return user, browser


async def test_a_tenant_is_opened_joined_given_an_owner_and_left_at_once(
    open_house: Deployment, acme: Upstream
) -> None:
    op = open_house.op
    depot = await opened(open_house, acme)
    people = [await by_password(depot), await by_passkey(depot), await by_provider(depot, acme)]
    tokens = [await depot.enter(browser) for _, browser in people]
    for held in tokens:
        told = (await userinfo(open_house, held["access_token"])).json()
        assert (told["tenant"], told["roles"]) == ("minato", ["user"])

    members = (await depot.call("GET", f"/memberships?tenant_id={depot.id}"))["items"]
    ids = {each["user_id"]: each["id"] for each in members}
    (owner, _), (shut_out, browser), (other, _) = people
    assert ids.keys() == {owner.id, shut_out.id, other.id}
    await depot.call("PATCH", f"/memberships/{ids[owner.id]}", {"role": "owner"})
    theirs = await person_token(op, owner)

    before = op.now()
    held, kept = tokens[1], tokens[2]
    assert (await userinfo(open_house, held["access_token"])).status_code == 200
    await depot.call("PATCH", f"/memberships/{ids[shut_out.id]}", {"status": "suspended"}, token=theirs)

    assert (await userinfo(open_house, held["access_token"])).status_code == 401
    refused = await depot.token(grant_type="refresh_token", refresh_token=held["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    landed = await browser.authorize(depot.app, scope=SCOPE)
    assert landed.status_code >= 400 or urlsplit(str(landed.url)).path.startswith("/login"), landed.text
    assert op.now() == before, "nothing had to run out"
    assert (await userinfo(open_house, kept["access_token"])).status_code == 200
    late = await make_user(op)
    late_browser = open_house.browser()
    await late_browser.sign_in(await late_browser.get("/login"), late)
    over = await late_browser.submit(Page.read(await late_browser.get("/join")), join_code=depot.code)
    assert over.status_code == 400
    await depot.call("PATCH", f"/memberships/{ids[owner.id]}", {"role": "member"}, token=theirs, status=409)


async def test_O03_two_tenants_seeded_alike_never_see_each_other(deployment: Deployment) -> None:
    one, other = await seed_side(deployment.op, "CANARYA"), await seed_side(deployment.op, "CANARYB")
    token = await person_token(deployment.op, one.owner)
    seen = 0
    for operation in OPERATIONS:
        specimen = specimens()[operation.method, operation.path]
        if operation.method != "GET" or not specimen.of_tenant or operation.permission == SIGNED_IN:
            continue
        for side in (one, other):
            params = specimen.query(side) if specimen.query else {}
            response = await ask(deployment, "GET", specimen.fill(operation.path, side), token, params=params)
            told = f"{operation.path}: {response.status_code} {response.text}"
            assert response.status_code == (200 if side is one else 404), told
            assert "canaryb" not in response.text.lower(), told
            seen += "canarya" in response.text.lower()
    assert seen > 20, "the canaries are there to be seen by those whose they are"
