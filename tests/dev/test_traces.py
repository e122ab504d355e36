"""From an error page to its explanation, in a real browser without scripts."""

import httpx2
import pytest
from playwright.async_api import Page

from hibana_op.dev import demo_client
from hibana_op.web.words import LANGUAGES, say
from tests.browser import NewContext, accessibility_faults
from tests.server import HibanaProcess, StartHibana

WRONG = f"{demo_client.CALLBACK_PATH.replace('callback', 'calback')}/"


@pytest.fixture
def hibana(start_hibana: StartHibana) -> HibanaProcess:
    """`hibana dev` as a newcomer starts it."""
    return start_hibana(mode="dev")


def wrong_request(hibana: HibanaProcess) -> str:
    """An authorization request with a slip in its redirect_uri."""
    return (
        f"{hibana.issuer}/authorize?response_type=code&client_id={demo_client.CLIENT_ID}&scope=openid"
        f"&state=a-state-that-is-not-kept&login_hint=alice%40example.com&redirect_uri={hibana.issuer}{WRONG}"
    )


async def faults(page: Page) -> list[str]:
    """What is wrong with how the page looks, in both themes."""
    found = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {fault}" for fault in await accessibility_faults(page)]
    if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("too wide")
    return found


@pytest.mark.parametrize(("language", "width"), [("ja", 320), ("en", 1280)])
async def test_an_error_page_leads_to_what_was_wrong_character_by_character(
    hibana: HibanaProcess, new_context: NewContext, language: str, width: int
) -> None:
    page = await (await new_context(language=language, width=width, javascript=False)).new_page()
    await page.goto(wrong_request(hibana))
    await page.click(f"text={say(language, 'error.explain')}")

    assert await page.inner_text("h1") == say(language, "trace.why")
    assert await page.inner_text("article h2") == say(language, "trace.rule.redirect_uri_unregistered")
    assert await page.inner_text(".mend p") == say(
        language, "trace.mend.redirect_uri_unregistered", client=demo_client.CLIENT_ID
    ).replace("`", "")
    whole = await page.inner_text(".mend p >> nth=1")
    assert whole.startswith(f"hibana client update {demo_client.CLIENT_ID} --metadata '{{")
    assert WRONG in whole
    sides = [(await side.inner_text()).replace("\n", "") for side in await page.locator(".compare code").all()]
    nothing = say(language, "trace.nothing")
    right = f"{hibana.issuer}{demo_client.CALLBACK_PATH}"
    assert sides == [f"{right}{nothing}", f"{hibana.issuer}{WRONG.replace('cal', f'cal{nothing}', 1)}"]
    assert [await mark.inner_text() for mark in await page.locator(".compare mark").all()] == [
        "l",
        nothing,
        nothing,
        "/",
    ]
    section = page.locator("article header a")
    assert await section.get_attribute("href") == (
        "https://openid.net/specs/openid-connect-core-1_0.html#rfc.section.3.1.2.1"
    )
    assert await section.get_attribute("rel") == "noopener noreferrer"
    shown = await page.inner_text("main")
    assert "a-state-that-is-not-kept" not in shown
    assert "alice@" not in shown


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_start_page_leads_to_the_list_and_the_list_to_each_refusal(
    hibana: HibanaProcess, new_context: NewContext, language: str
) -> None:
    page = await (await new_context(language=language, width=320)).new_page()
    await page.goto(f"{hibana.issuer}/")
    assert say(language, "trace.empty_hint") in await page.inner_text("main")
    await page.goto(f"{hibana.issuer}/dev/traces")
    assert await page.inner_text("h2") == say(language, "trace.empty")
    assert await faults(page) == []

    with httpx2.Client(base_url=hibana.issuer) as http:
        http.post("/token", data={"grant_type": "password", "client_id": "nobody"})
        http.post("/token", data={"grant_type": "password"}, auth=(demo_client.CLIENT_ID, "wrong"))
        http.get("/userinfo")
        http.get("/token")
    await page.goto(f"{hibana.issuer}/")
    assert await page.locator(".refusals li").count() == 3
    assert await faults(page) == []
    await page.click(f"text={say(language, 'dev.start.traces')}")
    rules = [await name.inner_text() for name in await page.locator(".refusals .name").all()]
    names = ("method_wrong", "access_token_missing", "client_secret_wrong", "unknown_client")
    assert rules == [say(language, f"trace.rule.{name}") for name in names]
    assert await faults(page) == []
    await page.click(".refusals li:nth-child(3) a")
    assert await page.inner_text("article h2") == rules[2]
    assert demo_client.CLIENT_ID in await page.inner_text("article")
    assert await faults(page) == []


async def test_requests_of_one_trace_are_explained_together(hibana: HibanaProcess, new_context: NewContext) -> None:
    page = await (await new_context()).new_page()
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    with httpx2.Client(base_url=hibana.issuer, headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}) as http:
        http.get("/userinfo")
        http.get("/token")
    await page.goto(f"{hibana.issuer}/dev/traces/{trace_id}")
    assert await page.locator("article").count() == 2
    assert say("en", "trace.several", count=2) in await page.inner_text("header >> nth=0")
    assert f"hibana trace show {trace_id}" in await page.inner_text("main")


async def test_an_error_page_leads_to_no_trace_when_nothing_was_noted(
    hibana: HibanaProcess, new_context: NewContext
) -> None:
    page = await (await new_context()).new_page()
    await page.goto(f"{hibana.issuer}/authorise")
    assert await page.inner_text("h1") == say("en", "refused_title.not_found")
    assert await page.locator("main a[href*='/dev/traces/']").count() == 0


async def test_an_unknown_id_is_said_to_be_unknown(hibana: HibanaProcess, new_context: NewContext) -> None:
    page = await (await new_context()).new_page()
    response = await page.goto(f"{hibana.issuer}/dev/traces/nothing-of-this-name")
    assert response is not None
    assert response.status == 404
    assert await page.inner_text("h1") == say("en", "trace.none_of_id")


async def test_production_shows_no_traces_to_visitors(start_hibana: StartHibana, new_context: NewContext) -> None:
    page = await (await new_context()).new_page()
    server = start_hibana()
    await page.goto(f"{server.issuer}/authorize?client_id=nobody")
    assert await page.locator("text=/dev/traces/").count() == 0
    assert "/dev/" not in await page.content()
    for path in ("/dev/traces", "/dev/traces/x"):
        response = await page.goto(server.issuer + path)
        assert response is not None
        assert response.status == 404
        assert await page.inner_text("h1") == say("en", "refused_title.not_found")
