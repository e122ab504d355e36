"""Passkeys as people use them, in a real browser with an authenticator of its own: by button and by autofill."""

from typing import Any

import pytest

from hibana_op.foundation.ids import uuid7
from tests.journeys.relying_party import RelyingParty
from tests.journeys.tab import NewTab, Tab
from tests.server import HibanaProcess
from tests.visitor import register_person


class Authenticator:
    """The virtual authenticator of a tab, spoken to over the Chrome DevTools Protocol."""

    def __init__(self, session: Any, id: str) -> None:
        self._session = session
        self._id = id

    @classmethod
    async def of(cls, tab: Tab, **options: Any) -> "Authenticator":
        """A platform authenticator that answers at once, unless `options` say otherwise."""
        session = await tab.page.context.new_cdp_session(tab.page)
        await session.send("WebAuthn.enable")
        usual = {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
            "defaultBackupEligibility": True,
            "defaultBackupState": True,
        }
        added = await session.send("WebAuthn.addVirtualAuthenticator", {"options": {**usual, **options}})
        return cls(session, added["authenticatorId"])

    async def send(self, command: str, **parameters: Any) -> Any:
        """One command about this authenticator."""
        return await self._session.send(f"WebAuthn.{command}", {"authenticatorId": self._id, **parameters})

    async def credentials(self) -> list[dict[str, Any]]:
        """What it keeps."""
        found: list[dict[str, Any]] = (await self.send("getCredentials"))["credentials"]
        return found

    async def is_present(self, present: bool) -> None:
        """Whether somebody touches it whenever it asks."""
        await self.send("setAutomaticPresenceSimulation", enabled=present)


@pytest.fixture
def somebody(provider: HibanaProcess) -> str:
    """The address of a person whom no other test has to do with."""
    email = f"{uuid7()}@example.com"
    register_person(provider, email)
    return email


async def make_passkey(tab: Tab, issuer: str, email: str) -> None:
    """Sign in with a password, and add a passkey in the account."""
    await tab.page.goto(f"{issuer}/login?return=/account/security")
    await tab.sign_in(email)
    await tab.page.click("#create-passkey")
    await tab.page.wait_for_url("**/account/passkeys/*")


async def sign_out(tab: Tab, issuer: str) -> None:
    await tab.page.goto(f"{issuer}/logout")
    await tab.decide("logout")
    await tab.page.wait_for_load_state()


@pytest.mark.parametrize("language", ["en-US", "ja"])
@pytest.mark.parametrize("width", [1280, 320])
async def test_a_passkey_is_added_named_used_and_removed(
    party: RelyingParty, new_tab: NewTab, somebody: str, language: str, width: int
) -> None:
    tab = await new_tab(language=language, width=width)
    authenticator = await Authenticator.of(tab)
    faults = []
    await make_passkey(tab, party.issuer, somebody)
    assert tab.say("account.done.passkey_added") in await tab.page.inner_text("main")
    faults += await tab.faults()
    await tab.page.fill("#name", "My phone")
    await tab.page.click("#continue")
    await tab.page.wait_for_url("**/account/security?done=passkey_renamed")
    assert "My phone" in await tab.page.inner_text("main")
    faults += await tab.faults()
    await sign_out(tab, party.issuer)

    await authenticator.is_present(False)
    await tab.page.goto(party.start())
    await tab.page.wait_for_selector("#passkey")
    faults += await tab.faults()
    await authenticator.is_present(True)
    await tab.page.click("#passkey")
    await tab.page.wait_for_selector("button[value=allow]")
    await tab.decide("allow")
    assert await tab.told() == somebody

    await tab.page.goto(f"{party.issuer}/account/security")
    await tab.page.click("text=My phone >> xpath=ancestor::li >> a")
    await tab.decide("remove")
    await tab.page.wait_for_url("**/account/security?done=passkey_removed")
    await tab.page.wait_for_function("document.querySelector('#create-passkey')?.checkVisibility()")
    # The page told the browser which passkeys count: none.
    assert await authenticator.credentials() == []
    assert faults == []


async def test_the_field_for_the_name_signs_in_by_itself(party: RelyingParty, new_tab: NewTab, somebody: str) -> None:
    tab = await new_tab()
    await Authenticator.of(tab)
    await make_passkey(tab, party.issuer, somebody)
    await sign_out(tab, party.issuer)

    await tab.page.goto(party.start())
    await tab.page.wait_for_selector("button[value=allow]")

    assert await tab.page.inner_text(".chip bdi") == somebody


async def test_after_a_password_a_passkey_is_offered_and_made(
    party: RelyingParty, new_tab: NewTab, somebody: str
) -> None:
    tab = await new_tab(language="ja", width=320)
    authenticator = await Authenticator.of(tab)
    await tab.page.goto(party.start())
    await tab.sign_in(somebody)
    await tab.page.wait_for_url("**/login/passkey-offer?*")
    assert await tab.title() == tab.say("passkeys.offer_title")
    assert await tab.faults() == []

    await tab.page.click("#create-passkey")
    await tab.page.wait_for_selector("button[value=allow]")
    await tab.decide("allow")

    assert await tab.told() == somebody
    assert len(await authenticator.credentials()) == 1


