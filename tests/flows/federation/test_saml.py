"""Signing in with a provider of SAML: out, and back by a form that another site sends."""

import asyncio
from functools import partial
from urllib.parse import parse_qsl, urlsplit

import pytest
from lxml import etree

from hibana_op.login.federation import providers
from hibana_op.records import expired, tenants, user_identities
from tests.deployment import Deployment, Page, answer
from tests.flows.federation.saml import add, come_back, leave, linked_person, provider_for, respond
from tests.flows.federation.upstream import an_app, refused, signed_in
from tests.flows.registering import COMMAND
from tests.make import make_client, make_member, make_tenant, make_user
from tests.saml_provider import SAML, SAMLP, SSO_URL, SUBJECT, WRAPPINGS, Asked, a_key

METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"


async def test_a_person_signs_in_with_a_linked_account(reaching_apps: Deployment) -> None:
    user = await linked_person(reaching_apps, await add(reaching_apps))
    app, browser = await an_app(reaching_apps), reaching_apps.browser()
    asked = await leave(browser, app)
    assert asked.root.tag == f"{{{SAMLP}}}AuthnRequest"
    assert asked.root.get("Destination") == SSO_URL
    assert asked.root.get("AssertionConsumerServiceURL") == "https://id.example/federation/acme/acs"
    assert asked.root.findtext(f"{{{SAML}}}Issuer") == "https://id.example/federation/acme/metadata"
    assert asked.root.get("ForceAuthn") is None
    back = await come_back(browser, asked, provider_for(reaching_apps, asked).response())
    assert "code" in answer(back)
    assert await signed_in(reaching_apps) == [user.id]


async def test_who_must_prove_it_anew_is_asked_anew_there(reaching_apps: Deployment) -> None:
    await add(reaching_apps)
    asked = await leave(reaching_apps.browser(), await an_app(reaching_apps), prompt="login")
    assert asked.root.get("ForceAuthn") == "true"


async def test_the_sign_in_page_leads_to_the_provider(reaching_apps: Deployment) -> None:
    await add(reaching_apps)
    browser = reaching_apps.browser()
    page = await browser.authorize(await an_app(reaching_apps))
    assert "https://idp.acme.example" in page.headers["content-security-policy"]
    left = await browser.submit(Page.read(page), provider="acme")
    assert left.headers["location"].startswith(f"{SSO_URL}?SAMLRequest=")


async def test_our_metadata_says_where_responses_go(reaching_apps: Deployment) -> None:
    await add(reaching_apps)
    told = await reaching_apps.browser().get("/federation/acme/metadata")
    assert told.headers["content-type"].startswith("application/samlmetadata+xml")
    root = etree.fromstring(told.content)
    assert root.get("entityID") == "https://id.example/federation/acme/metadata"
    (service,) = root.iter(f"{{{METADATA}}}AssertionConsumerService")
    assert service.get("Location") == "https://id.example/federation/acme/acs"


@pytest.mark.parametrize("path", ["acs", "metadata"])
async def test_these_addresses_are_of_open_providers_of_saml_alone(reaching_apps: Deployment, path: str) -> None:
    await add(reaching_apps)
    await providers.create(
        reaching_apps.op,
        slug="plain",
        name="Plain",
        provider_type="oauth",
        config={
            "client_id": "x",
            **{f"{name}_endpoint": "https://a.example/" for name in ("authorization", "token", "userinfo")},
        },
        client_secret=None,
        domains=(),
        origin=COMMAND,
    )
    await providers.set_enabled(reaching_apps.op, "acme", enabled=False, origin=COMMAND)
    async with reaching_apps.http(headers={"Accept-Language": "en"}) as http:
        for slug in ("plain", "acme", "unknown"):
            address = f"/federation/{slug}/{path}"
            refused(await (http.post(address) if path == "acs" else http.get(address)), 404, "not available")


