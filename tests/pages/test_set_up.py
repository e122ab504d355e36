"""What a policy asks for is set up inside the sign-in, before there is a session: rows F05, I01, I06, I07 and J07."""

import html
import re

import httpx2
import pyotp
import pytest

from hibana_op.foundation import acr
from hibana_op.foundation.secrets import digest
from hibana_op.login import trust
from hibana_op.records import backup_codes, two_factor
from hibana_op.records.users import User
from tests.authenticator import ON_ONE_DEVICE, PRESENT, SoftPasskey
from tests.deployment import Browser, Deployment, Page, answer
from tests.make import make_client, make_user
from tests.passkeys import answer as by_passkey
from tests.passkeys import call, give, live, newest, only
from tests.policies import choose, member_of_tenant
from tests.second_factors import ORIGIN, code_of, deployment, messages_to, with_app, with_mailbox

__all__ = ["deployment"]

REQUIRED = {"second_factor": "required"}
OPTIONS = "/login/set-up/passkey/options"


async def after_password(deployment: Deployment, user: User) -> tuple[Browser, httpx2.Response]:
    """A browser in which somebody has given their password."""
    browser = deployment.browser()
    return browser, await browser.sign_in(await browser.get("/login"), user)


def secret_on(page: httpx2.Response) -> str:
    found = re.search(r'<code id="secret">([A-Z2-7 ]+)</code>', page.text)
    assert found, page.text
    return found[1].replace(" ", "")


async def app_page(browser: Browser, page: httpx2.Response) -> httpx2.Response:
    found = re.search(r'id="totp"[^>]*href="([^"]*)"', page.text)
    assert found, page.text
    return await browser.get(html.unescape(found[1]))


async def create(browser: Browser, page: httpx2.Response, passkey: SoftPasskey, **lies: object) -> httpx2.Response:
    """What the script of the page does."""
    place = re.search(r'data-options="([^"]*)" data-answer="([^"]*)" data-within="([^"]*)"', page.text)
    csrf = re.search(r'data-csrf="([^"]*)"', page.text)
    assert place, page.text
    assert csrf, page.text
    within = {"interaction": place[3]}
    options = await call(browser, place[1], within, csrf[1])
    assert options.status_code == 200, options.text
    asked = options.json()
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    return await call(browser, place[2], passkey.create(asked, **lies) | within, csrf[1])


async def test_I07_an_app_is_set_up_without_scripts_and_counts_after_its_first_code(deployment: Deployment) -> None:
    op = deployment.op
    await choose(op, sign_in=REQUIRED)
    user = await make_user(op)
    client = await make_client(op, first_party=True)
    browser = deployment.browser()

    page = await browser.sign_in(await browser.authorize(client), user)
    assert page.url.path == "/login/set-up"
    shown = await app_page(browser, page)
    wrong = await browser.submit(Page.read(shown), code="000000")
    assert wrong.status_code == 400
    assert await two_factor.find_app(op.db, user.id) is None
    assert await live(deployment, user) == 0

    secret = secret_on(wrong)
    codes = await browser.submit(Page.read(wrong), code=pyotp.TOTP(secret).at(op.now()))

    assert len(re.findall(r"<li><code>", codes.text)) == 10
    assert await backup_codes.left(op.db, user.id) == 10
    assert (await newest(deployment, user)).acr == acr.TWO_FACTORS
    onward = re.search(r'id="continue" href="([^"]*)"', codes.text)
    assert onward, codes.text
    assert answer(await browser.get(html.unescape(onward[1])))["code"]
    assert len(await messages_to(op, user.email)) == 2  # of the app, and of the codes


async def test_a_passkey_that_recognises_its_person_is_enough(deployment: Deployment) -> None:
    op = deployment.op
    await choose(op, sign_in=REQUIRED)
    user = await make_user(op)
    client = await make_client(op, first_party=True)
    browser = deployment.browser()
    page = await browser.sign_in(await browser.authorize(client), user)

    refused = await create(browser, page, SoftPasskey(), flags=PRESENT)
    made = await create(browser, page, SoftPasskey())

    assert refused.json()["error"] == "passkey_refused"
    assert made.json()["next"].startswith("/login/continue?")
    assert answer(await browser.get(made.json()["next"]))["code"]
    assert (await newest(deployment, user)).acr == acr.STRONG
    assert (await only(op, user)).backup_eligible


@pytest.mark.parametrize("path", ["/login/continue", "/login/mfa", "/account", "/account/totp", "/consent", "/"])
async def test_F05_before_that_there_is_no_session(deployment: Deployment, path: str) -> None:
    op = deployment.op
    user = await make_user(op)
    await member_of_tenant(op, user, sign_in=REQUIRED)
    browser, page = await after_password(deployment, user)
    interaction = re.search(r"interaction=([\w-]+)", str(page.url))
    assert interaction

    response = await browser.get(f"{path}?interaction={interaction[1]}")

    assert "__Host-hibana_session" not in browser.http.cookies
    assert await live(deployment, user) == 0
    assert response.url.path in ("/login", "/login/set-up", "/consent", "/")


