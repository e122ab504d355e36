"""People join organisations in a real browser: on the way to an app, by a mailed link, and in their account."""

import json
from typing import TypedDict
from urllib.parse import urlsplit

import pytest

from tests.journeys.relying_party import RelyingParty
from tests.journeys.tab import NewTab
from tests.make import PASSWORD
from tests.server import HibanaProcess
from tests.visitor import register_person


class Look(TypedDict):
    """What a visitor's browser is like."""

    language: str
    width: int
    javascript: bool


ON_A_PHONE: Look = {"language": "ja-JP", "width": 320, "javascript": True}
WITHOUT_SCRIPTS: Look = {"language": "en-US", "width": 1280, "javascript": False}
both_ways = pytest.mark.parametrize("look", [ON_A_PHONE, WITHOUT_SCRIPTS], ids=["ja-320", "en-1280-no-script"])


def newcomer(provider: HibanaProcess, name: str) -> str:
    """A person whom no other journey signs in."""
    email = f"{name}@example.com"
    register_person(provider, email, name="Ren Sato")
    return email


def tenant(provider: HibanaProcess, slug: str, *flags: str) -> None:
    """Add an organisation."""
    provider.command("tenant", "create", "--slug", slug, "--name", "ACMEロジスティクス", *flags)


def code(provider: HibanaProcess, slug: str, *flags: str) -> str:
    """A join code for it."""
    return str(json.loads(provider.command("join-code", "create", "--tenant", slug, "--json", *flags))["code"])


@both_ways
async def test_P05_on_the_way_to_an_app_somebody_joins_by_a_code(
    party: RelyingParty, provider: HibanaProcess, new_tab: NewTab, look: Look
) -> None:
    slug = f"acme-{look['width']}"
    tenant(provider, slug)
    email = newcomer(provider, f"joins-{look['width']}")
    tab = await new_tab(**look)
    faults: list[str] = []
    await tab.page.goto(party.start(scope="openid profile email tenant", prompt="login"))
    await tab.page.click("a#join")
    await tab.page.wait_for_selector("#join_code")
    if look["javascript"]:
        faults += await tab.faults()
    await tab.page.fill("input[name=join_code]", code(provider, slug, "--max-uses", "1").lower())
    await tab.page.click("button#continue")
    await tab.page.wait_for_selector("#username")
    await tab.sign_in(email)
    await tab.page.wait_for_selector("button[name=decision][value=join]")
    assert "ACMEロジスティクス" in await tab.title()
    if look["javascript"]:
        faults += await tab.faults()
    await tab.decide("join")
    await tab.page.wait_for_selector("button[name=decision][value=allow]")
    await tab.decide("allow")
    assert await tab.told() == email
    await tab.page.goto(f"{provider.issuer}/account/organizations")
    assert await tab.page.inner_text(".content .badge.ok") == tab.say("account.organizations.active")
    if look["javascript"]:
        faults += await tab.faults()
    assert faults == []


@both_ways
async def test_somebody_joins_and_leaves_in_their_account(provider: HibanaProcess, new_tab: NewTab, look: Look) -> None:
    one, two, asking = f"one-{look['width']}", f"two-{look['width']}", f"asking-{look['width']}"
    email = newcomer(provider, f"leaves-{look['width']}")
    for slug in (one, two, asking):
        tenant(provider, slug)
    provider.command("membership", "create", email, "--tenant", one, "--role", "admin")
    provider.command("invitation", "create", "--tenant", asking, "--email", email)
    tab = await new_tab(**look)
    faults: list[str] = []
    await tab.page.goto(f"{provider.issuer}/account/organizations")
    await tab.sign_in(email)
    await tab.page.wait_for_selector("nav.sections")
    if look["javascript"]:
        faults += await tab.faults()
    await tab.page.click("button[name=accept]")
    await tab.page.wait_for_selector("[role=status]")
    assert await tab.page.inner_text(".content [role=status]") == tab.say("account.done.joined")
    await tab.page.fill("input[name=join_code]", "AAAA-AAAA")
    await tab.page.click("button#continue")
    await tab.page.wait_for_selector("[role=alert]")
    if look["javascript"]:
        faults += await tab.faults()
    await tab.page.fill("input[name=join_code]", code(provider, two))
    await tab.page.click("button#continue")
    await tab.decide("join")
    await tab.page.wait_for_selector("nav.sections")
    assert await tab.page.locator("a[href*=leave]").count() == 3
    await tab.page.click("a[href*=leave] >> nth=0")
    await tab.page.wait_for_selector("button[name=leave]")
    if look["javascript"]:
        faults += await tab.faults()
    await tab.page.click("button[name=leave]")
    await tab.page.wait_for_selector("[role=status]")
    assert await tab.page.locator("a[href*=leave]").count() == 2
    assert faults == []


@both_ways
async def test_P06_a_newcomer_makes_an_account_by_an_invitation(
    provider: HibanaProcess, new_tab: NewTab, look: Look
) -> None:
    slug, email = f"invites-{look['width']}", f"invited-{look['width']}@example.com"
    owner = newcomer(provider, f"owner-{look['width']}")
    tenant(provider, slug, "--owner", owner)
    told = json.loads(
        provider.command("invitation", "create", "--tenant", slug, "--email", email, "--as", owner, "--json")
    )
    tab = await new_tab(**look)
    faults: list[str] = []
    await tab.page.goto(told["url"])
    assert "Ren Sato" in await tab.page.inner_text("main")
    if look["javascript"]:
        faults += await tab.faults()
    await tab.page.fill("#name", "Kei")
    await tab.page.fill("#password", PASSWORD)
    await tab.page.click("button#continue")
    await tab.page.wait_for_selector("nav.sections")
    assert urlsplit(tab.page.url).path == "/account/organizations"
    assert faults == []
    other = await new_tab(**look)
    await other.page.goto(told["url"])
    assert await other.title() == other.say("refused_title.invitation_spent")


async def test_P06_whoever_is_signed_in_as_somebody_else_is_led_to_the_right_account(
    provider: HibanaProcess, new_tab: NewTab
) -> None:
    tenant(provider, "switching")
    wrong, right = newcomer(provider, "wrong"), newcomer(provider, "right")
    told = json.loads(provider.command("invitation", "create", "--tenant", "switching", "--email", right, "--json"))
    tab = await new_tab(language="ja-JP", width=320)
    await tab.page.goto(f"{provider.issuer}/account")
    await tab.sign_in(wrong)
    await tab.page.wait_for_selector("nav.sections")
    await tab.page.goto(told["url"])
    faults = await tab.faults()
    await tab.decide("sign_in")
    await tab.page.wait_for_selector("#username")
    assert await tab.page.input_value("#username") == right
    await tab.sign_in(right)
    await tab.page.wait_for_selector("button[name=accept]")
    await tab.page.goto(told["url"])
    faults += await tab.faults()
    await tab.decide("join")
    await tab.page.wait_for_selector("[role=status]")
    assert faults == []
