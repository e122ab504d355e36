"""Passkeys as people use them, in a real browser with an authenticator of its own: by button and by autofill."""

import pyotp
import pytest

from hibana_op.foundation.ids import uuid7
from tests.journeys.relying_party import RelyingParty
from tests.journeys.tab import NewTab, Tab
from tests.journeys.virtual_authenticator import Authenticator
from tests.server import HibanaProcess
from tests.visitor import register_person

# No password manager is there to do it: what it does is put in its place, the ceremony itself is the browser's.
CREATES_BY_ITSELF = """
const create = CredentialsContainer.prototype.create;
PublicKeyCredential.getClientCapabilities = async () => ({ conditionalCreate: true });
CredentialsContainer.prototype.create = function ({ mediation, ...asked }) {
  if (mediation) document.documentElement.dataset.unasked = mediation;
  if (mediation && !IS_MADE) return Promise.reject(new DOMException("no", "NotAllowedError"));
  return create.call(this, asked);
};
"""


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
    await tab.page.wait_for_selector("#create-passkey")
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


@pytest.mark.parametrize("made", [True, False], ids=["made", "not made"])
async def test_after_a_password_the_browser_may_make_one_by_itself(
    party: RelyingParty, new_tab: NewTab, somebody: str, made: bool
) -> None:
    tab = await new_tab()
    authenticator = await Authenticator.of(tab)
    await tab.page.add_init_script(CREATES_BY_ITSELF.replace("IS_MADE", str(made).lower()))
    await tab.page.goto(party.start())
    await tab.sign_in(somebody)
    if not made:
        await tab.page.wait_for_url("**/login/passkey-offer?*")
        await tab.page.wait_for_selector("html[data-unasked=conditional]")
        assert await tab.page.locator("[role=alert]").count() == 0
        assert await tab.page.inner_text(".passkeys [role=status]") == ""
        await tab.page.click("#create-passkey")
    await tab.page.wait_for_selector("button[value=allow]")

    assert len(await authenticator.credentials()) == 1
    await tab.page.goto(f"{party.issuer}/account/security")
    assert await tab.page.locator("a[href*='/account/passkeys/']").count() == 1


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
    await elsewhere.page.wait_for_selector("#passkey:not([aria-busy=true])")
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


@pytest.mark.parametrize(("language", "width"), [("ja", 320), ("en-US", 1280)])
async def test_a_passkey_is_chosen_to_be_the_second_step(
    party: RelyingParty, new_tab: NewTab, somebody: str, language: str, width: int
) -> None:
    tab = await new_tab(language=language, width=width)
    authenticator = await Authenticator.of(tab)
    await make_passkey(tab, party.issuer, somebody)
    await tab.page.goto(f"{party.issuer}/account/totp")
    secret = (await tab.page.inner_text("#secret")).replace(" ", "")
    await tab.page.fill("#code", pyotp.TOTP(secret).now())
    await tab.page.wait_for_url("**/account/backup-codes?*")
    await tab.page.goto(f"{party.issuer}/account/security")
    await tab.page.click("button[name=prefer][value=passkey]")
    await tab.page.wait_for_url("**/account/security?done=factor_preferred")
    faults = await tab.faults()
    await sign_out(tab, party.issuer)
    await authenticator.is_present(False)
    await tab.page.goto(party.start())
    await tab.sign_in(somebody)
    await tab.page.wait_for_url("**/login/mfa?*")
    await tab.page.wait_for_selector("#passkey")
    faults += await tab.faults()

    await authenticator.is_present(True)
    await tab.page.click("#passkey")

    await tab.page.wait_for_selector("button[value=allow]")
    assert faults == []


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


async def test_a_passkey_that_was_not_made_is_an_error_in_words_of_its_own(
    party: RelyingParty, new_tab: NewTab, somebody: str
) -> None:
    tab = await new_tab(language="ja", width=320)
    await Authenticator.of(tab)
    await tab.page.add_init_script(
        "navigator.credentials.create = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
    )
    await tab.page.goto(f"{party.issuer}/account/security")
    await tab.sign_in(somebody)
    await tab.page.wait_for_selector("nav.sections")
    await tab.page.click("#create-passkey")
    told = tab.page.locator(".passkeys [role=alert]")
    await told.filter(has_text=tab.say("passkeys.not_added")).wait_for()
    assert await tab.faults() == []