async def test_somebody_new_gets_an_account_where_the_provider_may_make_one(reaching_apps: Deployment) -> None:
    await add(reaching_apps, domains=("acme.example",), create_people=True, trust_email=True)
    browser = reaching_apps.browser()
    asked = await leave(browser, await an_app(reaching_apps))
    answer(await come_back(browser, asked, provider_for(reaching_apps, asked).response()))
    (user_id,) = await signed_in(reaching_apps)
    (identity,) = await user_identities.of_user(reaching_apps.op.db, user_id)
    assert (identity.subject, identity.email) == (SUBJECT, "somebody@acme.example")


async def test_K05_an_address_that_nobody_confirmed_makes_no_account(reaching_apps: Deployment) -> None:
    await add(reaching_apps, domains=("acme.example",), create_people=True)
    browser = reaching_apps.browser()
    asked = await leave(browser, await an_app(reaching_apps))
    back = await come_back(browser, asked, provider_for(reaching_apps, asked).response())
    refused(back, 403, "does not say that your email address is confirmed")
    assert await signed_in(reaching_apps) == []


async def test_a_person_links_an_account(reaching_apps: Deployment) -> None:
    await add(reaching_apps)
    user, browser = await make_user(reaching_apps.op), reaching_apps.browser()
    await browser.sign_in(await browser.get("/login"), user)
    left = await browser.submit(Page.read(await browser.get("/account/linked")), provider="acme")
    asked = Asked.read(left.headers["location"])
    landed = await come_back(browser, asked, provider_for(reaching_apps, asked).response())
    assert "The account is linked" in landed.text
    (identity,) = await user_identities.of_user(reaching_apps.op.db, user.id)
    assert identity.subject == SUBJECT


async def test_K01_what_a_response_proves_is_of_the_browser_that_left(reaching_apps: Deployment) -> None:
    await linked_person(reaching_apps, await add(reaching_apps))
    attacker, victim = reaching_apps.browser(), reaching_apps.browser()
    asked = await leave(attacker, await an_app(reaching_apps))
    await victim.get("/login")
    refused(await come_back(victim, asked, provider_for(reaching_apps, asked).response()), 400, "another browser")
    assert await signed_in(reaching_apps) == []


@pytest.mark.parametrize("guess", ["", "&ticket=", "&ticket=another"])
async def test_K01_who_left_comes_back_with_the_ticket_or_not_at_all(reaching_apps: Deployment, guess: str) -> None:
    await linked_person(reaching_apps, await add(reaching_apps))
    attacker = reaching_apps.browser()
    asked = await leave(attacker, await an_app(reaching_apps))
    await respond(reaching_apps, asked.state, provider_for(reaching_apps, asked).response())
    back = await attacker.get(f"/federation/acme/callback?state={asked.state}{guess}")
    refused(back, 502, "its response came to another browser")
    assert await signed_in(reaching_apps) == []


async def test_K08_a_response_counts_once(reaching_apps: Deployment) -> None:
    await linked_person(reaching_apps, await add(reaching_apps))
    browser = reaching_apps.browser()
    asked = await leave(browser, await an_app(reaching_apps))
    response = provider_for(reaching_apps, asked).response()
    answer(await come_back(browser, asked, response))
    refused(await respond(reaching_apps, asked.state, response), 400, "is over")
    refused(await browser.get(f"/federation/acme/callback?state={asked.state}"), 400, "is over")


async def test_K08_of_many_at_once_one_counts(reaching_apps: Deployment) -> None:
    await linked_person(reaching_apps, await add(reaching_apps))
    asked = await leave(reaching_apps.browser(), await an_app(reaching_apps))
    response = provider_for(reaching_apps, asked).response()
    came = await asyncio.gather(*(respond(reaching_apps, asked.state, response) for _ in range(8)))
    assert sorted(each.status_code for each in came) == [303, *[400] * 7]


async def test_K08_an_assertion_counts_once_for_whichever_request(reaching_apps: Deployment) -> None:
    await linked_person(reaching_apps, await add(reaching_apps))
    app = await an_app(reaching_apps)
    for is_first in (True, False):
        browser = reaching_apps.browser()
        asked = await leave(browser, app)
        back = await come_back(browser, asked, provider_for(reaching_apps, asked).response())
        if is_first:
            answer(back)
        else:
            refused(back, 502, "was used before")
    assert len(await signed_in(reaching_apps)) == 1


