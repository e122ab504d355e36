"""Out to another provider and back: one state, one browser, one provider, while it is open."""

import asyncio
from functools import partial
from urllib.parse import parse_qsl, urlsplit

import pytest

from hibana_op.foundation import secrets
from hibana_op.login.federation import departure, providers
from hibana_op.records import expired, user_identities
from tests.deployment import Deployment, Page, answer
from tests.flows.federation.upstream import (
    CLIENT_SECRET,
    Upstream,
    add,
    an_app,
    come_back,
    leave,
    linked_person,
    refused,
    signed_in,
)
from tests.flows.registering import COMMAND


async def test_a_person_signs_in_with_a_linked_account(reaching_apps: Deployment, acme: Upstream) -> None:
    provider = await add(reaching_apps, acme)
    user = await linked_person(reaching_apps, provider.id, acme)
    app, browser = await an_app(reaching_apps), reaching_apps.browser()

    state = await leave(browser, acme, app)
    assert acme.asked["redirect_uri"] == "https://id.example/federation/acme/callback"
    assert (acme.asked["scope"], acme.asked["response_type"]) == ("openid email profile", "code")
    assert (acme.asked["code_challenge_method"], len(acme.asked["code_challenge"])) == ("S256", 43)
    assert min(len(acme.asked[name]) for name in ("state", "nonce")) == 43

    assert "code" in answer(await come_back(browser, state))
    assert await signed_in(reaching_apps) == [user.id]
    (identity,) = await user_identities.of_user(reaching_apps.op.db, user.id)
    assert identity.last_used_at == reaching_apps.clock.now()
    (session,) = await reaching_apps.op.db.all("SELECT amr, acr FROM sessions")
    assert (session["amr"], session["acr"]) == ('["fed"]', "urn:hibana:loa:1")


async def test_the_login_page_leads_to_the_provider(reaching_apps: Deployment, acme: Upstream) -> None:
    await add(reaching_apps, acme)
    browser = reaching_apps.browser()
    page = await browser.authorize(await an_app(reaching_apps))
    assert '<button class="button secondary wide" name="provider" value="acme">' in page.text
    assert f"form-action 'self' https://app.example {acme.issuer}" in page.headers["content-security-policy"]
    left = await browser.submit(Page.read(page), provider="acme")
    assert left.headers["location"].startswith(f"{acme.issuer}/authorize?")


async def test_K01_a_state_comes_back_once(reaching_apps: Deployment, acme: Upstream) -> None:
    provider = await add(reaching_apps, acme)
    await linked_person(reaching_apps, provider.id, acme)
    app, browser = await an_app(reaching_apps), reaching_apps.browser()
    state = await leave(browser, acme, app)
    answer(await come_back(browser, state))
    refused(await come_back(browser, state), 400, "is over")


async def test_K01_of_many_at_once_one_comes_back(reaching_apps: Deployment, acme: Upstream) -> None:
    provider = await add(reaching_apps, acme)
    await linked_person(reaching_apps, provider.id, acme)
    app, browser = await an_app(reaching_apps), reaching_apps.browser()
    state = await leave(browser, acme, app)
    came = await asyncio.gather(*(come_back(browser, state) for _ in range(10)))
    assert sorted(response.status_code for response in came) == [303, *[400] * 9]
    assert sum(path == "/token" for path, _, _ in acme.requests) == 1


async def test_K01_a_state_is_of_the_browser_that_left(reaching_apps: Deployment, acme: Upstream) -> None:
    provider = await add(reaching_apps, acme)
    await linked_person(reaching_apps, provider.id, acme)
    app, attacker, victim = await an_app(reaching_apps), reaching_apps.browser(), reaching_apps.browser()
    state = await leave(attacker, acme, app)
    await victim.get("/login")
    refused(await come_back(victim, state), 400, "another browser")
    assert await signed_in(reaching_apps) == []
    answer(await come_back(attacker, state))


async def test_K01_a_state_is_of_the_provider_it_left_for(reaching_apps: Deployment, acme: Upstream) -> None:
    await add(reaching_apps, acme)
    await add(reaching_apps, acme, slug="other")
    app, browser = await an_app(reaching_apps), reaching_apps.browser()
    state = await leave(browser, acme, app)
    refused(await come_back(browser, state, slug="other"), 400, "is over")


async def test_K01_a_state_lasts_ten_minutes(reaching_apps: Deployment, acme: Upstream) -> None:
    await add(reaching_apps, acme)
    app, browser = await an_app(reaching_apps), reaching_apps.browser()
    state = await leave(browser, acme, app)
    reaching_apps.clock.advance(departure.LIFETIME)
    refused(await come_back(browser, state), 400, "is over")


@pytest.mark.parametrize("query", ["", "?code=x", "?state=unknown&code=x"])
async def test_K01_an_answer_that_nobody_asked_for_is_refused(
    reaching_apps: Deployment, acme: Upstream, query: str
) -> None:
    await add(reaching_apps, acme)
    refused(await reaching_apps.browser().get(f"/federation/acme/callback{query}"), 400, "is over")


