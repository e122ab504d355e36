"""A new organisation from its first day: three people come in three ways, one is made owner, one is shut out."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from tests.foundation.postman import office
from tests.journeys.relying_party import RelyingParty, running
from tests.journeys.tab import NewTab, Tab
from tests.journeys.test_federation import choose
from tests.journeys.test_passkeys import make_passkey, sign_out
from tests.journeys.two_providers import Pair, google_elsewhere
from tests.journeys.virtual_authenticator import Authenticator
from tests.server import HibanaProcess
from tests.visitor import register_person, rotation

SCOPE = "openid email tenant roles"
NAME = "みなと倉庫 Depot"
LOOKS = [("ja", 320), ("en-US", 1280)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    """The deployment, where anybody may make an account, and a second one in Google's place."""
    async with office() as postman:
        settings = {"HIBANA_SIGNUP": "open", "HIBANA_SMTP__URL": f"smtp://127.0.0.1:{postman.port}"}
        with google_elsewhere(tmp_path_factory, settings=settings) as both:
            yield both


@dataclass(frozen=True, slots=True)
class Depot:
    """A tenant, its app and a code to join it."""

    provider: HibanaProcess
    slug: str
    app: RelyingParty
    code: str

    def member(self, verb: str, email: str, *flags: str) -> None:
        """Run a `hibana membership` command."""
        self.provider.command("membership", verb, email, "--tenant", self.slug, *flags)

    def start(self) -> str:
        """Where its app sends people."""
        return self.app.start(scope=SCOPE)


@pytest.fixture(params=LOOKS, ids=["ja-320", "en-1280"])
def look(request: pytest.FixtureRequest) -> tuple[str, int]:
    """A language, and the width of a window."""
    chosen: tuple[str, int] = request.param
    return chosen


@pytest.fixture
def depot(pair: Pair, look: tuple[str, int]) -> Iterator[Depot]:
    """What an administrator makes by command, while the server runs."""
    here, slug = pair.here, f"depot-{look[1]}"
    here.command("tenant", "create", "--slug", slug, "--name", NAME)
    made = json.loads(here.command("join-code", "create", "--tenant", slug, "--max-uses", "3", "--json"))
    with running(here, "--tenant", slug) as app:
        yield Depot(here, slug, app, made["code"])


class Eyes:
    """Looks at each new page: what axe and a small window find, and a picture to keep."""

    def __init__(self, folder: Path, tab: Tab, who: str) -> None:
        self._folder = folder
        self._tab = tab
        self._who = who
        self.faults: list[str] = []

    async def look(self, name: str) -> None:
        """Look at the page that is shown now."""
        picture = self._folder / f"{self._who}-{name}-{self._tab.language}.png"
        await self._tab.page.screenshot(path=picture, full_page=True)
        self.faults += await self._tab.faults()


async def through_google(tab: Tab, depot: Depot, pair: Pair, email: str, eyes: Eyes) -> None:
    """Somebody new: an account by Google, a code because the app turned them away, and into the app."""
    page = tab.page
    register_person(pair.there, email, name="Kai Minato")
    await page.goto(depot.start())
    await choose(tab, "google")
    await tab.sign_in(email)
    await page.wait_for_selector("#join")
    assert await tab.title() == tab.say("organizations.outside_title")
    await eyes.look("outside")
    await page.click("a#join")
    await page.wait_for_selector("#join_code")
    await eyes.look("join")
    await page.fill("#join_code", "AAAA-AAAA")
    await page.click("button#continue")
    await page.wait_for_selector("[role=alert]")
    assert tab.say("refused.join_code_wrong") in await page.inner_text("[role=alert]")
    await eyes.look("wrong")
    await page.fill("#join_code", depot.code)
    await page.click("button#continue")
    await page.wait_for_selector("button[name=decision][value=join]")
    assert NAME in await tab.title()
    await eyes.look("preview")
    await tab.decide("join")
    await page.wait_for_selector("button[name=decision][value=allow]")
    await eyes.look("consent")
    await tab.decide("allow")
    assert await tab.told() == email


async def by_passkey(tab: Tab, depot: Depot, email: str, eyes: Eyes) -> None:
    """Somebody with a passkey opens the link that was printed on the wall, then the app."""
    page = tab.page
    register_person(depot.provider, email, name="Mei Passkey")
    await Authenticator.of(tab)
    await make_passkey(tab, depot.provider.issuer, email)
    await sign_out(tab, depot.provider.issuer)
    await page.goto(f"{depot.provider.issuer}/join?code={depot.code}")
    assert await page.input_value("#join_code") == depot.code
    await page.click("button#continue")
    # The passkey is offered in the field for the address, and this browser takes it at once.
    await page.wait_for_selector("button[name=decision][value=join]")
    await tab.decide("join")
    await page.wait_for_url("**/account/organizations?done=joined")
    assert NAME in await page.inner_text(".content ul.rows")
    await eyes.look("joined")
    await page.goto(depot.start())
    await tab.decide("allow")
    assert await tab.told() == email


