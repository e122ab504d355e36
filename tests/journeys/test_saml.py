"""Signing in with a provider of SAML, pysaml2 as it is run elsewhere: linked, used, and somebody new, in a browser."""

import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.journeys.relying_party import RelyingParty
from tests.journeys.relying_party import running as running_app
from tests.journeys.tab import NewTab, Tab
from tests.saml_idp_server import CERTIFICATE, KEY, OF_THE_SERVICE, running
from tests.saml_provider import a_key
from tests.server import HibanaProcess
from tests.visitor import ALICE, register_person


@dataclass(frozen=True, slots=True)
class Pair:
    """Hibana, and the provider it sends people to."""

    here: HibanaProcess
    there: str


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Each knows the other from its metadata."""
    folder = tmp_path_factory.mktemp("saml")
    key, certificate = a_key()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    (folder / KEY).write_bytes(private)
    (folder / CERTIFICATE).write_text(certificate)
    here = HibanaProcess(folder, database_url=f"sqlite:///{folder / 'hibana.db'}")
    try:
        with running(folder) as there:
            here.start()
            register_person(here, ALICE)
            _download(f"{there}/metadata", folder / "idp.xml")
            here.command(
                *("provider", "create", "--type", "saml", "--slug", "acme", "--name", "ACME"),
                *("--metadata-file", str(folder / "idp.xml")),
                *("--domain", "acme.example", "--trust-email", "--create-people"),
            )
            _download(f"{here.issuer}/federation/acme/metadata", folder / OF_THE_SERVICE)
            yield Pair(here, there)
    finally:
        here.close()


def _download(address: str, file: Path) -> None:
    with urllib.request.urlopen(address) as answer:  # noqa: S310 -- our own, on loopback
        file.write_bytes(answer.read())


@pytest.fixture
def app(pair: Pair) -> Iterator[RelyingParty]:
    """An app of the provider here."""
    with running_app(pair.here) as started:
        yield started


async def enter(tab: Tab, pair: Pair, username: str) -> None:
    """Say who one is at the provider, whose form then leads back."""
    assert tab.page.url.startswith(f"{pair.there}/sso")
    await tab.page.fill("input[name=username]", username)
    await tab.page.click("button")


@pytest.mark.parametrize("language", ["en-US", "ja"])
async def test_a_person_links_an_account_at_work_and_signs_in_with_it(
    pair: Pair, app: RelyingParty, new_tab: NewTab, language: str
) -> None:
    username = {"en-US": "alice", "ja": "アリス"}[language]
    tab = await new_tab(language=language, width={"en-US": 1280, "ja": 320}[language])
    await tab.page.goto(f"{pair.here.issuer}/login?return=/account/linked")
    await tab.sign_in()
    await tab.page.click("button[name=provider][value=acme]")
    await enter(tab, pair, username)
    await tab.page.wait_for_url(f"{pair.here.issuer}/account/linked?done=*")
    assert tab.say("account.done.identity_linked") in await tab.page.inner_text("main")
    faults = await tab.faults()

    await tab.page.goto(f"{pair.here.issuer}/logout")
    await tab.decide("logout")
    await tab.page.goto(app.start())
    await tab.page.click("button[name=provider][value=acme]")
    await enter(tab, pair, username)
    await tab.page.wait_for_selector("#told, button[name=decision]")
    if await tab.page.query_selector("#told") is None:
        await tab.decide("allow")
    assert await tab.told() == ALICE
    assert faults == []
    assert tab.complaints == []


async def test_somebody_new_comes_by_the_domain_of_their_address(
    pair: Pair, app: RelyingParty, new_tab: NewTab
) -> None:
    tab = await new_tab()
    await tab.page.goto(app.start())
    await tab.page.fill("#username", "new@acme.example")
    await tab.page.click("#continue")
    request = tab.page.url
    await enter(tab, pair, "new")
    await tab.page.wait_for_selector("#told, button[name=decision]")
    if await tab.page.query_selector("#told") is None:
        await tab.decide("allow")
    assert await tab.told() == "new@acme.example"

    await tab.page.goto(request)  # once more: the answer belongs to nobody who waits
    await enter(tab, pair, "new")
    assert await tab.title() == tab.say("refused_title.federation_expired")


@pytest.mark.parametrize("language", ["en-US", "ja"])
async def test_whoever_the_provider_fails_signs_in_another_way(
    pair: Pair, app: RelyingParty, new_tab: NewTab, tmp_path: Path, language: str
) -> None:
    tab = await new_tab(language=language, width={"en-US": 1280, "ja": 320}[language])
    await tab.page.goto(app.start())
    await tab.page.fill("#username", "staff@acme.example")
    await tab.page.click("#continue")
    state = parse_qs(urlsplit(tab.page.url).query)["RelayState"][0]
    assert tab.complaints == []
    await tab.page.goto(f"{pair.here.issuer}/federation/acme/callback?state={state}")  # and no response came
    assert await tab.title() == tab.say("refused_title.federation_failed")
    assert ["502" in each for each in tab.complaints] == [True], "Chromium tells of the page's status"
    tab.complaints.clear()
    await tab.page.screenshot(path=tmp_path / f"failed-{language}.png", full_page=True)
    faults = await tab.faults()
    assert await tab.page.inner_text("main a.button.secondary") == tab.say("error.other_way")
    await tab.page.click("main a.button.secondary")
    await tab.page.click("#continue")
    await tab.page.wait_for_selector("#password")
    assert faults == []
