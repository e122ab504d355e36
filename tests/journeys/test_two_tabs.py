"""Two tabs of one browser, each on its way in: the second goes on with what the first has done."""

from tests.browser import NewContext
from tests.journeys.relying_party import RelyingParty
from tests.journeys.tab import Tab
from tests.make import PASSWORD
from tests.server import HibanaProcess
from tests.visitor import ALICE


async def test_two_tabs_that_sign_in_at_once_both_arrive(
    provider: HibanaProcess, party: RelyingParty, new_context: NewContext
) -> None:
    context = await new_context()
    first, second = [Tab(await context.new_page(), "en") for _ in range(2)]
    await first.page.goto(f"{provider.issuer}/login?return=/account/security")
    await second.page.goto(party.start())
    for tab in (first, second):
        await tab.name()
        await tab.page.fill("#password", PASSWORD)

    for tab in (first, second):
        async with tab.page.expect_navigation():
            await tab.page.click("#continue")

    assert await second.title() == second.say("consent.title", app="Shop Console")
    await second.decide("allow")
    assert await second.told() == ALICE
    assert first.complaints == second.complaints == []
