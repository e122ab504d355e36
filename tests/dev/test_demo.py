"""The first minutes with Hibana: start page, demo app, sign-in, consent, claims, sign-out, in a real browser."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Page, expect

from hibana_op.dev.people import ALICE, BOB, SamplePerson
from hibana_op.web.words import say
from tests.browser import NewContext, accessibility_faults
from tests.server import Engine, HibanaProcess, StartHibana

WORDS = {
    "ja": {
        "try": "デモアプリを試す",
        "sign_in": "Hibanaでログイン",
        "signed_in": "ログインできました",
        "sign_out": "ログアウト",
        "failed": "ログインできませんでした。",
        "outbox": "送信箱を見る",
    },
    "en": {
        "try": "Try the demo app",
        "sign_in": "Sign in with Hibana",
        "signed_in": "You are signed in",
        "sign_out": "Sign out",
        "failed": "Sign-in did not succeed.",
        "outbox": "Open the outbox",
    },
}


@pytest.fixture
def hibana(start_hibana: StartHibana) -> HibanaProcess:
    """`hibana dev` as a newcomer starts it."""
    return start_hibana(mode="dev")


async def _identify(page: Page, person: SamplePerson) -> None:
    await page.fill("[name=username]", person.email)
    await page.click("#continue")
    await page.fill("[name=password]", person.password)
    await page.click("#continue")


async def _shown(page: Page, place: str) -> dict[str, object]:
    found = json.loads(await page.inner_text(f"#{place}"))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(("language", "engine"), [("ja", "sqlite"), ("en", "postgres")])
async def test_newcomer_tries_the_demo_app(
    start_hibana: StartHibana, new_context: NewContext, language: str, engine: Engine
) -> None:
    hibana = start_hibana(engine, mode="dev")
    words = WORDS[language]
    page = await (await new_context(language=language)).new_page()
    await page.goto(f"{hibana.issuer}/")
    assert await accessibility_faults(page) == []
    await expect(page.get_by_text(ALICE.password)).to_be_visible()
    await page.get_by_role("link", name=words["try"]).click()
    await page.get_by_role("link", name=words["sign_in"]).click()
    await _identify(page, ALICE)
    await expect(page.get_by_text(say(language, "scope.employee.title"))).to_be_visible()
    await page.click("[name=decision][value=allow]")

    await expect(page.get_by_role("heading", level=1)).to_have_text(words["signed_in"])
    assert await accessibility_faults(page) == []
    id_token, access_token = await _shown(page, "id-token"), await _shown(page, "access-token")
    userinfo = await _shown(page, "userinfo")
    assert id_token["iss"] == hibana.issuer
    assert id_token["aud"] == "hibana-demo"
    assert id_token["sub"] == access_token["sub"] == userinfo["sub"]
    assert userinfo["name#ja"] == "高橋 アリス"
    assert userinfo["department"] == "Research"
    assert (userinfo["tenant"], userinfo["roles"]) == ("acme", ["tenant_owner"])
    assert "Acme Logistics" in await page.inner_text("#standing")

    await page.get_by_role("link", name=words["sign_out"]).click()
    await expect(page.get_by_role("link", name=words["sign_in"])).to_be_visible()
    await page.get_by_role("link", name=words["sign_in"]).click()
    await expect(page.locator("[name=username]")).to_be_visible()  # the session at the provider has ended too


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_refusal_at_consent_is_shown_by_the_app(
    hibana: HibanaProcess, new_context: NewContext, language: str
) -> None:
    page = await (await new_context(language=language)).new_page()
    await page.goto(f"{hibana.issuer}/dev/demo")
    await page.get_by_role("link", name=WORDS[language]["sign_in"]).click()
    await _identify(page, BOB)
    await page.click("[name=decision][value=deny]")

    alert = page.get_by_role("alert")
    await expect(alert).to_contain_text(WORDS[language]["failed"])
    await expect(alert).to_contain_text("access_denied")
    assert await accessibility_faults(page) == []


async def test_whole_journey_works_without_javascript(hibana: HibanaProcess, new_context: NewContext) -> None:
    page = await (await new_context(language="en", javascript=False)).new_page()
    await page.goto(f"{hibana.issuer}/dev/demo")
    await page.get_by_role("link", name=WORDS["en"]["sign_in"]).click()
    await _identify(page, BOB)
    await page.click("[name=decision][value=allow]")

    await expect(page.get_by_role("heading", level=1)).to_have_text(WORDS["en"]["signed_in"])


async def test_authorization_request_of_the_start_page_gives_a_code(
    hibana: HibanaProcess, new_context: NewContext
) -> None:
    page = await (await new_context(language="en")).new_page()
    await page.goto(f"{hibana.issuer}/")
    await page.goto(await page.inner_text("#authorize"))
    await _identify(page, ALICE)
    await page.click("[name=decision][value=allow]")

    await expect(page.get_by_role("alert")).to_contain_text("had not started that sign-in")
    answer = parse_qs(urlsplit(page.url).query)
    assert answer["state"] == ["example-state"]
    assert answer["iss"] == [hibana.issuer]
    assert len(answer["code"][0]) >= 43


async def test_sign_in_from_a_second_browser_is_told_in_the_outbox(
    hibana: HibanaProcess, new_context: NewContext
) -> None:
    for _ in range(2):
        page = await (await new_context(language="en")).new_page()
        await page.goto(f"{hibana.issuer}/login")
        await _identify(page, BOB)
        await expect(page.get_by_role("link", name=WORDS["en"]["outbox"])).to_be_visible()
    await page.get_by_role("link", name=WORDS["en"]["outbox"]).click()

    await expect(page.get_by_role("article")).to_have_count(1)
    await expect(page.get_by_role("article")).to_contain_text("New sign-in to your Hibana account")
    await expect(page.get_by_role("article")).to_contain_text(BOB.email)
    await page.get_by_text(say("en", "dev.outbox.html")).click()
    shown = page.frame_locator("iframe").locator("p").first
    await expect(shown).to_be_visible()
    assert await accessibility_faults(page) == []


async def test_demo_app_and_outbox_are_not_there_in_production(
    start_hibana: StartHibana, new_context: NewContext
) -> None:
    server = start_hibana()
    page = await (await new_context(language="en")).new_page()
    for path in ("/dev/demo", "/dev/demo/callback", "/dev/outbox"):
        response = await page.goto(server.issuer + path)
        assert response is not None
        assert response.status == 404
    await page.goto(f"{server.issuer}/")
    await expect(page.get_by_text(ALICE.email)).to_have_count(0)
