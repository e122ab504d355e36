"""Whoever may no longer sign in is out everywhere at once: row D10, decided in one process and seen in another."""

import pytest

from hibana_op.foundation.origin import Origin
from hibana_op.login import people
from hibana_op.oauth import client_registry
from tests.deployment import Deployment, Page, answer
from tests.flows.journeys import (
    EVERY_TYPE,
    arrive,
    error_of,
    is_active,
    landed,
    obtain_tokens,
    redeem,
    refresh,
    userinfo,
)
from tests.make import make_client, make_resource, make_user

COMMAND = Origin.command("0" * 32)
API = "https://api.example/"


@pytest.mark.parametrize("act", ["disable", "delete"])
async def test_D10_nothing_of_a_person_who_was_shut_out_counts_any_more(deployment: Deployment, act: str) -> None:
    op = deployment.op
    client, user, other = await make_client(op, **EVERY_TYPE), await make_user(op), await make_user(op)
    await make_resource(op, token_format="opaque")
    browser = deployment.browser()
    online = await obtain_tokens(deployment, client, user, browser=browser)
    offline = await obtain_tokens(deployment, client, user, browser=browser, scope="openid offline_access")
    opaque = await obtain_tokens(deployment, client, user, browser=browser, scope="openid read", resource=API)
    front = (await arrive(browser, client, user, response_type="id_token token")).fields
    codes = [await browser.obtain_code(client, user, scope=f"openid {more}") for more in ("email", "offline_access")]
    waiting = Page.read(await browser.authorize(client, prompt="consent"))
    bystander = await obtain_tokens(deployment, client, other)
    access = [*(each["access_token"] for each in (online, offline, opaque)), front["access_token"]]
    assert all([await is_active(deployment, client, token) for token in access])

    await (people.disable if act == "disable" else people.delete)(op, user, COMMAND)

    for token in (*access, online["refresh_token"], offline["refresh_token"]):
        seen = await deployment.call("/introspect", client, token=token)
        assert seen.json() == {"active": False}
    for token in (online["access_token"], offline["access_token"], front["access_token"]):
        assert (await userinfo(deployment, token)).status_code == 401
    for tokens in (online, offline, opaque):
        assert error_of(await refresh(deployment, client, tokens["refresh_token"])) == "invalid_grant"
    for code in codes:
        assert error_of(await redeem(deployment, client, code)) == "invalid_grant"
    for response_type in ("code", "id_token token"):
        asked = {"prompt": "none", "response_type": response_type}
        assert landed(await browser.authorize(client, **asked)).fields["error"] == "login_required"
    assert "/login" in str((await browser.submit(waiting, decision="allow")).url)
    assert user.email not in (await browser.get("/")).text
    again = await browser.sign_in(await browser.authorize(client), user)
    assert (again.is_redirect, "/login" in str(again.url)) == (False, True)
    assert await is_active(deployment, client, bystander["access_token"])


async def test_D10_letting_a_person_in_again_brings_nothing_back(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    tokens = await obtain_tokens(deployment, client, user, browser=browser, scope="openid offline_access")
    code = await browser.obtain_code(client, user)

    await people.disable(op, user, COMMAND)
    await people.enable(op, user, COMMAND)

    assert error_of(await refresh(deployment, client, tokens["refresh_token"])) == "invalid_grant"
    assert error_of(await redeem(deployment, client, code)) == "invalid_grant"
    assert not await is_active(deployment, client, tokens["access_token"])
    assert answer(await browser.authorize(client, prompt="none"))["error"] == "login_required"


async def test_D10_nothing_given_to_an_app_that_was_removed_counts_any_more(
    deployment: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment.op
    client, watching, user = await make_client(op), await make_client(op), await make_user(op)
    browser = deployment.browser()
    tokens = await obtain_tokens(deployment, client, user, browser=browser)
    waiting = Page.read(await browser.authorize(client, prompt="consent"))

    await client_registry.delete(op, client.client_id, COMMAND)

    assert (await userinfo(deployment, tokens["access_token"])).status_code == 401
    assert not await is_active(deployment, watching, tokens["access_token"])
    assert error_of(await refresh(deployment, client, tokens["refresh_token"])) == "invalid_client"
    assert (await browser.submit(waiting, decision="allow")).status_code == 400
    assert "code" in answer(await browser.submit(Page.read(await browser.authorize(watching)), decision="allow"))
