"""Providers that lie, fail or talk nonsense: a page says what to do, in our own words."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.deployment import Deployment, answer
from tests.flows.federation.upstream import (
    CANARY,
    Upstream,
    add,
    an_app,
    come_back,
    leave,
    linked_person,
    refused,
    upstream,
)
from tests.foundation.certificates import Authority


@pytest.mark.parametrize(
    ("metadata", "iss", "is_taken"),
    [
        ({}, None, True),
        ({}, "own", True),
        ({}, "https://evil.example", False),
        ({"authorization_response_iss_parameter_supported": True}, "own", True),
        ({"authorization_response_iss_parameter_supported": True}, None, False),
        ({"authorization_response_iss_parameter_supported": True}, "https://evil.example", False),
    ],
    ids=["silent", "right", "wrong", "announced and right", "announced and missing", "announced and wrong"],
)
async def test_K02_an_answer_names_the_provider_it_is_of(
    reaching_apps: Deployment, acme: Upstream, metadata: dict[str, Any], iss: str | None, is_taken: bool
) -> None:
    acme.metadata = metadata
    provider = await add(reaching_apps, acme)
    await linked_person(reaching_apps, provider.id, acme)
    browser = reaching_apps.browser()
    state = await leave(browser, acme, await an_app(reaching_apps))
    named = {} if iss is None else {"iss": acme.issuer if iss == "own" else iss}
    came = await come_back(browser, state, **named)
    if is_taken:
        answer(came)
        return
    refused(came, 502, "another issuer")
    assert all(path != "/token" for path, _, _ in acme.requests), "the code goes nowhere"


async def test_K02_a_discovery_document_of_another_issuer_is_refused(reaching_apps: Deployment, acme: Upstream) -> None:
    await add(reaching_apps, acme)
    reaching_apps.clock.advance(3601)
    acme.metadata = {"issuer": "https://evil.example"}
    browser = reaching_apps.browser()
    page = await browser.authorize(await an_app(reaching_apps))
    interaction = dict(parse_qsl(urlsplit(str(page.url)).query))["interaction"]
    refused(await browser.get(f"/federation/acme/start?interaction={interaction}"), 502, "another issuer")


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (200, {"token_type": "Bearer", "id_token": "x"}),
        (200, {"access_token": "x y", "token_type": "Bearer"}),
        (200, {"access_token": 7, "token_type": "Bearer"}),
        (200, {"access_token": "x", "token_type": "mac"}),
        (200, {"access_token": "x"}),
        (200, {"access_token": "x", "token_type": "Bearer"}),
        (200, {"access_token": "x", "token_type": "Bearer", "id_token": ["x"]}),
        (200, [CANARY]),
        (200, CANARY.encode()),
        (500, {"error": CANARY}),
        (400, {"error": "invalid_grant", "error_description": CANARY}),
        (200, b"{" * 70_000),
    ],
    ids=range(12),
)
async def test_an_upstream_that_answers_nonsense_is_told_of_without_its_words(
    reaching_apps: Deployment, acme: Upstream, status: int, told: Any
) -> None:
    await add(reaching_apps, acme)
    browser = reaching_apps.browser()
    state = await leave(browser, acme, await an_app(reaching_apps))
    acme.token_status, acme.token_answer = status, told
    came = await come_back(browser, state)
    refused(came, 502, "ACME did not answer as expected")
    assert CANARY not in came.text
    assert "/login?interaction=" in came.text, "there is a way on"


async def test_an_upstream_that_is_down_is_told_of(reaching_apps: Deployment, authority: Authority) -> None:
    async with upstream(authority.server("localhost")) as acme:
        await add(reaching_apps, acme)
        browser = reaching_apps.browser()
        state = await leave(browser, acme, await an_app(reaching_apps))
    refused(await come_back(browser, state), 502, "cannot be reached")


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        ("access_denied", 403, "You were not signed in at ACME"),
        ("login_required", 403, "You were not signed in at ACME"),
        ("server_error", 502, "ACME did not answer as expected"),
        (CANARY, 502, "ACME did not answer as expected"),
    ],
)
async def test_an_error_of_the_upstream_becomes_a_page_that_says_what_to_do(
    reaching_apps: Deployment, acme: Upstream, error: str, status: int, words: str
) -> None:
    await add(reaching_apps, acme)
    browser = reaching_apps.browser()
    state = await leave(browser, acme, await an_app(reaching_apps))
    came = await come_back(browser, state, error=error, error_description=CANARY)
    refused(came, status, words)
    assert CANARY not in came.text
    assert "/login?interaction=" in came.text
    refused(await come_back(browser, state), 400, "is over")
