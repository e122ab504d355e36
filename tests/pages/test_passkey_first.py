"""Accounts that begin with a passkey: by a link to one's mailbox, or by an invitation into a tenant."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from hibana_op.records import audit_log, credentials, memberships, passkeys, users
from hibana_op.tenancy import actors, settings
from tests.authenticator import ON_ONE_DEVICE, PRESENT, SoftPasskey
from tests.deployment import Browser, Deployment, Page, answer, deploy
from tests.make import make_client, make_user
from tests.pages.mailing import link_in, mailing, mails_to
from tests.pages.test_invitation import EMAIL as INVITED
from tests.pages.test_invitation import invited
from tests.passkeys import ADD, call, csrf_of, give
from tests.ports import free_port
from tests.tenancy.authority import HERE

__all__ = ["mailing"]

OPTIONS, BEGIN = "/signup/passkey/options", "/signup/passkey"
NEW = "new@example.com"


async def asked(deployment: Deployment, browser: Browser, email: str = NEW, *, at: str = "/signup") -> str:
    """Ask for an account; the address in the mail."""
    await browser.submit(Page.read(await browser.get(at)), email=email)
    return link_in((await mails_to(deployment.op, email))[0])


def proof_in(url: str) -> str:
    return url.partition("token=")[2] or url.rpartition("/")[2]


async def options(browser: Browser, url: str, name: str = "New Person") -> tuple[dict[str, Any], str, dict[str, str]]:
    """What the page's script is told, with what it sends again."""
    shown = {"proof": proof_in(url), "name": name}
    csrf = await csrf_of(browser, url)
    response = await call(browser, OPTIONS, shown, csrf)
    assert response.status_code == 200, response.text
    return response.json(), csrf, shown


async def begin(browser: Browser, url: str, passkey: SoftPasskey, **lies: Any) -> httpx2.Response:
    """Make an account with a passkey."""
    told, csrf, shown = await options(browser, url)
    return await call(browser, BEGIN, {**passkey.create(told, **lies), **shown}, csrf)


async def test_an_account_begins_with_a_passkey_and_has_no_password(mailing: Deployment) -> None:
    op, browser, passkey = mailing.op, mailing.browser(), SoftPasskey()
    url = await asked(mailing, browser)
    landed = await begin(browser, url, passkey)
    assert landed.status_code == 200, landed.text
    page = await browser.get(landed.json()["next"])
    assert page.url.path == "/account"
    user = await users.find_by_login(op.db, NEW)
    assert user is not None
    assert (user.name, user.email_verified, user.id.encode()) == ("New Person", True, passkey.user_handle)
    assert await credentials.find_password_hash(op.db, user.id) is None
    assert len(await passkeys.of_user(op.db, user.id)) == 1
    tags = [each.action for each in await audit_log.page(op.db)]
    assert {"user:account:created", "user:passkey:added"} <= set(tags)
    assert (await browser.get(url)).status_code == 400  # the link was spent with it

    again = mailing.browser()
    found, csrf = await _sign_in_options(again)
    signed = await call(again, "/login/passkey", passkey.get(found), csrf)
    assert signed.status_code == 200


async def _sign_in_options(browser: Browser) -> tuple[dict[str, Any], str]:
    csrf = await csrf_of(browser, "/login")
    return (await call(browser, "/login/passkey/options", {}, csrf)).json(), csrf


async def test_a_sign_up_for_an_app_goes_on_to_the_app(mailing: Deployment) -> None:
    browser = mailing.browser()
    client = await make_client(mailing.op, first_party=True)
    page = await browser.authorize(client, prompt="create")
    await browser.submit(Page.read(page), email=NEW)
    landed = await begin(browser, link_in((await mails_to(mailing.op, NEW))[0]), SoftPasskey())
    assert answer(await browser.get(landed.json()["next"]))["code"]


async def test_an_invited_newcomer_joins_with_a_passkey(mailing: Deployment) -> None:
    tenant, path = await invited(mailing)
    browser = mailing.browser()
    landed = await begin(browser, path, SoftPasskey())
    assert landed.status_code == 200, landed.text
    page = await browser.get(landed.json()["next"])
    assert "In use now" in page.text
    user = await users.find_by_login(mailing.op.db, INVITED)
    assert user is not None
    member = await memberships.of_person(mailing.op.db, tenant.id, user.id)
    assert member is not None
    assert member.status == "active"
    second = await call(browser, OPTIONS, {"proof": proof_in(path), "name": ""}, await csrf_of(browser))
    assert second.status_code == 400


async def test_an_authenticator_that_does_not_recognise_its_person_makes_nobody(mailing: Deployment) -> None:
    browser = mailing.browser()
    url = await asked(mailing, browser)
    refused = await begin(browser, url, SoftPasskey(flags=PRESENT))
    assert (refused.status_code, refused.json()["error"]) == (400, "passkey_refused")
    assert await users.find_by_login(mailing.op.db, NEW) is None
    assert (await begin(browser, url, SoftPasskey(flags=ON_ONE_DEVICE))).status_code == 200  # the link still counts


