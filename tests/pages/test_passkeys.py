"""Signing in with a passkey, and what its challenges are good for: rows J01, J05 and G01."""

import asyncio

import pytest

from hibana_op.foundation import base64url
from tests.authenticator import SoftPasskey
from tests.deployment import Deployment, Page
from tests.flows.conftest import deployment, deployment_on_sqlite
from tests.make import make_client, make_user
from tests.passkeys import ANSWER, OPTIONS, answer, begin, call, failures, give, live, newest, only, signed_in
from tests.passkeys import add as add_to

__all__ = ["deployment", "deployment_on_sqlite"]


async def test_a_passkey_signs_in_without_a_name(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user)
    client = await make_client(deployment.op, first_party=True)
    browser = deployment.browser()
    login = await browser.authorize(client)
    interaction = Page.read(login).fields["interaction"]

    options, csrf = await begin(browser, interaction=interaction)
    response = await call(browser, ANSWER, passkey.get(options), csrf)

    assert response.json() == {"next": f"/login/continue?interaction={interaction}"}
    back = await browser.get(response.json()["next"])
    assert back.headers["location"].startswith("https://app.example/callback?code=")
    session = await newest(deployment, user)
    assert (session.acr, session.amr) == ("urn:hibana:loa:3", ("swk", "user", "mfa"))
    assert (await only(deployment.op, user)).last_used_at == deployment.op.now()


async def test_a_sign_in_that_no_app_asked_for_ends_at_the_front_page(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user)
    browser = deployment.browser()

    page = await browser.get((await answer(browser, passkey)).json()["next"])

    assert page.url.path == "/"
    assert user.email in page.text


async def test_J01_a_challenge_is_random_and_good_once(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user)
    browser = deployment.browser()
    options, csrf = await begin(browser)
    other, _ = await begin(browser)
    assert len(base64url.decode(options["challenge"])) >= 16
    assert options["challenge"] != other["challenge"]

    first = await call(browser, ANSWER, passkey.get(options), csrf)
    again = await call(deployment.browser(), ANSWER, passkey.get(options), csrf)
    after, csrf = await begin(browser)
    third = await call(browser, ANSWER, passkey.get(options), csrf)

    assert first.status_code == 200
    assert again.status_code == 403
    assert (third.status_code, third.json()["error"]) == (400, "passkey_expired")
    assert (await call(browser, ANSWER, passkey.get(after), csrf)).status_code == 200


async def test_J01_of_answers_at_once_one_counts(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user)
    before = await live(deployment, user)
    browser = deployment.browser()
    options, csrf = await begin(browser)
    document = passkey.get(options)

    answers = await asyncio.gather(*(call(browser, ANSWER, document, csrf) for _ in range(10)))

    assert sorted(each.status_code for each in answers) == [200] + [400] * 9
    assert await live(deployment, user) == before + 1


async def test_J01_a_challenge_is_spent_by_a_wrong_answer(deployment: Deployment) -> None:
    passkey = await give(deployment, await make_user(deployment.op))
    browser = deployment.browser()
    options, csrf = await begin(browser)
    await call(browser, ANSWER, passkey.get(options, signature=b"none"), csrf)

    assert (await call(browser, ANSWER, passkey.get(options), csrf)).json()["error"] == "passkey_expired"


async def test_J01_a_challenge_is_good_for_five_minutes(deployment: Deployment) -> None:
    passkey = await give(deployment, await make_user(deployment.op))
    browser = deployment.browser()
    in_time, csrf = await begin(browser)
    late, _ = await begin(browser)
    deployment.clock.advance(299)
    assert (await call(browser, ANSWER, passkey.get(in_time), csrf)).status_code == 200
    deployment.clock.advance(1)
    _, csrf = await begin(browser)

    assert (await call(browser, ANSWER, passkey.get(late), csrf)).json()["error"] == "passkey_expired"


async def test_J01_a_challenge_belongs_to_the_browser_that_asked(deployment: Deployment) -> None:
    passkey = await give(deployment, await make_user(deployment.op))
    options, _ = await begin(deployment.browser())
    other = deployment.browser()
    _, csrf = await begin(other)

    assert (await call(other, ANSWER, passkey.get(options), csrf)).json()["error"] == "passkey_expired"


async def test_J01_a_challenge_to_add_a_passkey_does_not_sign_in(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user)
    browser = await signed_in(deployment, user)
    csrf = Page.read(await browser.get("/account/password")).fields["csrf"]
    to_add = (await call(browser, "/account/passkeys/options", {}, csrf)).json()

    response = await call(browser, ANSWER, passkey.get({**to_add, "rpId": "id.example"}), csrf)

    assert response.json()["error"] == "passkey_expired"