async def test_the_offer_can_be_put_off_or_declined_for_good(
    party: RelyingParty, new_tab: NewTab, somebody: str
) -> None:
    tab = await new_tab()
    await Authenticator.of(tab)
    for button in ("#later", "#never"):
        await tab.page.goto(party.start(prompt="login"))
        await tab.sign_in(somebody)
        await tab.page.wait_for_url("**/login/passkey-offer?*")
        await tab.page.click(button)
        await tab.page.wait_for_url("**/consent?*")
    await tab.page.goto(party.start(prompt="login"))
    await tab.sign_in(somebody)
    await tab.page.wait_for_url("**/consent?*")


async def test_without_a_passkey_the_page_says_so_and_the_password_still_works(
    party: RelyingParty, new_tab: NewTab, somebody: str
) -> None:
    tab = await new_tab(language="ja")
    await Authenticator.of(tab)
    await tab.page.goto(party.start())
    await tab.page.click("#passkey")
    told = tab.page.locator(".passkeys [role=status]")
    await told.filter(has_text=tab.say("passkeys.cancelled")).wait_for()

    assert await tab.page.get_attribute("#passkey", "aria-busy") is None
    assert await tab.page.locator("[role=alert]").count() == 0
    await tab.sign_in(somebody)
    await tab.page.click("#later")
    await tab.page.wait_for_selector("button[value=allow]")


async def test_a_passkey_that_was_removed_elsewhere_is_forgotten_by_the_browser(
    party: RelyingParty, provider: HibanaProcess, new_tab: NewTab, somebody: str
) -> None:
    tab, elsewhere = await new_tab(), await new_tab()
    authenticator, other = await Authenticator.of(tab), await Authenticator.of(elsewhere)
    await make_passkey(tab, party.issuer, somebody)
    (credential,) = await authenticator.credentials()
    await other.is_present(False)
    await other.send("addCredential", credential=credential)
    await tab.decide("remove")
    await tab.page.wait_for_url("**/account/security?done=passkey_removed")

    await elsewhere.page.goto(party.start())
    await elsewhere.page.wait_for_selector("#passkey")
    await other.is_present(True)
    await elsewhere.page.click("#passkey")
    await elsewhere.page.wait_for_selector(".passkeys [role=alert]")

    assert elsewhere.say("refused.passkey_unknown") in await elsewhere.page.inner_text(".passkeys [role=alert]")
    await elsewhere.page.wait_for_function("!document.querySelector('#passkey').ariaBusy")
    assert await other.credentials() == []
    assert await elsewhere.faults() == []


async def test_a_second_passkey_on_the_same_authenticator_is_refused_in_words(
    party: RelyingParty, new_tab: NewTab, somebody: str
) -> None:
    tab = await new_tab()
    await Authenticator.of(tab)
    await make_passkey(tab, party.issuer, somebody)
    await tab.page.goto(f"{party.issuer}/account/security")

    await tab.page.click("#create-passkey")
    await tab.page.wait_for_selector(".passkeys [role=alert]")

    assert await tab.page.inner_text(".passkeys [role=alert]") == tab.say("passkeys.taken")


async def test_a_security_key_is_called_one(party: RelyingParty, new_tab: NewTab, somebody: str) -> None:
    tab = await new_tab()
    await Authenticator.of(tab, transport="usb", defaultBackupEligibility=False, defaultBackupState=False)
    await make_passkey(tab, party.issuer, somebody)

    assert tab.say("passkeys.security_key") in await tab.page.inner_text("main")


async def test_step_up_with_a_passkey(party: RelyingParty, new_tab: NewTab, somebody: str) -> None:
    tab = await new_tab()
    authenticator = await Authenticator.of(tab)
    await make_passkey(tab, party.issuer, somebody)
    await sign_out(tab, party.issuer)
    await authenticator.is_present(False)
    await tab.page.goto(party.start())
    await tab.sign_in(somebody)
    await tab.decide("allow")
    await tab.page.goto(party.start(acr_values="phr"))
    await authenticator.is_present(True)
    await tab.page.click("#passkey")

    await tab.page.wait_for_selector("#told")
    assert await tab.told() == somebody


@pytest.mark.parametrize("language", ["en-US", "ja"])
async def test_without_scripts_nothing_of_passkeys_stands_in_the_way(
    party: RelyingParty, new_tab: NewTab, somebody: str, language: str
) -> None:
    tab = await new_tab(language=language, javascript=False, width=320)
    await tab.page.goto(party.start())
    assert not await tab.page.is_visible("#passkey")
    await tab.sign_in(somebody)
    await tab.page.wait_for_selector("button[value=allow]")
    await tab.page.goto(f"{party.issuer}/account/security")
    assert tab.say("passkeys.no_script") in await tab.page.inner_text("main")
    assert not await tab.page.is_visible("#create-passkey")
