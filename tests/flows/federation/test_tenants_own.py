"""A tenant's own provider vouches inside the tenant, and for nobody and nothing beyond it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hibana_op.api.operation import ROOT, SCOPE
from hibana_op.foundation.ids import uuid7
from hibana_op.login.federation import providers
from hibana_op.records import resources, tenant_domains, tenants, user_identities
from hibana_op.records.clients import Client
from hibana_op.records.identity_providers import IdentityProvider
from hibana_op.records.resources import OWN_API
from hibana_op.records.tenant_domains import TenantDomain
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User
from hibana_op.tenancy import actors, membership
from hibana_op.tenancy.access import IN_DEPLOYMENT, Where, may
from tests.api.credentials import ask
from tests.deployment import Browser, Deployment, Page, answer, deploy
from tests.flows.federation.upstream import CLIENT_ID, CLIENT_SECRET, Upstream, come_back, leave, refused, signed_in
from tests.flows.journeys import redeem, tokens_of
from tests.flows.registering import COMMAND
from tests.foundation.certificates import Authority
from tests.make import PASSWORD, make_client, make_member, make_tenant, make_user
from tests.tenancy.authority import give

EMAIL = "somebody@acme.example"
EXISTS = "You already have an account"


@dataclass(frozen=True, slots=True)
class Ours:
    """A tenant that says by a provider of its own who the people of its domain are; the provider may lie."""

    deployment: Deployment
    server: Upstream
    tenant: Tenant
    provider: IdentityProvider
    app: Client


@pytest.fixture
async def ours(database_url: str, tmp_path: Path, authority: Authority, acme: Upstream) -> AsyncIterator[Ours]:
    """The tenant, on a deployment of each engine that may reach its provider."""
    way_out = {"HIBANA_OUTBOUND_ALLOW": "localhost", "HIBANA_OUTBOUND_CA_FILE": str(authority.file)}
    async with deploy(database_url, tmp_path, **way_out) as deployment:
        op = deployment.op
        tenant = await make_tenant(op, slug="acme")
        domain = TenantDomain(
            id=uuid7(),
            tenant_id=tenant.id,
            domain="acme.example",
            challenge="c",
            verified_at=op.now(),
            created_at=op.now(),
        )
        await op.db.transact(lambda tx: tenant_domains.insert(tx, domain))
        provider = await providers.create(
            op,
            slug="acme",
            name="ACME",
            provider_type="oidc",
            config={"issuer": acme.issuer, "client_id": CLIENT_ID, "create_people": True},
            client_secret=CLIENT_SECRET,
            domains=["acme.example"],
            origin=COMMAND,
            tenant_id=tenant.id,
        )
        app = await make_client(op, first_party=True, tenant_id=tenant.id)
        yield Ours(deployment, acme, tenant, provider, app)


async def somebody(ours: Ours, *, is_member: bool = True, **changes: Any) -> User:
    """Somebody with a confirmed address of the domain, and a password."""
    user = await make_user(ours.deployment.op, **{"email": EMAIL, "email_verified": True, **changes})
    if is_member:
        await make_member(ours.deployment.op, ours.tenant, user)
    return user


async def become_more(ours: Ours, user: User, what: str) -> Tenant:
    """Make somebody more than a member of the tenant; another tenant, to which they may belong."""
    op = ours.deployment.op
    other = await make_tenant(op, slug="other")
    if what == "super_admin":
        await give(op, user, "super_admin")
    else:
        await make_member(op, other, user, role=what)
    return other


async def by_the_provider(ours: Ours, browser: Browser) -> httpx2.Response:
    """Go from the tenant's app to its provider and back."""
    return await come_back(browser, await leave(browser, ours.server, ours.app))


async def linked_to(ours: Ours, user: User) -> list[str]:
    return [each.provider_id for each in await user_identities.of_user(ours.deployment.op.db, user.id)]


async def vouched_for(ours: Ours, what: str) -> tuple[Browser, User, Tenant]:
    """A browser in which the provider signed somebody in who has become more than a member since they were linked."""
    browser, user = ours.deployment.browser(), await somebody(ours)
    assert "code" in answer(await by_the_provider(ours, browser))
    return browser, user, await become_more(ours, user, what)


def asks_anew(response: httpx2.Response) -> bool:
    return response.url.path == "/login" and response.status_code == 200


async def test_K05_a_member_and_nobody_more_is_linked_by_their_address(ours: Ours) -> None:
    user = await somebody(ours)

    assert "code" in answer(await by_the_provider(ours, ours.deployment.browser()))
    assert await linked_to(ours, user) == [ours.provider.id]