async def test_K08_a_response_that_nobody_asked_for_is_refused(reaching_apps: Deployment) -> None:
    await linked_person(reaching_apps, await add(reaching_apps))
    asked = await leave(reaching_apps.browser(), await an_app(reaching_apps))
    response = provider_for(reaching_apps, asked).response()
    refused(await respond(reaching_apps, "unknown", response), 400, "is over")
    async with reaching_apps.http(headers={"Accept-Language": "en"}) as http:
        refused(await http.post("/federation/acme/acs", data={"RelayState": asked.state}), 400, "is over")
        refused(await http.post("/federation/acme/acs", data={"SAMLResponse": "x"}), 400, "is over")


async def test_K08_a_response_to_another_request_is_refused(reaching_apps: Deployment) -> None:
    await linked_person(reaching_apps, await add(reaching_apps))
    app, browser = await an_app(reaching_apps), reaching_apps.browser()
    first, second = await leave(browser, app), await leave(browser, app)
    back = await come_back(browser, second, provider_for(reaching_apps, first).response())
    refused(back, 502, "InResponseTo is not the request of this sign-in")
    assert await signed_in(reaching_apps) == []


async def test_K02_a_response_to_another_provider_is_refused(reaching_apps: Deployment) -> None:
    await add(reaching_apps)
    await linked_person(reaching_apps, await add(reaching_apps, slug="other"))
    asked = await leave(reaching_apps.browser(), await an_app(reaching_apps))
    response = provider_for(reaching_apps, asked).response()
    refused(await respond(reaching_apps, asked.state, response, slug="other"), 400, "is over")


@pytest.mark.parametrize("name", WRAPPINGS)
async def test_K08_a_wrapped_signature_signs_nobody_in(reaching_apps: Deployment, name: str) -> None:
    await linked_person(reaching_apps, await add(reaching_apps))
    browser = reaching_apps.browser()
    asked = await leave(browser, await an_app(reaching_apps))
    signs, wrap = WRAPPINGS[name]
    provider = provider_for(reaching_apps, asked)
    provider.signs = (signs,)
    wrapped = etree.tostring(wrap(etree.fromstring(provider.response()), "_evil"))
    refused(await come_back(browser, asked, wrapped), 502, "its response does not count")
    assert await signed_in(reaching_apps) == []


async def test_K08_a_foreign_signature_signs_nobody_in_and_ends_the_attempt(reaching_apps: Deployment) -> None:
    await linked_person(reaching_apps, await add(reaching_apps))
    browser = reaching_apps.browser()
    asked = await leave(browser, await an_app(reaching_apps))
    provider = provider_for(reaching_apps, asked)
    provider.key = a_key("a stranger")
    refused(await come_back(browser, asked, provider.response()), 502, "certificates of this provider")
    refused(await respond(reaching_apps, asked.state, provider_for(reaching_apps, asked).response()), 400, "is over")


async def test_K08_who_comes_back_without_a_response_is_not_let_in(reaching_apps: Deployment) -> None:
    await linked_person(reaching_apps, await add(reaching_apps))
    browser = reaching_apps.browser()
    asked = await leave(browser, await an_app(reaching_apps))
    back = await browser.get(f"/federation/acme/callback?state={asked.state}&SAMLResponse=x")
    refused(back, 502, "its response did not come")


async def test_somebody_who_declined_is_told_so(reaching_apps: Deployment) -> None:
    await add(reaching_apps)
    browser = reaching_apps.browser()
    asked = await leave(browser, await an_app(reaching_apps))
    provider = provider_for(reaching_apps, asked)
    provider.changes = {
        '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>': "<samlp:StatusCode "
        'Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode '
        'Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/></samlp:StatusCode>'
    }
    refused(await come_back(browser, asked, provider.response()), 403, "not signed in at ACME")