async def test_J05_H01_what_is_asked_of_authenticators_tells_nothing_about_anybody(deployment: Deployment) -> None:
    known = await make_user(deployment.op)
    await give(deployment, known)
    told = []
    for name in (known.email, "nobody@example.com"):
        browser = deployment.browser()
        asked = await browser.submit(Page.read(await browser.get("/login")), username=name)
        interaction = Page.read(asked).fields["interaction"]
        for more in ({}, {"more": True}, {"more": True, "user": known.id}):
            options, _ = await begin(browser, interaction=interaction, **more)
            told.append({name: value for name, value in options.items() if name != "challenge"})

    assert all(each == told[0] for each in told)
    assert told[0]["allowCredentials"] == []
    assert told[0]["rpId"] == "id.example"


async def test_somebody_who_was_suspended_does_not_get_in(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user)
    await deployment.op.db.run("UPDATE users SET status = 'suspended' WHERE id = :id", id=user.id)

    response = await answer(deployment.browser(), passkey)

    assert response.json()["error"] == "passkey_refused"
    assert await failures(deployment) == [(user.id, "account_closed")]


@pytest.mark.parametrize("path", [OPTIONS, ANSWER])
async def test_G01_the_script_has_to_be_ours(deployment_on_sqlite: Deployment, path: str) -> None:
    browser, other = deployment_on_sqlite.browser(), deployment_on_sqlite.browser()
    _, csrf = await begin(browser)
    _, foreign = await begin(other)
    for token, headers in (("", {}), ("x", {}), (foreign, {}), (csrf, {"Sec-Fetch-Site": "cross-site"})):
        sent = {"X-CSRF-Token": token, **headers}
        response = await browser.http.post(path, json={}, headers=sent)
        assert (response.status_code, response.json()["error"]) == (403, "csrf")
    for media_type in ("text/plain", "application/x-www-form-urlencoded"):
        sent = {"Content-Type": media_type, "X-CSRF-Token": csrf}
        response = await browser.http.post(path, content=b"{}", headers=sent)
        assert response.status_code == 415
        assert response.json()["error"] == "request_invalid"


async def test_a_browser_without_cookies_is_told_so(deployment_on_sqlite: Deployment) -> None:
    async with deployment_on_sqlite.http() as http:
        response = await http.post(OPTIONS, headers={"Accept-Language": "en"})

    assert (response.status_code, response.json()["error"]) == (403, "cookies_blocked")
    assert "cookies" in response.json()["message"]


async def test_a_sign_in_that_is_over_or_another_browsers_is_refused(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    passkey = await give(deployment, user)
    browser, other = deployment.browser(), deployment.browser()
    interaction = Page.read(await browser.authorize(client)).fields["interaction"]
    _, csrf = await begin(other)
    assert (await call(other, OPTIONS, {"interaction": interaction}, csrf)).json()["error"] == "other_browser"
    options, csrf = await begin(browser, interaction=interaction)
    await deployment.op.db.run("UPDATE interactions SET finished_at = 1")

    response = await call(browser, ANSWER, passkey.get(options), csrf)

    assert (response.status_code, response.json()["error"]) == (400, "interaction_expired")
    assert await live(deployment, user) == 1


async def test_a_body_is_not_needed_to_begin(deployment_on_sqlite: Deployment) -> None:
    browser = deployment_on_sqlite.browser()
    _, csrf = await begin(browser)

    assert (await browser.http.post(OPTIONS, headers={"X-CSRF-Token": csrf})).status_code == 200
    for body in (b"{", b"[]", b'{"a":1,"a":2}'):
        sent = {"Content-Type": "application/json", "X-CSRF-Token": csrf}
        assert (await browser.http.post(OPTIONS, content=body, headers=sent)).status_code == 400


async def test_a_passkey_that_was_removed_signs_nobody_in(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    passkey = SoftPasskey()
    where = (await add_to(browser, passkey)).json()["next"]
    page = Page.read(await browser.get(where))
    await browser.http.post(where.partition("?")[0], data={"csrf": page.fields["csrf"], "decision": "remove"})

    assert (await answer(deployment.browser(), passkey)).json()["error"] == "passkey_unknown"


@pytest.mark.parametrize("path", [OPTIONS, ANSWER, "/account/passkeys/options", "/account/passkeys"])
async def test_whatever_goes_wrong_is_told_to_a_script_in_json(deployment_on_sqlite: Deployment, path: str) -> None:
    async with deployment_on_sqlite.http() as http:
        visited = await http.get(path)
        endless = await http.post(path, content=b'"' + bytes(300 * 1024), headers={"Content-Type": "application/json"})

    assert (visited.status_code, visited.json()["error"], visited.headers["allow"]) == (405, "method", "POST")
    assert (endless.status_code, endless.json()["error"]) == (413, "invalid_request")
