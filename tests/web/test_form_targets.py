"""Forms that lead on to an app: the form_post answer, and the content policy that holds them."""

import pytest
from playwright.async_api import Page

from tests.browser import NewContext, accessibility_faults
from tests.web.conftest import WATCH
from tests.web.gallery import Gallery, Received
from tests.web.samples import CSRF


@pytest.mark.parametrize("javascript", [True, False])
async def test_form_post_carries_the_answer_to_the_app(
    gallery: Gallery, new_context: NewContext, received: list[Received], javascript: bool
) -> None:
    context = await new_context(javascript=javascript)
    if javascript:
        await context.add_init_script(WATCH)
    page = await context.new_page()
    problems: list[str] = []
    # The app's own page names no icon, so a browser may look for one at the usual place, and not find it.
    page.on(
        "console",
        lambda message: None if message.location["url"].endswith("/favicon.ico") else problems.append(message.text),
    )
    target = f"{gallery.url}/callback"
    going = page.wait_for_url(target)
    await page.goto(f"{gallery.url}/form_post?to={target}", wait_until="commit")
    if not javascript:
        await page.click("#continue")
    await going
    (answer,) = received
    assert dict(answer.fields) == {
        "code": 'a"b<c>&d',
        "state": "日本語 </form><script>",
        "iss": gallery.url,
    }
    assert problems == []


@pytest.mark.parametrize("dark", [False, True])
async def test_form_post_is_accessible_while_it_waits(gallery: Gallery, new_context: NewContext, dark: bool) -> None:
    context = await new_context(dark=dark, width=320)
    await context.add_init_script("HTMLFormElement.prototype.submit = () => {}")
    page = await context.new_page()
    await page.goto(f"{gallery.url}/form_post?to=com.example.app:/cb")
    assert await page.locator("#continue").is_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await accessibility_faults(page) == []


@pytest.mark.parametrize("allowed", [True, False])
async def test_G03_a_form_leads_on_only_where_its_page_says(
    gallery: Gallery, page: Page, received: list[Received], allowed: bool
) -> None:
    """The answer to a decision may redirect to the app, and nowhere else."""
    app = f"http://localhost:{gallery.port}"
    shown = gallery.renderer.page(
        "logout.html",
        language="en",
        form_action=(app,) if allowed else (),
        account=None,
        app=None,
        csrf=CSRF,
        request={"to": f"{app}/idp/callback"},
    )
    await page.route(
        f"{gallery.url}/shown",
        lambda route: route.fulfill(body=bytes(shown.body), headers=dict(shown.headers)),
    )
    await page.goto(f"{gallery.url}/shown")
    if allowed:
        await page.click("button[value=logout]")
        await page.wait_for_url(f"{app}/idp/callback")
    else:
        async with page.expect_console_message(lambda message: "form-action" in message.text):
            await page.click("button[value=logout]", no_wait_after=True)
        assert page.url == f"{gallery.url}/shown"
    assert [sent.path for sent in received] == ["/idp/logout"]
