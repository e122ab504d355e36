"""Every page in a real browser: looks, accessibility, forms with and without scripts, and the content policy."""

from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from hibana_op.web.words import LANGUAGES, say
from tests.browser import NewContext, accessibility_faults
from tests.web.conftest import WATCH
from tests.web.gallery import Gallery, Received
from tests.web.hostile import POLYGLOTS, filled
from tests.web.samples import CSRF, INTERACTION, samples


async def focused(page: Page) -> Any:
    return await page.evaluate("document.activeElement.id || document.activeElement.getAttribute('role')")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [1280, 320])
async def test_every_page_is_accessible_fits_and_obeys_its_policy(
    gallery: Gallery, new_context: NewContext, language: str, width: int
) -> None:
    context = await new_context(language=language, width=width)
    await context.add_init_script(WATCH)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    page.on("request", lambda r: None if r.url.startswith((gallery.url, "data:")) else complaints.append(r.url))
    faults: list[str] = []
    for name, sample in samples(language).items():
        await page.goto(f"{gallery.url}/page/{name}")
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            faults += [f"{name} {scheme}: {fault}" for fault in await accessibility_faults(page)]
        too_wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, name
        assert await page.evaluate("violations") == [], name
        assert await page.locator("h1").count() == 1, name
        assert await page.locator("main").count() == 1, name
        # Chromium reports an error status of the page itself in its console.
        expected = 0 if sample.status < 400 else 1
        assert len(complaints) == expected, complaints
        complaints.clear()
    assert faults == []


async def test_R01_no_value_runs_even_without_the_policy(gallery: Gallery, page: Page) -> None:
    ran: list[str] = []
    page.on("dialog", lambda dialog: ran.append(dialog.message))
    for name, sample in samples("en").items():
        counts = []
        for text in ("plain", "".join(POLYGLOTS)):
            context = filled(sample.context, text)
            shown = gallery.renderer.page(sample.template, language="en", **context)
            await page.set_content(bytes(shown.body).decode())
            counts.append(await page.locator("*").count())
        assert counts[0] == counts[1], name
    assert ran == []


@pytest.mark.parametrize("dark", [False, True])
async def test_the_theme_follows_the_system_unless_one_is_set(
    gallery: Gallery, new_context: NewContext, dark: bool
) -> None:
    page = await (await new_context(dark=dark)).new_page()
    await page.goto(f"{gallery.url}/page/login")
    background = "getComputedStyle(document.body).backgroundColor"
    colours = {"light": "rgb(248, 250, 252)", "dark": "rgb(2, 6, 23)"}
    assert await page.evaluate(background) == colours["dark" if dark else "light"]
    for theme, colour in colours.items():
        await page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        assert await page.evaluate(background) == colour


async def test_the_font_is_our_own_and_the_icons_are_drawn(gallery: Gallery, page: Page) -> None:
    await page.goto(f"{gallery.url}/page/login-refused")
    await page.evaluate("document.fonts.ready")
    assert await page.evaluate("document.fonts.check('16px \"Inter Variable\"')")
    box = await page.evaluate("""() => {
        const {width, height} = document.querySelector('.alert .icon').getBBox();
        return [width, height];
    }""")
    assert min(box) > 10


CONTROLS = {
    "login": ["input[name=username]", "button#continue", "a#join"],
    "join": ["input[name=join_code]", "button#continue"],
    "join-preview-False": ["button[name=decision][value=join]", "button[name=decision][value=cancel]"],
    "join-refused": ["[role=alert]", "input[name=join_code][aria-invalid]"],
    "password": ["input[name=password]", "input[name=username]", "input[name=remember]", "button#continue"],
    "accounts": ["button[name=account]", "button[name=forget]"],
    "organizations": ["button[name=membership]", "button[name=decision][value=cancel]", "a#join"],
    "consent": ["button[name=decision][value=allow]", "button[name=decision][value=deny]"],
    "logout": ["button[name=decision][value=logout]", "button[name=decision][value=stay]"],
    "login-refused": ["[role=alert]", "input[name=username][aria-invalid]"],
    "login-field": ["[role=alert]"],
    "password-refused": ["[role=alert]"],
    "error": ["[role=alert]"],
}


