"""The pages of an organisation in its own look, as a careful visitor meets them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.branding import png
from tests.journeys.tab import NewTab
from tests.server import HibanaProcess
from tests.visitor import asking, register_app, register_person

HARD_TO_READ = "#fde047"  # white words on it would have a contrast of 1.3
SHEET = """
:root { --bg: light-dark(#fdf4ff, #1a0b2e); --line: light-dark(#e9d5ff, #3b0764); }
.card { border-radius: 4px; box-shadow: 0 4px 20px rgb(0 0 0 / 0.1); }
.button { border-radius: 999px; letter-spacing: 0.05em; }
h1 { font-size: 1.75rem; }
"""
LOOKS = [("ja", 320, True), ("ja", 1280, False), ("en-US", 320, False), ("en-US", 1280, True)]


@pytest.fixture(scope="module")
def dressed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HibanaProcess]:
    """A deployment with a tenant that has chosen everything there is to choose."""
    folder = tmp_path_factory.mktemp("branding")
    server = HibanaProcess(folder, database_url=f"sqlite:///{folder / 'hibana.db'}", mode="dev")
    try:
        server.start()
        server.command("tenant", "create", "--slug", "aoba", "--name", "Aoba")
        server.command("branding", "set", "--tenant", "aoba", *choices(folder))
        yield server
    finally:
        server.close()


def choices(folder: Path) -> list[str]:
    """Every option, with files beside the database."""
    contents: dict[str, bytes] = {
        "logo": png(180, 60),
        "logo-dark": png(180, 60, colour=(253, 224, 71)),
        "favicon": png(32, 32),
        "background": png(64, 64, colour=(253, 164, 175)),
        "stylesheet": SHEET.encode(),
        "header": '<p>青葉 <strong>社員ポータル</strong> <a href="https://status.example/">Status</a></p>'.encode(),
        "footer": b"<p>Questions?</p><ul><li>Call 03-0000-0000</li><li>Ask the desk</li></ul>",
    }
    options = ["--name", "青葉", "--primary-color", HARD_TO_READ, "--font-family", "Georgia"]
    for each in ("terms", "privacy", "help"):
        options += [f"--{each}-url", f"https://aoba.example/{each}"]
    for name, content in contents.items():
        file = folder / name
        file.write_bytes(content)
        options += [f"--{name}", str(file)]
    return options


@pytest.mark.parametrize(("language", "width", "dark"), LOOKS)
async def test_every_step_of_a_sign_in_is_readable_in_the_tenants_look(
    dressed: HibanaProcess, new_tab: NewTab, *, language: str, width: int, dark: bool
) -> None:
    email = f"mio-{language}-{width}@example.com".lower()
    register_person(dressed, email)
    app = register_app(dressed, first_party=False)
    tab = await new_tab(language=language, width=width, dark=dark)
    page = tab.page

    await page.goto(f"{dressed.issuer}{asking(app, tenant='aoba')}")
    for step in ("#username", "#password"):
        await page.wait_for_selector(step)
        assert await tab.faults() == []
        assert (await page.title()).endswith("– 青葉")
        assert await page.inner_text(".brand-header strong") == "社員ポータル"
        shown = page.locator("img.logo")
        assert await shown.evaluate("logo => logo.complete && logo.naturalWidth") == 180
        await page.emulate_media(color_scheme="dark" if dark else "light")
        await page.fill(step, email if step == "#username" else "not the password, but long")
        await page.click("#continue")
    await page.wait_for_selector("[role=alert]")
    assert await tab.faults() == []
    colours = await page.locator("#continue").evaluate(
        "b => [getComputedStyle(b).backgroundColor, getComputedStyle(b).color]"
    )
    assert colours == ["rgb(253, 224, 71)", "rgb(11, 18, 32)"]
    assert tab.complaints == []


PARTS = "body, main, .card, header, h1, footer, .chip, .field, .field input, .button, .brand-header, .brand-footer"
LOUD = f"""
body, header, h1, footer, .chip, .field, .field input {{ padding: 64px 16px; }}
.card, .button {{ padding: 64px 40px; }}
{PARTS} {{ font-size: 40px; line-height: 2; letter-spacing: 0.2em; border-width: 8px; border-style: solid; }}
{PARTS.replace(".field input, ", "")} {{ text-transform: uppercase; }}
"""


@pytest.fixture(scope="module")
def loud(dressed: HibanaProcess, tmp_path_factory: pytest.TempPathFactory) -> HibanaProcess:
    """The same, with a tenant that went as far as it can."""
    folder = tmp_path_factory.mktemp("loud")
    sheet, words = folder / "loud.css", folder / "loud.html"
    sheet.write_text(LOUD)
    words.write_text("<p>" + "loud " * 800 + "</p>")
    dressed.command("tenant", "create", "--slug", "loud", "--name", "Loud")
    files = ["--stylesheet", str(sheet), "--header", str(words), "--footer", str(words)]
    dressed.command("branding", "set", "--tenant", "loud", *files)
    return dressed


@pytest.mark.parametrize("width", [320, 1280])
async def test_R03_however_loud_a_look_is_the_app_is_named_in_sight(
    loud: HibanaProcess, new_tab: NewTab, width: int
) -> None:
    app = register_app(loud)
    tab = await new_tab(width=width)
    page = tab.page
    await page.goto(f"{loud.issuer}{asking(app, tenant='loud')}")
    named = page.locator("main bdi", has_text="Shop Console").first
    assert await page.locator("main").evaluate("main => main.getBoundingClientRect().top < innerHeight")
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    await named.scroll_into_view_if_needed()
    assert await named.evaluate(
        """name => {
            const [first] = name.getClientRects();
            const there = document.elementFromPoint(first.left + first.width / 2, first.top + first.height / 2);
            return first.left >= 0 && first.right <= innerWidth && there === name;
        }"""
    )
    assert await named.evaluate("name => getComputedStyle(name).textTransform") == "none"
    await page.fill("#username", "somebody@example.com")
    await page.click("#continue")
    inside = await page.locator("#password").evaluate("field => getComputedStyle(field).paddingInlineEnd")
    assert inside == "52px"  # what is typed does not run below the button that shows it
    assert tab.complaints == []


async def test_the_picture_behind_the_card_is_for_windows_wider_than_a_phone(
    dressed: HibanaProcess, new_tab: NewTab
) -> None:
    for width, behind in ((1280, True), (320, False)):
        tab = await new_tab(width=width)
        await tab.page.goto(f"{dressed.issuer}/login?tenant=aoba")
        shown = await tab.page.locator("body").evaluate("body => getComputedStyle(body).backgroundImage")
        assert ("/branding/aoba/" in shown) is behind
        assert tab.complaints == []
