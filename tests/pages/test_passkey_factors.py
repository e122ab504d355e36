"""What a passkey proves, and what it does not: rows J04, J07 and H05."""

import asyncio

import pytest

from hibana_op.foundation import base64url
from tests.authenticator import ELIGIBLE, ON_ONE_DEVICE, PRESENT, SYNCED, VERIFIED
from tests.deployment import Deployment, Page
from tests.flows.conftest import deployment, deployment_on_sqlite
from tests.make import make_user
from tests.passkeys import ANSWER, answer, begin, call, failures, give, live, newest, only, signed_in
from tests.second_factors import code_of, with_app

__all__ = ["deployment", "deployment_on_sqlite"]


async def test_a_passkey_that_cannot_be_copied_says_so(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user, flags=ON_ONE_DEVICE)

    assert (await answer(deployment.browser(), passkey)).status_code == 200
    assert (await newest(deployment, user)).amr == ("hwk", "user", "mfa")


@pytest.mark.parametrize("count", [4, 5])
async def test_J04_a_counter_that_does_not_grow_is_refused_and_on_record(deployment: Deployment, count: int) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user, flags=ON_ONE_DEVICE, sign_count=5)

    response = await answer(deployment.browser(), passkey, sign_count=count)

    assert response.json()["error"] == "passkey_refused"
    assert await failures(deployment) == [(user.id, "sign_count_not_grown")]
    assert (await answer(deployment.browser(), passkey, sign_count=6)).status_code == 200
    assert (await only(deployment.op, user)).sign_count == 6


async def test_J04_a_counter_that_goes_back_to_nothing_is_refused(deployment: Deployment) -> None:
    passkey = await give(deployment, await make_user(deployment.op), flags=ON_ONE_DEVICE, sign_count=5)

    assert (await answer(deployment.browser(), passkey, sign_count=0)).status_code == 400


async def test_J04_of_a_passkey_and_its_copy_at_once_one_signs_in(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user, flags=ON_ONE_DEVICE, sign_count=5)
    browsers = [deployment.browser() for _ in range(6)]

    answers = await asyncio.gather(*(answer(browser, passkey, sign_count=6) for browser in browsers))

    assert sorted(each.status_code for each in answers) == [200] + [400] * 5


async def test_J07_a_passkey_that_recognised_nobody_is_one_factor(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user)

    response = await answer(deployment.browser(), passkey, flags=SYNCED & ~VERIFIED)

    assert response.status_code == 200
    session = await newest(deployment, user)
    assert (session.acr, session.amr) == ("urn:hibana:loa:1", ("swk",))


async def test_J07_who_has_a_second_factor_is_asked_for_it_after_such_a_passkey(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user)
    secret = await with_app(deployment.op, user)
    deployment.clock.advance(60)
    before = await live(deployment, user)
    browser = deployment.browser()

    asked = (await answer(browser, passkey, flags=SYNCED & ~VERIFIED)).json()["next"]

    assert asked.startswith("/login/mfa?interaction=")
    assert await live(deployment, user) == before
    await browser.submit(Page.read(await browser.get(asked)), code=code_of(secret, deployment.op))
    session = await newest(deployment, user)
    assert (session.acr, session.amr) == ("urn:hibana:loa:3", ("swk", "otp", "mfa"))


async def test_a_verified_passkey_is_enough_for_somebody_with_a_second_factor(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user)
    await with_app(deployment.op, user)

    assert (await answer(deployment.browser(), passkey)).json()["next"].startswith("/login/continue?")


async def test_a_passkey_is_a_second_factor_of_the_person_who_is_asked(deployment: Deployment) -> None:
    user, other = await make_user(deployment.op), await make_user(deployment.op)
    own, foreign = await give(deployment, user, flags=ON_ONE_DEVICE), await give(deployment, other)
    await with_app(deployment.op, user)
    browser = deployment.browser()
    asked = await browser.sign_in(await browser.get("/login"), user)
    interaction = asked.url.params["interaction"]
    page = await browser.get(f"/login/mfa?interaction={interaction}&method=passkey")
    assert "data-more" in page.text
    deployment.clock.advance(1)

    options, csrf = await begin(browser, interaction=interaction, more=True)
    assert [each["id"] for each in options["allowCredentials"]] == [base64url.encode(own.credential_id)]
    assert (await call(browser, ANSWER, foreign.get(options), csrf)).json()["error"] == "passkey_refused"
    options, csrf = await begin(browser, interaction=interaction, more=True)
    done = await call(browser, ANSWER, own.get(options, user_handle=None), csrf)

    assert done.json()["next"].startswith("/login/continue?")
    assert (await newest(deployment, user)).amr == ("pwd", "hwk", "user", "mfa")


async def test_H05_a_passkey_gets_in_while_the_password_is_locked(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user)
    stranger = deployment.browser()
    for _ in range(6):
        page = await stranger.sign_in(await stranger.get("/login"), user, password="not the password")
    assert page.status_code == 429

    assert (await answer(deployment.browser(), passkey)).status_code == 200


async def test_H05_failures_with_a_passkey_lock_nobody_out(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user)
    for _ in range(8):
        await answer(deployment.browser(), passkey, signature=b"x")

    assert len(await failures(deployment)) == 8
    assert (await answer(deployment.browser(), passkey)).status_code == 200
    await signed_in(deployment, user)


async def test_backup_state_is_kept_up_to_date(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user, flags=PRESENT | VERIFIED | ELIGIBLE)
    assert not (await only(deployment.op, user)).backed_up

    await answer(deployment.browser(), passkey, flags=SYNCED)

    assert (await only(deployment.op, user)).backed_up
