"""The banner of whoever acts as somebody else, in a real browser."""

import pytest

from hibana_op.web.words import LANGUAGES, say
from tests.browser import NewContext
from tests.web.gallery import Gallery, Received
from tests.web.samples import CSRF


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [1280, 320])
async def test_P09_the_banner_is_in_sight_wherever_the_page_is_scrolled_and_ends_it_without_scripts(
    gallery: Gallery, new_context: NewContext, received: list[Received], language: str, width: int
) -> None:
    context = await new_context(language=language, width=width, javascript=False)
    page = await context.new_page()
    await page.set_viewport_size({"width": width, "height": 300})
    await page.goto(f"{gallery.url}/page/home-acting")
    await page.mouse.wheel(0, 2000)
    banner, button = page.get_by_role("status"), page.get_by_role("button", name=say(language, "acting.end"))

    for part in (banner, button):
        box = await part.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 300
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    await button.click()

    assert received == [Received("/idp/impersonation/end", [("csrf", CSRF)])]