async def test_J01_the_challenge_is_of_this_browser_and_good_once(mailing: Deployment) -> None:
    browser, other = mailing.browser(), mailing.browser()
    url = await asked(mailing, browser)
    passkey = SoftPasskey()
    told, _, shown = await options(browser, url)
    made = passkey.create(told)
    elsewhere = await call(other, BEGIN, {**made, **shown}, await csrf_of(other, url))
    assert elsewhere.json()["error"] == "passkey_expired"
    first = await call(browser, BEGIN, {**made, **shown}, await csrf_of(browser, url))
    again = await call(browser, BEGIN, {**made, **shown}, await csrf_of(browser))
    assert (first.status_code, again.status_code) == (200, 400)


async def test_a_challenge_of_somebody_who_has_an_account_begins_none_and_the_other_way_round(
    mailing: Deployment,
) -> None:
    user = await make_user(mailing.op)
    browser, mine = mailing.browser(), SoftPasskey()
    url = await asked(mailing, browser)
    told, csrf, shown = await options(browser, url)
    await browser.sign_in(await browser.get("/login"), user)
    csrf = await csrf_of(browser, "/account/password")
    crossed = await call(browser, ADD, mine.create(told), csrf)
    assert crossed.json()["error"] == "passkey_expired"
    theirs = (await call(browser, f"{ADD}/options", {}, csrf)).json()
    crossed = await call(browser, BEGIN, {**SoftPasskey().create(theirs), **shown}, csrf)
    assert crossed.json()["error"] == "passkey_refused"
    assert await users.find_by_login(mailing.op.db, NEW) is None
    assert await passkeys.of_user(mailing.op.db, user.id) == []


async def test_G01_a_script_from_elsewhere_begins_nothing(mailing: Deployment) -> None:
    browser = mailing.browser()
    url = await asked(mailing, browser)
    for path in (OPTIONS, BEGIN):
        answered = await call(browser, path, {"proof": proof_in(url)}, "not the token")
        assert answered.status_code == 403, path


@pytest.mark.parametrize("proof", [None, 5, "", "unknown", "\x00"])
async def test_without_a_link_that_counts_nothing_begins(mailing: Deployment, proof: object) -> None:
    browser = mailing.browser()
    csrf = await csrf_of(browser, "/login")
    for path in (OPTIONS, BEGIN):
        answered = await call(browser, path, {"proof": proof, "name": "x"}, csrf)
        assert answered.status_code in (400, 410), (path, answered.text)


async def test_only_the_ways_in_that_are_allowed_are_offered_and_taken(mailing: Deployment) -> None:
    op, browser = mailing.op, mailing.browser()
    url = await asked(mailing, browser)
    both = (await browser.get(url)).text
    assert ('data-proof="' in both, 'id="password"' in both) == (True, True)

    async def allow(*methods: str) -> str:
        changes = {"sign_in": {"methods": list(methods)}}
        await settings.change(op, await actors.command(op), "system", changes, origin=HERE)
        return (await browser.get(url)).text

    page = await allow("passkey")
    assert ('data-proof="' in page, 'id="password"' in page) == (True, False)
    refused = await browser.submit(Page.read(await browser.get(url)), password="a sentence of several words")
    assert refused.status_code == 400
    page = await allow("password")
    assert ('data-proof="' in page, 'id="password"' in page) == (False, True)
    csrf = Page.read(await browser.get(url)).fields["csrf"]
    told = await call(browser, OPTIONS, {"proof": proof_in(url), "name": ""}, csrf)
    assert told.json()["error"] == "way_not_allowed"
    assert await users.find_by_login(op.db, NEW) is None


async def test_a_passkey_that_is_somebodys_already_begins_no_account(mailing: Deployment) -> None:
    theirs = await give(mailing, await make_user(mailing.op))
    browser = mailing.browser()
    url = await asked(mailing, browser)
    taken = await begin(browser, url, SoftPasskey(), credential_id=theirs.credential_id)
    assert taken.status_code == 400
    assert await users.find_by_login(mailing.op.db, NEW) is None


@pytest.mark.parametrize("mode", ["invite", "off"])
async def test_a_link_that_was_sent_before_sign_up_was_closed_makes_nobody(
    database_url: str, tmp_path: Path, mode: str
) -> None:
    mail = {"HIBANA_SMTP__URL": f"smtp://127.0.0.1:{free_port()}"}
    async with deploy(database_url, tmp_path, **mail, HIBANA_SIGNUP="open") as open_to_all:
        url = await asked(open_to_all, open_to_all.browser())
    async with deploy(database_url, tmp_path, **mail, HIBANA_SIGNUP=mode) as closed:
        browser = closed.browser()
        with_passkey = await begin(browser, url, SoftPasskey())
        with_password = await browser.submit(Page.read(await browser.get(url)), password="a sentence of several words")
        assert (with_passkey.status_code, with_password.status_code) == (400, 400)
        assert await users.find_by_login(closed.op.db, NEW) is None