async def test_K01_what_left_rests_hashed_and_sealed(reaching_apps: Deployment, acme: Upstream) -> None:
    await add(reaching_apps, acme)
    state = await leave(reaching_apps.browser(), acme, await an_app(reaching_apps))
    rows = await reaching_apps.op.db.all("SELECT * FROM oauth_states")
    assert [row["state_hash"] for row in rows] == [secrets.digest(state)]
    assert state not in str(rows)
    assert rows[0]["verifier_sealed"].startswith("v1.")
    (kept,) = await reaching_apps.op.db.all("SELECT config_json, secret_sealed FROM identity_providers")
    assert CLIENT_SECRET not in str(kept)
    assert kept["secret_sealed"].startswith("v1.")


@pytest.mark.parametrize("act", ["disable", "delete"])
async def test_K10_a_provider_that_is_closed_takes_nobody_back(
    reaching_apps: Deployment, acme: Upstream, act: str
) -> None:
    provider = await add(reaching_apps, acme)
    await linked_person(reaching_apps, provider.id, acme)
    browser = reaching_apps.browser()
    state = await leave(browser, acme, await an_app(reaching_apps))
    if act == "disable":
        await providers.set_enabled(reaching_apps.op, "acme", enabled=False, origin=COMMAND)
    else:
        await providers.delete(reaching_apps.op, "acme", COMMAND)
    refused(await come_back(browser, state), 404, "not available")
    assert await signed_in(reaching_apps) == []


async def test_K10_a_provider_that_is_closed_while_it_answers_lets_nobody_in(
    reaching_apps: Deployment, acme: Upstream
) -> None:
    provider = await add(reaching_apps, acme)
    await linked_person(reaching_apps, provider.id, acme)
    browser = reaching_apps.browser()
    state = await leave(browser, acme, await an_app(reaching_apps))
    acme.while_redeeming = lambda: providers.set_enabled(reaching_apps.op, "acme", enabled=False, origin=COMMAND)
    refused(await come_back(browser, state), 404, "not available")
    assert await signed_in(reaching_apps) == []


async def test_a_suspended_person_does_not_get_in(reaching_apps: Deployment, acme: Upstream) -> None:
    provider = await add(reaching_apps, acme)
    await linked_person(reaching_apps, provider.id, acme, status="suspended")
    browser = reaching_apps.browser()
    refused(await come_back(browser, await leave(browser, acme, await an_app(reaching_apps))), 403, "is not linked")


async def test_an_app_shows_the_providers_that_were_chosen_for_it(reaching_apps: Deployment, acme: Upstream) -> None:
    await add(reaching_apps, acme)
    await add(reaching_apps, acme, slug="other")
    app, free = await an_app(reaching_apps), await an_app(reaching_apps)
    await providers.choose(reaching_apps.op, app.client_id, ["other"], COMMAND)
    browser = reaching_apps.browser()
    page = await browser.authorize(app)
    assert ('value="other"' in page.text, 'value="acme"' in page.text) == (True, False)
    interaction = dict(parse_qsl(urlsplit(str(page.url)).query))["interaction"]
    refused(await browser.get(f"/federation/acme/start?interaction={interaction}"), 404, "not available")

    state = await leave(browser, acme, free)
    await providers.choose(reaching_apps.op, free.client_id, ["other"], COMMAND)
    refused(await come_back(browser, state), 404, "not available")


async def test_the_address_that_was_typed_goes_only_to_the_provider_that_answers_for_it(
    reaching_apps: Deployment, acme: Upstream
) -> None:
    await add(reaching_apps, acme, domains=("acme.example",))
    app, browser = await an_app(reaching_apps), reaching_apps.browser()
    for hint, told in (("somebody@ACME.example", "somebody@ACME.example"), ("alice@example.com", None)):
        page = await browser.authorize(app, login_hint=hint)
        interaction = dict(parse_qsl(urlsplit(str(page.url)).query))["interaction"]
        left = await browser.get(f"/federation/acme/start?interaction={interaction}")
        assert dict(parse_qsl(urlsplit(left.headers["location"]).query)).get("login_hint") == told


async def test_departures_are_swept_a_day_after_their_end(reaching_apps: Deployment, acme: Upstream) -> None:
    await add(reaching_apps, acme)
    await leave(reaching_apps.browser(), acme, await an_app(reaching_apps))

    async def sweep() -> None:
        for step in range(expired.STEPS):
            await reaching_apps.op.db.transact(partial(expired.sweep, step=step, now=reaching_apps.clock.now()))

    for seconds, left in ((departure.LIFETIME + 86400, 1), (1, 0)):
        reaching_apps.clock.advance(seconds)
        await sweep()
        assert len(await reaching_apps.op.db.all("SELECT state_hash FROM oauth_states")) == left