@pytest.mark.parametrize("name", CONTROLS)
async def test_the_public_control_names_are_there(gallery: Gallery, page: Page, name: str) -> None:
    await page.goto(f"{gallery.url}/page/{name}")
    for selector in CONTROLS[name]:
        assert await page.locator(selector).count() >= 1, selector
    for form in await page.locator("form").all():
        assert await form.get_attribute("method") == "post"
        assert await form.locator("input[name=csrf][type=hidden]").input_value() == CSRF


SIGNED = [("csrf", CSRF), ("interaction", INTERACTION)]
JOURNEYS = [
    ("login", {"#username": "alice"}, "#continue", "/idp/login", [*SIGNED, ("username", "alice")]),
    (
        "password",
        {"#password": "pass word"},
        "#continue",
        "/idp/login/password",
        [*SIGNED, ("passkeys", ""), ("username", "alice@example.com"), ("password", "pass word")],
    ),
    ("accounts", {}, "button[name=account]", "/idp/login/accounts", [*SIGNED, ("account", "account-1")]),
    ("accounts", {}, "button[name=forget]", "/idp/login/accounts", [*SIGNED, ("forget", "account-1")]),
    ("consent", {}, "button[value=allow]", "/idp/consent", [*SIGNED, ("decision", "allow")]),
    ("consent", {}, "button[value=deny]", "/idp/consent", [*SIGNED, ("decision", "deny")]),
    (
        "logout",
        {},
        "button[value=logout]",
        "/idp/logout",
        [("csrf", CSRF), ("state", "s"), ("client_id", "c"), ("decision", "logout")],
    ),
    ("home-signed-in", {}, "button", "/idp/logout", [("csrf", CSRF), ("decision", "logout")]),
]


@pytest.mark.parametrize("javascript", [True, False])
async def test_every_form_works_with_and_without_scripts(
    gallery: Gallery, new_context: NewContext, received: list[Received], javascript: bool
) -> None:
    page = await (await new_context(javascript=javascript)).new_page()
    for name, typed, button, path, fields in JOURNEYS:
        await page.goto(f"{gallery.url}/page/{name}")
        for selector, text in typed.items():
            await page.fill(selector, text)
        await page.locator(button).first.click()
        await page.wait_for_url(f"**{path}")
        assert received.pop() == Received(path, fields)
        assert received == []


async def test_remembering_is_a_choice(gallery: Gallery, page: Page, received: list[Received]) -> None:
    await page.goto(f"{gallery.url}/page/password")
    assert not await page.locator("#remember").is_checked()
    await page.check("#remember")
    await page.fill("#password", "secret")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/idp/login/password")
    assert ("remember", "1") in received[0].fields


async def test_the_keyboard_alone_is_enough(gallery: Gallery, page: Page, received: list[Received]) -> None:
    await page.goto(f"{gallery.url}/page/consent")
    reached: list[str] = []
    for _ in range(7):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.textContent.trim()"))
        assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        if reached[-1] == "Allow":
            break
    assert reached[0] == "Switch"
    assert reached[-2:] == ["Cancel", "Allow"]
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/idp/consent")
    assert ("decision", "allow") in received[0].fields


async def test_the_reason_of_a_refusal_is_read_first(gallery: Gallery, page: Page) -> None:
    await page.goto(f"{gallery.url}/page/login-refused")
    assert await focused(page) == "alert"
    assert await page.locator("[role=alert]").inner_text() == say("en", "refused.wrong_credentials")
    assert (await page.title()).startswith("Error: Sign in")
    described = await page.locator("#username").get_attribute("aria-describedby")
    assert await page.locator(f"#{described}").inner_text() == say("en", "refused.missing_username")


@pytest.mark.parametrize(("name", "control"), [("login", "username"), ("password", "password")])
async def test_the_first_field_is_ready_to_type(gallery: Gallery, page: Page, name: str, control: str) -> None:
    await page.goto(f"{gallery.url}/page/{name}")
    assert await focused(page) == control