async def by_password(tab: Tab, depot: Depot, email: str, eyes: Eyes) -> None:
    """Somebody who is signed in finds the way in their account, then opens the app."""
    page = tab.page
    register_person(depot.provider, email, name="Sora Password")
    await page.goto(f"{depot.provider.issuer}/")
    assert await page.locator("a#join").count() == 1
    await eyes.look("front")
    await page.click("a.button.primary")
    await tab.sign_in(email)
    await page.click("a[href$='/account']")
    await page.click("nav.sections a[href$='/account/organizations']")
    await page.wait_for_selector("#join_code")
    await eyes.look("none")
    await page.fill("#join_code", depot.code.replace("-", " ").lower())
    await page.click("button#continue")
    await page.wait_for_selector("button[name=decision][value=join]")
    await tab.decide("join")
    await page.wait_for_url("**/account/organizations?done=joined")
    await page.goto(depot.start())
    await tab.decide("allow")
    assert await tab.told() == email


async def userinfo(depot: Depot, token: str) -> httpx2.Response:
    async with httpx2.AsyncClient() as http:
        return await http.get(f"{depot.provider.issuer}/userinfo", headers={"Authorization": f"Bearer {token}"})


async def renewed(depot: Depot, tokens: dict[str, Any]) -> httpx2.Response:
    async with httpx2.AsyncClient(auth=depot.app.app.credentials) as http:
        return await http.post(f"{depot.provider.issuer}/token", data=rotation(tokens["refresh_token"]))


async def told_about(depot: Depot, token: str) -> tuple[str, str, list[str]]:
    """The tenant, its name, and the person's roles there, as the app is told."""
    told = (await userinfo(depot, token)).json()
    return told["tenant"], told["tenant_name"], told["roles"]


async def within_a_second(happened: Callable[[], Awaitable[bool]]) -> bool:
    """Whether something comes true before a second has passed."""
    give_up = time.monotonic() + 1
    while not await happened():
        if time.monotonic() > give_up:
            return False
        await asyncio.sleep(0.02)
    return True


async def comes_too_late(tab: Tab, depot: Depot, email: str) -> None:
    """Somebody for whom the code counts no more."""
    register_person(depot.provider, email)
    await tab.page.goto(f"{depot.provider.issuer}/join?code={depot.code}")
    await tab.page.click("button#continue")
    await tab.sign_in(email)
    await tab.page.wait_for_selector("[role=alert]")
    assert tab.say("refused.join_code_over") in await tab.page.inner_text("[role=alert]")


async def is_told_of_the_suspension(tab: Tab, depot: Depot, email: str, eyes: Eyes) -> None:
    """Whoever was suspended reads why, on the way to the app, in the account, and where they try the code again."""
    page = tab.page
    await page.goto(depot.start())
    await tab.sign_in(email)
    await page.wait_for_selector(".alert")
    assert await tab.title() == tab.say("organizations.shut_title")
    assert NAME in await page.inner_text(".alert")
    await eyes.look("suspended")
    await page.goto(f"{depot.provider.issuer}/account/organizations")
    assert tab.say("account.organizations.suspended") in await page.inner_text(".content")
    await eyes.look("suspended-account")
    await page.fill("#join_code", depot.code)
    await page.click("button#continue")
    await page.wait_for_selector("[role=alert]")
    assert tab.say("refused.member_suspended") in await page.inner_text("[role=alert]")


async def test_three_people_join_a_new_tenant_one_becomes_owner_and_one_is_out_within_a_second(
    pair: Pair, depot: Depot, new_tab: NewTab, look: tuple[str, int], tmp_path: Path
) -> None:
    language, width = look
    kai, mei, sora, late = (f"{name}-{width}@example.com" for name in ("kai", "mei", "sora", "late"))
    tabs = [await new_tab(language=language, width=width) for _ in range(4)]
    eyes = [Eyes(tmp_path, tab, who) for tab, who in zip(tabs, ("google", "passkey", "password", "late"), strict=True)]

    await through_google(tabs[0], depot, pair, kai, eyes[0])
    first = depot.app.tokens
    await by_passkey(tabs[1], depot, mei, eyes[1])
    second = depot.app.tokens
    await by_password(tabs[2], depot, sora, eyes[2])
    third = depot.app.tokens
    for tokens in (first, second, third):
        assert await told_about(depot, tokens["access_token"]) == (depot.slug, NAME, ["user"])
    await comes_too_late(tabs[3], depot, late)
    await eyes[3].look("over")

    depot.member("update", mei, "--role", "owner")
    answer = await renewed(depot, second)
    assert answer.status_code == 200, answer.text
    assert "tenant_owner" in (await told_about(depot, answer.json()["access_token"]))[2]

    depot.member("suspend", sora)

    async def is_out() -> bool:
        return (await userinfo(depot, third["access_token"])).status_code == 401

    assert await within_a_second(is_out)
    refused = await renewed(depot, third)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert (await userinfo(depot, first["access_token"])).status_code == 200, "the others stay"
    await is_told_of_the_suspension(tabs[2], depot, sora, eyes[2])

    depot.provider.command("tenant", "suspend", depot.slug)

    async def is_closed() -> bool:
        await tabs[0].page.goto(depot.start())
        return await tabs[0].title() == tabs[0].say("refused_title.app_closed")

    assert await within_a_second(is_closed)
    assert tabs[0].say("refused_advice.app_closed") in await tabs[0].page.inner_text("main")
    await eyes[0].look("closed")
    assert [fault for each in eyes for fault in each.faults] == []
