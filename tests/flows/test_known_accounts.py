"""A browser remembers who signed in there: accounts stay as tiles when they are signed out, and in no other browser."""

import html
import re
from dataclasses import dataclass, replace

import httpx2
import pytest

from hibana_op.foundation.secrets import digest
from hibana_op.records import users
from hibana_op.records.users import User
from hibana_op.web import known_accounts
from hibana_op.web.words import say
from tests.authenticator import SoftPasskey
from tests.deployment import Browser, Deployment, Page, answer
from tests.make import PASSWORD, make_client, make_user
from tests.passkeys import ANSWER, OPTIONS, call, csrf_of, give
from tests.passkeys import answer as sign_in_by_passkey

COOKIE, BROWSER = "__Host-hibana_accounts", "__Host-hibana_browser"


@dataclass(frozen=True, slots=True)
class Tile:
    """One account as a page shows it."""

    id: str
    email: str
    is_signed_in: bool


def tiles(page: httpx2.Response) -> list[Tile]:
    found = re.findall(
        r'name="account" value="([^"]+)".*?</button>\s*<button[^>]*aria-label="([^"]+)"', page.text, re.S
    )
    states = re.findall(r'<span class="badge( ok| off)">(Signed (?:in|out))</span>', page.text)
    assert len(found) == len(states)
    named = re.compile(re.escape(say("en", "accounts.forget", account="|")).replace(r"\|", "(.*)"))
    read = []
    for (handle, label), (is_ok, words) in zip(found, states, strict=True):
        name = named.fullmatch(html.unescape(label))
        assert name is not None, label
        assert (is_ok == " ok") == (words == "Signed in")
        read.append(Tile(handle, name[1], is_ok == " ok"))
    return read


def shown(page: httpx2.Response) -> list[tuple[str, bool]]:
    return [(tile.email, tile.is_signed_in) for tile in tiles(page)]


async def sign_in(browser: Browser, user: User, *, stays: bool = True) -> None:
    asked = await browser.submit(Page.read(await browser.get("/login?another=1")), username=user.email)
    await browser.submit(Page.read(asked), password=PASSWORD, **({"remember": "1"} if stays else {}))


async def sign_out(browser: Browser) -> None:
    await browser.submit(Page.read(await browser.get("/logout")), decision="logout")


async def press(browser: Browser, page: httpx2.Response, **button: str) -> httpx2.Response:
    """Press a button that belongs to the form of the tiles."""
    form = Page(page, {**Page.read(page).fields}, browser.deployment.op.issuer + "/login/accounts")
    return await browser.submit(form, **button)


