"""A person looks after the agents that act for them, in a real browser."""

import pytest

from tests.journeys.tab import NewTab
from tests.journeys.test_account import enter, newcomer
from tests.server import HibanaProcess


@pytest.mark.parametrize(
    ("language", "width", "dark"), [("ja-JP", 320, False), ("en-US", 1280, True)], ids=["ja-320", "en-1280-dark"]
)
async def test_an_agent_is_suspended_and_resumed(
    provider: HibanaProcess, new_tab: NewTab, language: str, width: int, *, dark: bool
) -> None:
    name = f"parent-{language}-{width}".lower()
    email = newcomer(provider, name)
    for kind in ("agent", "service"):
        provider.command(
            *("user", "create", "--email", f"{kind}-of-{name}@example.com", "--name", f"Travel {kind}"),
            *("--kind", kind, "--parent", email),
        )
    tab = await new_tab(language=language, width=width, dark=dark)
    await enter(tab, provider, email, "/account/sessions")
    faults = await tab.faults()
    await tab.page.click("a[href$='/account/agents']")
    faults += await tab.faults()
    for act, done in (("suspend", "agent_suspended"), ("resume", "agent_resumed")):
        await tab.page.locator(f"button[name={act}]").first.click()
        assert tab.say(f"account.done.{done}") in await tab.page.inner_text("[role=status]")
        faults += await tab.faults()
    assert await tab.page.locator("button[name=suspend]").count() == 2
    assert faults == []