async def test_a_phone_does_not_open_its_keyboard(gallery: Gallery, chromium: Browser) -> None:
    context = await chromium.new_context(has_touch=True, is_mobile=True, viewport={"width": 320, "height": 640})
    phone = await context.new_page()
    await phone.goto(f"{gallery.url}/page/login")
    assert await focused(phone) is None
    await context.close()


async def test_a_password_can_be_shown_and_is_hidden_again_when_sent(
    gallery: Gallery, page: Page, received: list[Received]
) -> None:
    await page.goto(f"{gallery.url}/page/password")
    show = page.get_by_role("button", name="Show password")
    field = page.locator("#password")
    await field.fill("さくら 2026")
    await show.click()
    assert await field.get_attribute("type") == "text"
    assert await show.get_attribute("aria-pressed") == "true"
    await page.evaluate("addEventListener('pagehide', () => sessionStorage.type = password.type)")
    await page.click("#continue")
    await page.wait_for_url("**/idp/login/password")
    assert await page.evaluate("sessionStorage.type") == "password"
    assert ("password", "さくら 2026") in received[0].fields


async def test_caps_lock_is_pointed_out(gallery: Gallery, page: Page) -> None:
    await page.goto(f"{gallery.url}/page/password")
    hint = page.get_by_text(say("en", "password.caps_lock"))
    press = "on => password.dispatchEvent(new KeyboardEvent('keydown', {key: 'a', modifierCapsLock: on}))"
    assert not await hint.is_visible()
    await page.evaluate(press, True)
    assert await hint.is_visible()
    await page.evaluate(press, False)
    assert not await hint.is_visible()
    await page.evaluate(press, True)
    await page.locator("#remember").focus()
    assert not await hint.is_visible()


async def test_a_second_press_sends_nothing_more(gallery: Gallery, page: Page, received: list[Received]) -> None:
    await page.goto(f"{gallery.url}/page/consent")
    allow = page.locator("button[value=allow]")
    await page.evaluate("""() => {
        const [deny, allow] = document.querySelectorAll('[name=decision]');
        allow.click();
        window.busy = allow.getAttribute('aria-busy');
        sessionStorage.busy = window.busy;
        deny.click();
        allow.click();
    }""")
    await page.wait_for_url("**/idp/consent")
    assert await page.evaluate("sessionStorage.busy") == "true"
    assert [sent.fields[-1] for sent in received] == [("decision", "allow")]
    await page.go_back()
    assert await allow.get_attribute("aria-busy") is None
    await allow.click()
    await page.wait_for_url("**/idp/consent")
    assert len(received) == 2


async def test_the_facts_of_an_error_can_be_copied(gallery: Gallery, visitor: BrowserContext) -> None:
    await visitor.grant_permissions(["clipboard-read", "clipboard-write"])
    page = await visitor.new_page()
    await page.goto(f"{gallery.url}/page/error")
    await page.get_by_role("button", name="Copy").click()
    await page.get_by_role("button", name="Copied").wait_for()
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines() == [
        "Error ID: 9f86d081884c7d659a2feaa0c55ad015",
        "Time (UTC): 2026-11-21 04:05:06",
        "Code: 400 invalid_request",
    ]


async def test_what_needs_scripts_is_not_shown_without_them(gallery: Gallery, new_context: NewContext) -> None:
    page = await (await new_context(javascript=False)).new_page()
    await page.goto(f"{gallery.url}/page/password")
    assert not await page.locator("[data-show]").is_visible()
    await page.goto(f"{gallery.url}/page/error")
    assert not await page.locator("[data-copy]").is_visible()


async def test_the_language_can_be_switched_on_the_spot(gallery: Gallery, page: Page) -> None:
    await page.goto(f"{gallery.url}/page/login?interaction=1&ui_locales=en")
    await page.get_by_role("link", name="日本語").click()
    assert page.url == f"{gallery.url}/page/login?interaction=1&ui_locales=ja"
    assert await page.locator("html").get_attribute("lang") == "ja"
    assert await page.locator("h1").inner_text() == "ログイン"