@pytest.mark.parametrize("what", ["owner", "member", "super_admin"])
async def test_K05_whoever_is_more_than_a_member_is_not_linked_by_their_address(ours: Ours, what: str) -> None:
    user = await somebody(ours)
    await become_more(ours, user, what)

    refused(await by_the_provider(ours, ours.deployment.browser()), 403, EXISTS)

    assert (await linked_to(ours, user), await signed_in(ours.deployment)) == ([], [])


@pytest.mark.parametrize("status", [None, "left", "suspended"])
async def test_K05_whoever_is_no_member_is_not_linked_by_their_address(ours: Ours, status: str | None) -> None:
    user = await somebody(ours, is_member=False)
    if status is not None:
        await make_member(ours.deployment.op, ours.tenant, user, status=status)

    refused(await by_the_provider(ours, ours.deployment.browser()), 403, EXISTS)

    assert (await linked_to(ours, user), await signed_in(ours.deployment)) == ([], [])


async def test_K05_whoever_is_more_links_it_themselves_after_a_proof_of_their_own(ours: Ours) -> None:
    user, browser = await somebody(ours), ours.deployment.browser()
    await become_more(ours, user, "owner")
    await browser.sign_in(await browser.get("/login"), user)

    page = Page.read(await browser.get("/account/linked"))
    left = await browser.submit(page, provider="acme")
    ours.server.asked = dict(httpx2.URL(left.headers["location"]).params)
    ours.server.now = ours.deployment.op.now()
    assert (await come_back(browser, ours.server.asked["state"])).status_code == 200

    assert await linked_to(ours, user) == [ours.provider.id]


async def test_K05_nobody_links_the_provider_of_a_tenant_that_is_not_theirs(ours: Ours) -> None:
    stranger, browser = await make_user(ours.deployment.op), ours.deployment.browser()
    await browser.sign_in(await browser.get("/login"), stranger)

    page = await browser.get("/account/linked")
    assert "ACME" not in page.text
    form = Page.read(await browser.get("/account/profile"))
    sent = Page(page, {"csrf": form.fields["csrf"], "provider": "acme"}, "/account/linked")
    refused(await browser.submit(sent), 404, "not available")


async def test_O02_what_the_provider_began_opens_its_tenant(ours: Ours) -> None:
    browser, _, _ = await vouched_for(ours, "owner")
    of_all = await make_client(ours.deployment.op, first_party=True)

    assert "code" in answer(await browser.authorize(ours.app))
    assert "code" in answer(await browser.authorize(of_all, tenant="acme"))


@pytest.mark.parametrize("what", ["owner", "super_admin"])
async def test_O02_what_the_provider_began_opens_nothing_else_until_a_proof_of_ones_own(ours: Ours, what: str) -> None:
    op = ours.deployment.op
    browser, user, other = await vouched_for(ours, what)
    of_all = await make_client(op, first_party=True)
    requests: list[tuple[Client, dict[str, str]]] = [(of_all, {}), (of_all, {"scope": "openid tenant"})]
    if what == "owner":
        requests += [
            (of_all, {"tenant": "other"}),
            (await make_client(op, first_party=True, tenant_id=other.id), {}),
        ]
    for app, wanted in requests:
        assert asks_anew(await browser.authorize(app, **wanted))
        silent = answer(await browser.authorize(app, prompt="none", **wanted))
        assert silent["error"] == "login_required"

    app, wanted = requests[-1]
    landed = await browser.sign_in(await browser.authorize(app, **wanted), user, PASSWORD)
    if "/login/organizations" in str(landed.url):
        landed = await browser.submit(Page.read(landed))
    assert landed.is_redirect or landed.status_code == 200
    assert "code" in answer(await browser.authorize(of_all))


@pytest.mark.parametrize("what", ["owner", "super_admin"])
async def test_O02_the_account_of_whoever_is_more_stays_shut_to_what_the_provider_began(ours: Ours, what: str) -> None:
    browser, user, _ = await vouched_for(ours, what)
    for path in ("/account", "/account/security", "/account/password", "/account/linked", "/account/organizations"):
        assert asks_anew(await browser.get(path)), path
    added = await browser.http.post("/account/passkeys/options", json={})
    assert (added.status_code, added.json()["error"]) == (401, "signed_out")

    landed = await browser.sign_in(await browser.get("/account/security"), user, PASSWORD)
    assert (landed.url.path, landed.status_code) == ("/account/security", 200)