async def test_an_account_that_is_signed_out_stays_as_a_tile_that_fills_in_the_name(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = deployment.browser()
    assert tiles(await browser.get("/login")) == []
    await sign_in(browser, user)
    assert shown(await browser.get("/login")) == [(user.email, True)]
    await sign_out(browser)

    page = await browser.get("/login")
    assert shown(page) == [(user.email, False)]
    assert tiles(page)[0].id != user.id
    named = await press(browser, page, account=tiles(page)[0].id)

    assert named.url.path == "/login"
    assert Page.read(named).fields["username"] == user.email
    assert tiles(named) == []
    assert 'id="passkey"' in named.text
    password = await browser.submit(Page.read(named))
    landed = await browser.submit(Page.read(password), password=PASSWORD)
    assert landed.url.path == "/"
    assert tiles(await deployment.browser().get("/login")) == []


async def test_an_app_that_asks_which_account_sees_those_signed_out_too(deployment: Deployment) -> None:
    op = deployment.op
    client = await make_client(op, first_party=True)
    alice, bob = await make_user(op), await make_user(op)
    browser = deployment.browser()
    await sign_in(browser, alice)
    await sign_out(browser)

    chooser = await browser.authorize(client, prompt="select_account")
    assert chooser.url.path == "/login/accounts"
    assert shown(chooser) == [(alice.email, False)]
    await sign_in(browser, bob)
    chooser = await browser.authorize(client, prompt="select_account")
    assert shown(chooser) == [(bob.email, True), (alice.email, False)]

    named = await press(browser, chooser, account=tiles(chooser)[1].id)
    assert Page.read(named).fields["username"] == alice.email
    password = await browser.submit(Page.read(named))
    assert answer(await browser.submit(Page.read(password), password=PASSWORD))["code"]
    assert shown(await browser.authorize(client, prompt="select_account")) == [(alice.email, True), (bob.email, True)]


async def test_another_account_leads_to_the_plain_page(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    await sign_in(browser, user)
    await sign_out(browser)
    chooser = await browser.authorize(client, prompt="select_account")
    await press(browser, chooser, account=tiles(chooser)[0].id)

    link = re.search(r'href="(/login\?[^"]*another=1)"', chooser.text)
    assert link is not None
    plain = await browser.get(html.unescape(link[1]))

    assert tiles(plain) == []
    assert Page.read(plain).fields["username"] == ""
    assert say("en", "login.choose") in plain.text
    switch = re.search(r'href="([^"]+)"[^>]*hreflang="ja"', plain.text)
    assert switch is not None
    assert tiles(await browser.get(html.unescape(switch[1]))) == []


async def test_a_tile_of_before_somebody_signed_in_in_another_tab_leads_on(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = deployment.browser()
    await sign_in(browser, user)
    await sign_out(browser)
    stale = await browser.get("/login")
    await sign_in(browser, user)

    assert (await press(browser, stale, account=tiles(stale)[0].id)).url.path == "/"


async def test_an_account_is_removed_signed_in_or_not(deployment: Deployment) -> None:
    op = deployment.op
    alice, bob = await make_user(op), await make_user(op)
    browser = deployment.browser()
    await sign_in(browser, alice)
    await sign_out(browser)
    await sign_in(browser, bob)
    page = await browser.get("/login")
    assert shown(page) == [(bob.email, True), (alice.email, False)]

    left = await press(browser, page, forget=tiles(page)[1].id)
    assert shown(left) == [(bob.email, True)]
    gone = await press(browser, left, forget=tiles(left)[0].id)

    assert gone.url.path == "/login"
    assert tiles(gone) == []
    assert COOKIE not in browser.http.cookies
    assert "/login" in str((await browser.get("/account")).url)


async def test_whoever_leaves_the_box_for_staying_signed_in_off_leaves_no_trace(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = deployment.browser()
    await sign_in(browser, user, stays=False)
    assert shown(await browser.get("/login")) == [(user.email, True)]
    await sign_out(browser)

    assert tiles(await browser.get("/login")) == []
    assert COOKIE not in browser.http.cookies


async def test_a_passkey_asks_nothing_and_is_remembered(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey: SoftPasskey = await give(deployment, user)
    browser = deployment.browser()
    assert (await sign_in_by_passkey(browser, passkey)).status_code == 200
    await sign_out(browser)

    assert shown(await browser.get("/login")) == [(user.email, False)]


async def test_a_passkey_beside_a_password_asks_no_second_time(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    passkey = await give(deployment, user)
    browser = deployment.browser()
    await sign_in(browser, user, stays=False)
    client = await make_client(deployment.op, first_party=True)
    more = await browser.authorize(client, acr_values="urn:hibana:loa:3")
    csrf = await csrf_of(browser, str(more.url))
    asked = {"more": True, "interaction": more.url.params["interaction"]}
    options = (await call(browser, OPTIONS, asked, csrf)).json()
    assert (await call(browser, ANSWER, passkey.get(options), csrf)).status_code == 200
    kept = known_accounts.read(
        deployment.op.vault, browser.http.cookies.get(COOKIE) or "", digest(browser.http.cookies[BROWSER])
    )

    assert kept == ()


async def test_five_accounts_are_remembered_the_last_ones(deployment: Deployment) -> None:
    people = [await make_user(deployment.op) for _ in range(6)]
    browser = deployment.browser()
    for user in people:
        await sign_in(browser, user)
        await sign_out(browser)

    assert shown(await browser.get("/login")) == [(user.email, False) for user in reversed(people[1:])]


async def test_an_account_that_is_deleted_or_suspended_is_shown_no_more(deployment: Deployment) -> None:
    op = deployment.op
    alice, bob = await make_user(op), await make_user(op)
    browser = deployment.browser()
    for user in (alice, bob):
        await sign_in(browser, user)
        await sign_out(browser)
    before = await browser.get("/login")

    await op.db.transact(lambda tx: users.delete(tx, alice.id))
    await op.db.transact(lambda tx: users.update(tx, replace(bob, status="suspended")))

    assert tiles(await browser.get("/login")) == []
    for tile in tiles(before):
        landed = await press(browser, before, account=tile.id)
        assert Page.read(landed).fields["username"] == ""
    kept = known_accounts.read(op.vault, browser.http.cookies[COOKIE], digest(browser.http.cookies[BROWSER]))
    assert kept == (bob.id,)


async def test_the_cookie_holds_nothing_readable_and_scripts_cannot_see_it(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = deployment.browser()
    asked = await browser.submit(Page.read(await browser.get("/login")), username=user.email)
    page = Page.read(asked)
    response = await browser.http.post(page.action, data={**page.fields, "password": PASSWORD, "remember": "1"})

    [header] = [each for each in response.headers.get_list("set-cookie") if each.startswith(f"{COOKIE}=")]
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=15552000"} <= set(header.split("; "))
    value = browser.http.cookies[COOKIE]
    assert user.id not in value
    assert user.email not in value
    again = known_accounts.write(deployment.op.vault, [user.id], digest(browser.http.cookies[BROWSER]))
    assert len(again) == len(value)
    assert again != value


@pytest.mark.parametrize("forged", ["", "x", "v1.abc.def", "v1..", "{id}", "stolen"])
async def test_a_cookie_that_is_not_this_browsers_own_shows_nothing(deployment: Deployment, forged: str) -> None:
    user = await make_user(deployment.op)
    other = deployment.browser()
    await sign_in(other, user)
    browser = deployment.browser()
    plain = await browser.get("/login")
    value = {"{id}": user.id, "stolen": other.http.cookies[COOKIE]}.get(forged, forged)
    browser.http.cookies.set(COOKIE, value)

    page = await browser.get("/login")

    assert page.status_code == 200
    assert tiles(page) == []
    assert user.email not in page.text
    assert page.text == plain.text
    assert [header for header in page.headers if header not in plain.headers] == []
    handle = tiles(await other.get("/login"))[0].id
    for guess in (user.id, user.email, handle):
        assert Page.read(await press(browser, page, account=guess)).fields["username"] == ""
        assert (await press(browser, page, forget=guess)).status_code == 200
