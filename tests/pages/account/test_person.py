"""Who account pages are for: people who are signed in, and for changes those who were so a moment ago."""

import httpx2
import pytest

from hibana_op.pages.account.person import FRESH_FOR
from hibana_op.records import users
from hibana_op.routes import PAGES
from tests.deployment import Browser, Deployment, Page
from tests.make import PASSWORD, make_user
from tests.pages.account.visiting import heading, signed_in

SHOWN = ("", "/profile", "/security", "/sessions", "/apps", "/activity", "/data")


async def sign_in_again(browser: Browser, page: httpx2.Response) -> httpx2.Response:
    asked = await browser.submit(Page.read(page))
    return await browser.submit(Page.read(asked), password=PASSWORD)


@pytest.mark.parametrize("path", SHOWN)
async def test_a_stranger_signs_in_first_and_comes_back(deployment: Deployment, path: str) -> None:
    user = await make_user(deployment.op)
    browser = deployment.browser()
    asked = await browser.get(f"/account{path}")
    assert asked.url.path == "/login"
    landed = await browser.sign_in(asked, user)
    assert (landed.status_code, landed.url.path) == (200, f"/account{path}")


@pytest.mark.parametrize("path", SHOWN)
async def test_every_page_is_in_the_frame_in_both_languages(deployment: Deployment, path: str) -> None:
    user = await make_user(deployment.op)
    for language in ("ja", "en"):
        browser = await signed_in(deployment, user, **{"Accept-Language": language})
        page = await browser.get(f"/account{path}")
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.text
        assert page.text.count('aria-current="page"') == 1
        assert user.email in page.text


async def test_F07_a_page_for_changes_asks_to_sign_in_again_after_ten_minutes(deployment: Deployment) -> None:
    browser = await signed_in(deployment, await make_user(deployment.op))
    deployment.clock.advance(FRESH_FOR)
    assert (await browser.get("/account/password")).url.path == "/account/password"
    deployment.clock.advance(1)
    asked = await browser.get("/account/password")
    assert asked.url.path == "/login"
    landed = await sign_in_again(browser, asked)
    assert (landed.status_code, landed.url.path) == (200, "/account/password")


@pytest.mark.parametrize("path", ["/account/password", "/account/email"])
async def test_F07_a_change_with_an_old_sign_in_is_refused_with_the_way_on(deployment: Deployment, path: str) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    csrf = Page.read(await browser.get("/account/profile")).fields["csrf"]
    deployment.clock.advance(FRESH_FOR + 1)
    refused = await browser.http.post(path, data={"csrf": csrf, "password": "another long password", "email": "a@b.ch"})
    assert refused.status_code == 403
    assert heading(refused) == "Sign in again"
    assert "/login?return=/account/security&amp;again=1" in refused.text
    assert (await users.get(deployment.op.db, user.id)).email == user.email


async def test_F07_a_script_with_an_old_sign_in_is_told_where_to_go(deployment: Deployment) -> None:
    browser = await signed_in(deployment, await make_user(deployment.op))
    deployment.clock.advance(FRESH_FOR + 1)
    told = await browser.http.post("/account/passkeys/options", json={})
    assert told.status_code == 403
    assert told.json() == {"error": "proof_too_old", "next": "/login?return=/account/security&again=1"}


async def test_a_script_of_nobody_is_told_where_to_go(deployment: Deployment) -> None:
    told = await deployment.browser().http.post("/account/passkeys/options", json={})
    assert (told.status_code, told.json()["error"]) == (401, "signed_out")


async def test_G01_no_account_page_takes_a_form_of_another_site(deployment: Deployment) -> None:
    browser = await signed_in(deployment, await make_user(deployment.op))
    taking = [each.path for each in PAGES if each.path.startswith("/account") and "POST" in each.methods]
    assert len(taking) > 5
    for path in taking:
        if "{" not in path and path not in ("/account/passkeys/options", "/account/passkeys"):
            refused = await browser.http.post(path, data={"csrf": "x"})
            assert refused.status_code == 403, path


async def test_what_was_done_is_said_only_in_words_of_ours(deployment: Deployment) -> None:
    browser = await signed_in(deployment, await make_user(deployment.op))
    assert "The device was signed out." in (await browser.get("/account/sessions?done=session_ended")).text
    strange = await browser.get("/account/sessions?done=<b>you won</b>")
    assert strange.status_code == 200
    assert 'role="status"' not in strange.text
