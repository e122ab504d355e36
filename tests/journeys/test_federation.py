"""Signing in with another provider, a second Hibana: linked, used, refused and unlinked in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.relying_party import RelyingParty, running
from tests.journeys.tab import NewTab, Tab
from tests.journeys.two_providers import Pair, google_elsewhere
from tests.visitor import ALICE, register_app, register_person

STAFF = "staff@acme.example"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two servers; the other one stands in Google's place, and is a company's own under another name."""
    with google_elsewhere(tmp_path_factory, first_party=False) as both:
        here, there = both.here, both.there
        register_person(there, ALICE)
        register_person(there, STAFF, name="Staff Member")
        register_person(here, ALICE)
        acme = register_app(there, redirect_uri=f"{here.issuer}/federation/acme/callback")
        here.command(
            *("provider", "create", "--slug", "acme", "--name", "ACME", "--issuer", there.issuer),
            *("--client-id", acme.client_id, "--client-secret-stdin", "--domain", "acme.example", "--create-people"),
            stdin=f"{acme.secret}\n",
        )
        yield both


@pytest.fixture
def app(pair: Pair) -> Iterator[RelyingParty]:
    """An app of the provider here."""
    with running(pair.here) as started:
        yield started


async def choose(tab: Tab, slug: str) -> None:
    """Press a provider's button."""
    await tab.page.click(f"button[name=provider][value={slug}]")


async def look(tab: Tab, shots: Path, name: str) -> list[str]:
    """What is wrong with a page; it is kept as a picture too."""
    await tab.page.screenshot(path=shots / f"{name}-{tab.language}.png", full_page=True)
    return await tab.faults()


@pytest.mark.parametrize("language", ["en-US", "ja"])
async def test_a_person_links_google_signs_in_with_it_and_unlinks_it(
    pair: Pair, app: RelyingParty, new_tab: NewTab, tmp_path: Path, language: str
) -> None:
    tab = await new_tab(language=language, width={"en-US": 1280, "ja": 320}[language])
    await tab.page.goto(f"{pair.here.issuer}/login?return=/account/linked")
    faults = await look(tab, tmp_path, "login")
    await tab.sign_in()
    assert await tab.title() == tab.say("linked.title")
    faults += await look(tab, tmp_path, "none linked")
    await choose(tab, "google")
    assert tab.page.url.startswith(f"{pair.there.issuer}/login")
    await tab.sign_in()
    if tab.page.url.startswith(f"{pair.there.issuer}/consent"):
        await tab.decide("allow")
    assert tab.say("account.done.identity_linked") in await tab.page.inner_text("main")
    assert ALICE in await tab.page.inner_text("ul.rows")
    faults += await look(tab, tmp_path, "linked")

    await tab.page.goto(f"{pair.here.issuer}/logout")
    await tab.decide("logout")
    await tab.page.goto(app.start())
    faults += await look(tab, tmp_path, "login to app")
    await choose(tab, "google")
    # Signed in there already: the form's redirects lead out, back, and on without another page.
    await tab.page.wait_for_url(f"{pair.here.issuer}/consent*")
    await tab.decide("allow")
    assert await tab.told() == ALICE
    await tab.page.goto(f"{pair.here.issuer}/logout")
    await tab.decide("logout")
    await tab.page.goto(app.start())
    await choose(tab, "google")
    assert await tab.told() == ALICE

    await tab.page.goto(f"{pair.here.issuer}/account/linked")
    await tab.page.click("button[name=unlink]")
    assert tab.say("account.done.identity_unlinked") in await tab.page.inner_text("main")
    await tab.page.goto(f"{pair.here.issuer}/logout")
    await tab.decide("logout")
    await tab.page.goto(app.start())
    await choose(tab, "google")
    assert await tab.title() == tab.say("refused_title.federation_account_exists")
    faults += await look(tab, tmp_path, "refused")
    await tab.page.click("main a.button.secondary")
    assert await tab.title() == tab.say("login.title"), "there is a way on"
    assert faults == []


@pytest.mark.parametrize("language", ["en-US", "ja"])
async def test_an_address_of_a_company_leads_to_its_provider_and_to_an_account_without_scripts(
    pair: Pair, app: RelyingParty, new_tab: NewTab, language: str
) -> None:
    tab = await new_tab(language=language, javascript=False, width=320, dark=True)
    await tab.page.goto(app.start())
    await tab.page.fill("#username", STAFF)
    await tab.page.click("#continue")
    assert tab.page.url.startswith(f"{pair.there.issuer}/login")
    assert await tab.page.input_value("#username") == STAFF, "it was told who comes"
    await tab.sign_in(STAFF)
    await tab.decide("allow")
    assert await tab.told() == STAFF


async def test_who_declines_there_is_told_what_to_do(pair: Pair, app: RelyingParty, new_tab: NewTab) -> None:
    tab = await new_tab()
    pair.there.command(
        "user", "create", "--email", "new@acme.example", "--password-stdin", stdin="correct horse battery\n"
    )
    await tab.page.goto(app.start())
    await choose(tab, "google")
    await tab.sign_in("new@acme.example")
    await tab.decide("deny")
    assert await tab.title() == tab.say("refused_title.federation_declined", provider="Google")
    await tab.page.click("main a.button.secondary")
    assert await tab.title() == tab.say("login.title")
