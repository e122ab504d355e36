"""Signing in with the password of a directory, slapd as it is run elsewhere: linked, used, and somebody new."""

from collections.abc import Iterator

import pytest

from tests.journeys.relying_party import RelyingParty
from tests.journeys.relying_party import running as running_app
from tests.journeys.tab import NewTab, Tab
from tests.server import HibanaProcess
from tests.slapd import BASE, DIRECTORY_PASSWORD, HOST, SERVICE_DN, SERVICE_PASSWORD, Slapd
from tests.visitor import ALICE, register_person


@pytest.fixture(scope="module")
def here(slapd: Slapd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HibanaProcess]:
    """Hibana, which asks the directory."""
    folder = tmp_path_factory.mktemp("directory")
    way_out = {"HIBANA_OUTBOUND_ALLOW": HOST, "HIBANA_OUTBOUND_CA_FILE": str(slapd.authority.file)}
    server = HibanaProcess(folder, database_url=f"sqlite:///{folder / 'hibana.db'}", settings=way_out)
    try:
        server.start()
        register_person(server, ALICE)
        server.command(
            *("provider", "create", "--type", "ldap", "--slug", "corp", "--name", "Corp", "--client-secret-stdin"),
            *("--url", slapd.url, "--base", BASE, "--bind-dn", SERVICE_DN, "--domain", "corp.example", "--trust-email"),
            "--create-people",
            stdin=f"{SERVICE_PASSWORD}\n",
        )
        yield server
    finally:
        server.close()


@pytest.fixture
def app(here: HibanaProcess) -> Iterator[RelyingParty]:
    """An app of the provider here."""
    with running_app(here) as started:
        yield started


async def enter(tab: Tab, password: str = DIRECTORY_PASSWORD, *, username: str | None = None) -> None:
    """Fill in the form of the directory."""
    await tab.page.wait_for_selector("#password")
    if username is not None:
        await tab.page.fill("#username", username)
    await tab.page.fill("#password", password)
    await tab.page.click("#continue")


async def arrive(tab: Tab) -> str:
    """What the app says, once the person has allowed it to know."""
    await tab.page.wait_for_selector("#told, button[name=decision]")
    if await tab.page.query_selector("#told") is None:
        await tab.decide("allow")
    return await tab.told()


@pytest.mark.parametrize("language", ["en-US", "ja"])
async def test_a_person_links_their_entry_and_signs_in_with_its_password(
    here: HibanaProcess, app: RelyingParty, slapd: Slapd, new_tab: NewTab, language: str
) -> None:
    username = {"en-US": "alice.work", "ja": "アリス"}[language]
    slapd.add(username)
    tab = await new_tab(language=language, width={"en-US": 1280, "ja": 320}[language])
    await tab.page.goto(f"{here.issuer}/login?return=/account/linked")
    await tab.sign_in()
    await tab.page.click("button[name=provider][value=corp]")
    await tab.page.wait_for_url(f"{here.issuer}/account/linked/corp")
    faults = await tab.faults()
    await enter(tab, "wrong", username=username)
    await tab.page.wait_for_selector(".alert.bad")
    assert tab.say("refused.wrong_credentials") in await tab.page.inner_text("main")
    faults += await tab.faults()
    await enter(tab)
    await tab.page.wait_for_url(f"{here.issuer}/account/linked?done=*")
    assert tab.say("account.done.identity_linked") in await tab.page.inner_text("main")

    await tab.page.goto(f"{here.issuer}/logout")
    await tab.decide("logout")
    await tab.page.goto(app.start())
    await tab.page.click("button[name=provider][value=corp]")
    await tab.page.wait_for_selector("#password")
    faults += await tab.faults()
    await enter(tab, username=username)
    assert await arrive(tab) == ALICE
    assert faults == []
    assert tab.complaints == []


@pytest.mark.parametrize("javascript", [True, False], ids=["with-scripts", "without-scripts"])
async def test_somebody_new_comes_by_the_domain_of_their_address(
    app: RelyingParty, slapd: Slapd, new_tab: NewTab, javascript: bool
) -> None:
    name = f"new-{javascript}".lower()
    slapd.add(name, mail=f"{name}@corp.example")
    tab = await new_tab(javascript=javascript)
    await tab.page.goto(app.start())
    await tab.page.fill("#username", f"{name}@corp.example")
    await tab.page.click("#continue")
    await tab.page.wait_for_selector("#password")
    assert await tab.page.input_value("#username") == f"{name}@corp.example"
    await enter(tab, "wrong")
    await tab.page.wait_for_selector(".alert.bad")
    await enter(tab)
    assert await arrive(tab) == f"{name}@corp.example"