@pytest.mark.parametrize("act", ["disable", "delete"])
async def test_K10_a_provider_that_is_closed_on_the_way_lets_nobody_in(reaching_apps: Deployment, act: str) -> None:
    await linked_person(reaching_apps, await add(reaching_apps))
    browser = reaching_apps.browser()
    asked = await leave(browser, await an_app(reaching_apps))
    await respond(reaching_apps, asked.state, provider_for(reaching_apps, asked).response())
    if act == "disable":
        await providers.set_enabled(reaching_apps.op, "acme", enabled=False, origin=COMMAND)
    else:
        await providers.delete(reaching_apps.op, "acme", COMMAND)
    refused(await browser.get(f"/federation/acme/callback?state={asked.state}"), 404, "not available")
    assert await signed_in(reaching_apps) == []


async def test_a_provider_of_a_tenant_serves_the_apps_of_that_tenant_alone(reaching_apps: Deployment) -> None:
    op = reaching_apps.op
    tenant, other = await make_tenant(op), await make_tenant(op)
    user = await linked_person(reaching_apps, await add(reaching_apps, tenant_id=tenant.id))
    await make_member(op, tenant, user)
    app = await make_client(op, first_party=True, tenant_id=tenant.id)
    browser = reaching_apps.browser()
    asked = await leave(browser, app)
    assert "code" in answer(await come_back(browser, asked, provider_for(reaching_apps, asked).response()))
    for elsewhere in (await make_client(op, first_party=True, tenant_id=other.id), await an_app(reaching_apps)):
        page = await reaching_apps.browser().authorize(elsewhere)
        assert "ACME" not in page.text
        stranger = reaching_apps.browser()
        page = await stranger.authorize(elsewhere)
        interaction = dict(parse_qsl(urlsplit(str(page.url)).query))["interaction"]
        refused(await stranger.get(f"/federation/acme/start?interaction={interaction}"), 404, "not available")


@pytest.mark.parametrize("status", ["suspended", "deleted"])
async def test_O05_a_provider_ends_with_its_tenant_for_those_on_the_way_too(
    reaching_apps: Deployment, status: str
) -> None:
    op = reaching_apps.op
    tenant = await make_tenant(op)
    user = await linked_person(reaching_apps, await add(reaching_apps, tenant_id=tenant.id))
    await make_member(op, tenant, user)
    browser = reaching_apps.browser()
    asked = await leave(browser, await make_client(op, first_party=True, tenant_id=tenant.id))
    sent = await respond(reaching_apps, asked.state, provider_for(reaching_apps, asked).response())
    await op.db.transact(lambda tx: tenants.set_status(tx, tenant.id, status, now=op.now()))
    refused(await browser.get(sent.headers["location"]), 404, "not available")
    assert await signed_in(reaching_apps) == []


@pytest.mark.parametrize(("kib", "status"), [(200, 303), (300, 413)])
async def test_a_response_may_be_larger_than_other_forms_but_not_huge(
    reaching_apps: Deployment, kib: int, status: int
) -> None:
    await add(reaching_apps)
    asked = await leave(reaching_apps.browser(), await an_app(reaching_apps))
    padded = b"<a>" + b"x" * (kib * 1024 * 3 // 4 - 300) + b"</a>"
    assert (await respond(reaching_apps, asked.state, padded)).status_code == status
    async with reaching_apps.http() as http:
        elsewhere = await http.post("/login", data={"SAMLResponse": "x" * 70_000})
    assert elsewhere.status_code == 413


async def test_what_was_proven_rests_sealed_and_assertions_are_forgotten_in_time(reaching_apps: Deployment) -> None:
    await linked_person(reaching_apps, await add(reaching_apps))
    asked = await leave(reaching_apps.browser(), await an_app(reaching_apps))
    await respond(reaching_apps, asked.state, provider_for(reaching_apps, asked).response())
    (row,) = await reaching_apps.op.db.all("SELECT answer_sealed FROM oauth_states")
    assert row["answer_sealed"].startswith("v1.")

    async def remembered() -> int:
        for step in range(expired.STEPS):
            await reaching_apps.op.db.transact(partial(expired.sweep, step=step, now=reaching_apps.clock.now()))
        return len(await reaching_apps.op.db.all("SELECT assertion_hash FROM saml_assertions_seen"))

    reaching_apps.clock.advance(360)
    assert await remembered() == 1
    reaching_apps.clock.advance(1)
    assert await remembered() == 0