async def test_I01_and_J07_a_passkey_without_a_second_thing_is_not_enough_either(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    passkey = await give(deployment, user, flags=PRESENT)
    await choose(op, sign_in=REQUIRED)
    browser = deployment.browser()

    response = await by_passkey(browser, passkey)

    assert response.json()["next"].startswith("/login/set-up?")
    page = await browser.get(response.json()["next"])
    assert "__Host-hibana_session" not in browser.http.cookies
    shown = await app_page(browser, page)
    done = await browser.submit(Page.read(shown), code=pyotp.TOTP(secret_on(shown)).at(op.now()))
    assert "<li><code>" in done.text


async def test_I07_whoever_has_only_the_password_cannot_add_a_factor_beside_the_persons_own(
    deployment: Deployment,
) -> None:
    op = deployment.op
    user = await make_user(op)
    await with_app(op, user)
    await choose(op, sign_in={"acr": "phr"})
    browser, page = await after_password(deployment, user)
    assert page.url.path == "/login/mfa"
    interaction = Page.read(page).fields["interaction"]
    csrf = Page.read(page).fields["csrf"]

    by_url = await browser.get(f"/login/set-up?interaction={interaction}")
    by_script = await call(browser, OPTIONS, {"interaction": interaction}, csrf)
    by_form = await browser.http.post("/login/set-up", data={"csrf": csrf, "interaction": interaction, "code": "1"})

    assert by_url.url.path == "/login/mfa"
    assert by_script.json()["error"] == "passkey_refused"
    assert by_form.is_redirect


async def test_after_their_own_factor_the_person_sets_up_what_the_class_takes(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    secret = await with_app(op, user)
    await choose(op, sign_in={"acr": "phr"})
    deployment.clock.advance(60)
    browser, page = await after_password(deployment, user)

    page = await browser.submit(Page.read(page), code=code_of(secret, op))

    assert page.url.path == "/login/set-up"
    assert 'id="totp"' not in page.text  # an app is not safe from phishing
    made = await create(browser, page, SoftPasskey())
    assert made.json()["next"].startswith("/login/continue?")
    assert await live(deployment, user) == 1


async def test_I06_a_mailbox_alone_sets_nothing_up_where_codes_go_there(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op, email="mira@example.com", email_verified=True)
    await with_mailbox(op, user)
    await choose(op, sign_in={"methods": ["password", "email"], **REQUIRED})
    browser = deployment.browser()
    page = await browser.submit(Page.read(await browser.get("/login")), username=user.email)
    email = await browser.get(f"/login/email?interaction={Page.read(page).fields['interaction']}")
    deployment.clock.advance(120)
    sent = await browser.submit(Page.read(email), send="1")
    code = re.search(r"(?<!\d)\d{6}(?!\d)", (await messages_to(op, user.email))[0].text_body)
    assert code

    refused = await browser.submit(Page.read(sent), code=code[0])

    assert refused.status_code == 403
    assert await live(deployment, user) == 0


async def test_what_cannot_be_set_up_here_is_said(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    await choose(op, sign_in={"acr": "phrh"})

    _, page = await after_password(deployment, user)

    assert page.status_code == 403
    assert "security key" in page.text
    assert "Ask the people who look after your account" in page.text


async def test_a_passkey_bound_to_its_device_reaches_what_asks_for_hardware(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    passkey = await give(deployment, user, flags=ON_ONE_DEVICE)
    await choose(op, sign_in={"acr": "phrh"})
    browser, page = await after_password(deployment, user)
    assert page.url.path == "/login/mfa"
    assert 'id="passkey"' in page.text
    csrf, interaction = re.search(r'data-csrf="([^"]*)"', page.text), re.search(r"interaction=([\w-]+)", str(page.url))
    assert csrf
    assert interaction

    asked = {"interaction": interaction[1], "more": True}
    options = (await call(browser, "/login/passkey/options", asked, csrf[1])).json()
    response = await call(browser, "/login/passkey", passkey.get(options), csrf[1])

    assert response.json()["next"].startswith("/login/continue?")
    assert await live(deployment, user) == 2


@pytest.mark.parametrize(("sign_in", "is_asked"), [(REQUIRED, False), ({"acr": acr.TWO_FACTORS}, True)])
async def test_a_trusted_browser_stands_in_for_a_second_factor_and_never_for_a_class(
    deployment: Deployment, sign_in: dict[str, str], is_asked: bool
) -> None:
    op = deployment.op
    user = await make_user(op)
    await with_app(op, user)
    await choose(op, sign_in=sign_in)
    browser = deployment.browser()
    page = await browser.get("/login")
    await trust.trust(op, user.id, browser_hash=digest(browser.http.cookies["__Host-hibana_browser"]), origin=ORIGIN)

    page = await browser.sign_in(page, user)

    assert (page.url.path == "/login/mfa") is is_asked
    assert await live(deployment, user) == (0 if is_asked else 1)


async def test_nobody_else_sets_anything_up_in_this_sign_in(deployment: Deployment) -> None:
    op = deployment.op
    await choose(op, sign_in=REQUIRED)
    user = await make_user(op)
    _, page = await after_password(deployment, user)

    elsewhere = await deployment.browser().get(str(page.url))

    assert elsewhere.status_code == 403


async def test_the_secret_of_one_sign_in_is_no_good_in_another(deployment: Deployment) -> None:
    op = deployment.op
    await choose(op, sign_in=REQUIRED)
    user = await make_user(op)
    first, page = await after_password(deployment, user)
    shown = await app_page(first, page)
    second, other = await after_password(deployment, user)
    foreign = Page.read(await app_page(second, other))
    foreign.fields["setup"] = Page.read(shown).fields["setup"]

    refused = await second.submit(foreign, code=pyotp.TOTP(secret_on(shown)).at(op.now()))

    assert refused.status_code == 400
    assert await two_factor.find_app(op.db, user.id) is None