async def test_the_account_of_whoever_is_nobody_beyond_the_tenant_is_theirs_as_ever(ours: Ours) -> None:
    browser = ours.deployment.browser()
    await somebody(ours)
    await by_the_provider(ours, browser)

    assert (await browser.get("/account/security")).url.path == "/account/security"


async def test_whoever_is_new_gets_an_account_that_counts_in_the_tenant(ours: Ours) -> None:
    browser = ours.deployment.browser()
    page = await by_the_provider(ours, browser)

    assert "/login/organizations" in str(page.url), "they are no member yet"
    assert (await browser.get("/account/organizations")).status_code == 200
    assert asks_anew(await browser.authorize(await make_client(ours.deployment.op, first_party=True)))


async def test_O02_a_second_factor_on_top_does_not_lead_out_and_none_is_set_up_on_the_way(ours: Ours) -> None:
    op = ours.deployment.op
    browser, _, _ = await vouched_for(ours, "owner")
    await op.db.run(
        "UPDATE tenants SET settings_json = :asked WHERE id = :id",
        asked='{"sign_in":{"second_factor":"required"}}',
        id=ours.tenant.id,
    )

    fresh = ours.deployment.browser()
    refused(await by_the_provider(ours, fresh), 403, "You cannot sign in this way")
    assert (await fresh.get("/account")).url.path == "/login"
    assert await op.db.all("SELECT * FROM two_factor_methods") == []
    assert asks_anew(await browser.authorize(ours.app)), "nor does what was begun before that count any more"


@pytest.mark.parametrize("what", ["owner", "super_admin"])
async def test_O02_tokens_that_hang_on_the_provider_reach_nothing_beyond_the_tenant(ours: Ours, what: str) -> None:
    op = ours.deployment.op
    await op.db.transact(
        lambda tx: resources.grant(tx, ours.app.client_id, OWN_API, scopes=frozenset({SCOPE}), now=op.now())
    )
    browser, user, other = await vouched_for(ours, what)
    api = op.issuer + ROOT
    landed = await browser.authorize(ours.app, scope=f"openid {SCOPE}", resource=api)
    if landed.url.path == "/consent":
        landed = await browser.submit(Page.read(landed), decision="allow")
    code = answer(landed)["code"]
    token = (await tokens_of(await redeem(ours.deployment, ours.app, code, resource=api)))["access_token"]

    for path in (f"/tenants/{other.id}", f"/tenants/{ours.tenant.id}", "/tenants", "/signing-keys", "/users"):
        answered = await ask(ours.deployment, "GET", path, token)
        assert answered.status_code in (403, 404) or path == f"/tenants/{ours.tenant.id}", (path, answered.text)
        assert "other" not in answered.text
    assert (
        await ask(ours.deployment, "PATCH", f"/tenants/{ours.tenant.id}", token, json={"plan": "x"})
    ).status_code in (
        403,
        404,
    )
    proven_otherwise = await op.db.read(
        lambda tx: actors.person(tx, user.id, now=op.now(), client_id="c", amr=("pwd",), acr="1")
    )
    assert may(proven_otherwise, "tenants:read", IN_DEPLOYMENT if what == "super_admin" else Where(tenant_id=other.id))


async def test_K10_a_provider_whose_tenant_runs_out_lets_nobody_in_who_is_on_the_way(ours: Ours) -> None:
    op = ours.deployment.op
    await somebody(ours)
    browser = ours.deployment.browser()
    state = await leave(browser, ours.server, ours.app)

    await op.db.run("UPDATE tenants SET plan_expires_at = :now WHERE id = :id", now=op.now(), id=ours.tenant.id)

    refused(await come_back(browser, state), 404, "not available")
    assert await signed_in(ours.deployment) == []
    assert (await tenants.get(op.db, ours.tenant.id)).status == "active"


async def test_O02_what_the_provider_began_enters_no_tenant_that_is_joined_in_it(ours: Ours) -> None:
    op = ours.deployment.op
    browser, user = ours.deployment.browser(), await somebody(ours)
    await by_the_provider(ours, browser)
    other = await make_tenant(op, slug="other")
    joined = await make_member(op, other, user)
    (row,) = await op.db.all("SELECT id, active_membership_id FROM sessions")

    await membership.enter(op, user.id, joined.id, session_id=row["id"])

    assert await op.db.all("SELECT id, active_membership_id FROM sessions") == [row]
