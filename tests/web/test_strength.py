"""The meter beside a new password: it says in words what is lacking, and agrees with the policy that decides."""

import pytest
from playwright.async_api import Page

from hibana_op.login import password_policy
from hibana_op.web.words import LANGUAGES, say
from tests.browser import NewContext, accessibility_faults
from tests.deployment import Deployment
from tests.flows.conftest import deployment_on_sqlite
from tests.login.test_password_policy import reason as refused_for
from tests.web.conftest import WATCH
from tests.web.gallery import Gallery

__all__ = ["deployment_on_sqlite"]

REFUSALS = {"short": "password_too_short", "context": "password_of_context", "common": "password_common", "good": None}
TYPED = [
    ("Tulip", "short"),
    ("か\u3099" * 14, "short"),
    ("alice2026-yamada.hibana", "context"),
    ("ALICE.example.Yamada!", "context"),
    ("aaaaaaaaaaaaaaaaaaaa", "common"),
    ("abcabcabcabcabcabc", "common"),
    ("passwordpassword", "common"),
    ("🦊 jumped over the 🐕 twice", "good"),
    ("パスワードは長い方がよいです。", "good"),
    ("vK9 tulip-Ω wagon.", "good"),
]


async def told(page: Page, password: str) -> str:
    """What the meter says once typing pauses."""
    await page.fill("#password", password)
    await page.wait_for_selector(".strength [role=status]:not(:empty)")
    return await page.inner_text(".strength [role=status]")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_meter_says_what_is_lacking_and_obeys_the_policy_of_the_page(
    gallery: Gallery, new_context: NewContext, language: str
) -> None:
    context = await new_context(language=language, width=320)
    await context.add_init_script(WATCH)
    page = await context.new_page()
    await page.goto(f"{gallery.url}/page/new-account")
    assert not await page.is_visible(".strength")
    await page.evaluate("document.querySelector('input[name=username]').value = 'alice@example.com'")

    assert await told(page, "a short one") == say(language, "strength.short", left="4")
    assert await page.is_visible(".strength meter")
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        assert await accessibility_faults(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.fill("#password", "")
    await page.wait_for_selector(".strength", state="hidden")
    assert await page.evaluate("violations") == []


async def test_the_meter_agrees_with_the_policy(
    gallery: Gallery, new_context: NewContext, deployment_on_sqlite: Deployment
) -> None:
    page = await (await new_context()).new_page()
    for password, verdict in TYPED:
        await page.goto(f"{gallery.url}/page/new-account")
        await page.fill("#name", "Alice Yamada")
        await page.evaluate("document.querySelector('input[name=username]').value = 'alice@example.com'")
        expected = say("en", f"strength.{verdict}") if verdict != "short" else "Too short"
        assert (await told(page, password)).startswith(expected), password
        assert (await refused_for(deployment_on_sqlite, password, "alice@example.com", "Alice Yamada")) == REFUSALS[
            verdict
        ], password


async def test_the_meter_knows_the_shortest_password_there_may_be(gallery: Gallery, new_context: NewContext) -> None:
    page = await (await new_context()).new_page()
    for name, shortest in (
        ("new-account", password_policy.SHORTEST),
        ("reset", password_policy.SHORTEST),
        ("reset-longer", 40),
    ):
        await page.goto(f"{gallery.url}/page/{name}")
        assert await page.get_attribute(".strength", "data-shortest") == str(shortest)
        assert await page.inner_text("#password-hint") == say("en", "new_password.hint", shortest=str(shortest))
        strong = ("vK9 tulip-Ω wagon." * 3)[:shortest]
        for password, is_enough in ((strong[:-1], False), (strong, True)):
            await page.goto(f"{gallery.url}/page/{name}")
            assert (await told(page, password) == say("en", "strength.good")) == is_enough
            is_high = "(([meter]) => meter.value > meter.high && meter.max > meter.high)"
            assert await page.evaluate(f"{is_high}(document.querySelectorAll('meter'))") == is_enough


async def test_without_scripts_there_is_no_meter_and_the_hint_stays(gallery: Gallery, new_context: NewContext) -> None:
    page = await (await new_context(javascript=False)).new_page()
    await page.goto(f"{gallery.url}/page/new-account")
    await page.fill("#password", "a short one")

    assert not await page.is_visible(".strength")
    assert await page.inner_text("#password-hint") == say("en", "new_password.hint", shortest=15)
