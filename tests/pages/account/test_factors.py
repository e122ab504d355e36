"""Second factors in the account pages: freshly proven, confirmed by a code, told by mail (I07, F07)."""

from pathlib import Path

import httpx2
import pyotp
import pytest

from hibana_op.foundation.events import (
    DevicesForgotten,
    FactorAdded,
    FactorRemoved,
    LoginSucceeded,
    PrimaryFactorChosen,
    ProofAdded,
)
from hibana_op.login import trust
from hibana_op.login.second_factors import enrolment
from hibana_op.pages.account.person import FRESH_FOR
from hibana_op.records import audit_log, backup_codes, sessions, trusted_devices, two_factor, users
from hibana_op.records.users import User
from tests.deployment import Browser, Deployment, Page, deploy
from tests.make import make_user
from tests.second_factors import (
    ORIGIN,
    PHONE,
    code_of,
    deployment,
    messages_to,
    newest_code,
    with_app,
    with_mailbox,
    with_phone,
)

__all__ = ["deployment"]

PAGES = ["/account/totp", "/account/phone", "/account/email-codes", "/account/backup-codes", "/account/factors"]


async def signed_in(deployment: Deployment, user: User) -> Browser:
    """A browser in which the person has just signed in, by all that they have set up."""
    browser = deployment.browser()
    page = await browser.sign_in(await browser.get("/login"), user)
    if "/login/mfa?" in str(page.url):
        app = await two_factor.find_app(deployment.op.db, user.id)
        assert app is not None
        secret = deployment.op.vault.open(app.secret_sealed, two_factor.sealed_name(user.id)).decode()
        await browser.submit(Page.read(page), code=code_of(secret, deployment.op, steps=1))
    return browser


async def post(browser: Browser, path: str, **fields: str) -> httpx2.Response:
    """Send a form of an account page without following on."""
    csrf = Page.read(await browser.get("/account/password")).fields["csrf"]
    return await browser.http.post(path, data={"csrf": csrf, **fields})


async def methods(deployment: Deployment, user: User) -> list[str]:
    return [each.method for each in await two_factor.methods_of(deployment.op.db, user.id)]


async def actions(deployment: Deployment, user: User) -> list[str]:
    entries = await audit_log.page(deployment.op.db, user_id=user.id, before=None, limit=100)
    return [entry.action for entry in entries]


async def test_app_is_set_up_with_its_first_code(deployment: Deployment) -> None:
    user = await make_user(deployment.op, locale="en")
    browser = await signed_in(deployment, user)
    page = await browser.get("/account/totp")
    form = Page.read(page)
    assert '<svg viewBox="0 0 ' in page.text
    setup = enrolment.resume_app(
        deployment.op, user, bound_to=await session_of(deployment, user), sealed=form.fields["setup"]
    )
    assert setup is not None
    assert " ".join(setup.secret[start : start + 4] for start in range(0, 32, 4)) in page.text
    assert 'href="otpauth://totp/' in page.text

    wrong = await browser.submit(form, code="000000")
    assert (wrong.status_code, await methods(deployment, user)) == (400, [])
    assert Page.read(wrong).fields["setup"] == form.fields["setup"]
    done = await browser.submit(Page.read(wrong), code=pyotp.TOTP(setup.secret).at(deployment.op.now()))

    assert str(done.url).endswith("/account/backup-codes?done=factor_added")
    assert await methods(deployment, user) == ["totp"]
    assert FactorAdded.tag in await actions(deployment, user)
    assert "A second step was added to your Hibana account" in {
        message.subject for message in await messages_to(deployment.op, user.email)
    }


async def session_of(deployment: Deployment, user: User) -> str:
    row = await deployment.op.db.one("SELECT id FROM sessions WHERE user_id = :id", id=user.id)
    assert row is not None
    return str(row["id"])


async def test_setup_of_another_session_begins_anew(deployment: Deployment) -> None:
    user, other = await make_user(deployment.op), await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    foreign = enrolment.begin_app(deployment.op, other, bound_to="elsewhere")

    code = pyotp.TOTP(foreign.secret).at(deployment.op.now())
    response = await post(browser, "/account/totp", setup=foreign.sealed, code=code)

    assert response.status_code == 400
    assert Page.read(response).fields["setup"] != foreign.sealed
    assert await methods(deployment, user) == []


async def test_I07_number_is_confirmed_before_it_counts(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    browser = await signed_in(deployment, user)
    for wrong in ("", "hello", "03-1234-5678"):
        assert (await post(browser, "/account/phone", send="1", phone=wrong)).status_code == 400
    page = await browser.submit(Page.read(await browser.get("/account/phone")), send="1", phone="090-1234-5678")
    assert PHONE in page.text
    assert await methods(deployment, user) == []
    assert (await browser.submit(Page.read(page), code="0")).status_code == 400

    await browser.submit(Page.read(page), code=await newest_code(op))

    kept = await two_factor.find_method(op.db, user.id, "sms")
    changed = await users.get(op.db, user.id)
    assert kept is not None
    assert kept.destination == PHONE
    assert (changed.phone_number, changed.phone_number_verified) == (PHONE, True)


async def test_another_number_can_be_given(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    await post(browser, "/account/phone", send="1", phone="090-1234-5678")

    assert 'name="code"' in (await browser.get("/account/phone")).text
    assert 'name="phone" type="tel"' in (await browser.get("/account/phone?other=1")).text


async def test_mailbox_is_confirmed_before_it_counts(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    browser = await signed_in(deployment, user)
    page = await browser.submit(Page.read(await browser.get("/account/email-codes")), send="1")
    assert await methods(deployment, user) == []

    await browser.submit(Page.read(page), code=await newest_code(op))

    assert await methods(deployment, user) == ["email"]
    assert (await users.get(op.db, user.id)).email_verified


async def test_what_cannot_be_sent_is_not_offered(database_url: str, tmp_path: Path) -> None:
    async with deploy(database_url, tmp_path) as deployment:
        user = await make_user(deployment.op)
        browser = await signed_in(deployment, user)
        text = (await browser.get("/account/security")).text
        assert "/account/totp" in text
        assert "/account/phone" not in text
        assert "/account/email-codes" not in text
        assert (await post(browser, "/account/phone", send="1", phone="090-1234-5678")).status_code == 400
        assert (await browser.get("/account/phone")).status_code == 200


async def test_backup_codes_are_shown_once(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    browser = await signed_in(deployment, user)
    assert (await post(browser, "/account/backup-codes")).status_code == 400
    await with_app(op, user)
    browser = await signed_in(deployment, user)

    shown = await post(browser, "/account/backup-codes")

    assert shown.status_code == 200
    assert shown.text.count("<li><code>") == 10
    assert shown.text.count("%0A") == 9
    assert shown.headers["cache-control"] == "no-store"
    assert await backup_codes.left(op.db, user.id) == 10
    assert "<li><code>" not in (await browser.get("/account/backup-codes")).text


async def test_one_is_put_first(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    await with_app(op, user)
    await with_phone(op, user)
    browser = await signed_in(deployment, user)
    assert (await methods(deployment, user))[0] == "totp"

    await post(browser, "/account/factors", prefer="sms")
    await post(browser, "/account/factors", prefer="passkey")

    assert (await methods(deployment, user))[0] == "sms"
    assert (await actions(deployment, user)).count(PrimaryFactorChosen.tag) == 1


async def test_with_the_last_one_go_backup_codes_and_trust(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op, locale="en")
    await with_app(op, user)
    browser = await signed_in(deployment, user)
    await with_mailbox(op, user)
    await enrolment.make_backup_codes(op, user, ORIGIN)
    await trust.trust(op, user.id, browser_hash="a browser", origin=ORIGIN)

    await post(browser, "/account/factors", remove="totp")
    assert await methods(deployment, user) == ["email"]
    assert await two_factor.find_app(op.db, user.id) is None
    assert (await two_factor.methods_of(op.db, user.id))[0].is_primary
    assert await backup_codes.left(op.db, user.id) == 10
    await post(browser, "/account/factors", remove="email")

    assert await methods(deployment, user) == []
    assert await backup_codes.left(op.db, user.id) == 0
    assert await trusted_devices.of_user(op.db, user.id, now=op.now()) == []
    assert (await actions(deployment, user)).count(FactorRemoved.tag) == 2
    told = [message.subject for message in await messages_to(op, user.email)]
    assert told.count("A second step was removed from your Hibana account") == 2


async def test_trusted_devices_are_forgotten(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    await with_app(op, user)
    browser = await signed_in(deployment, user)
    for each in ("one", "another"):
        await trust.trust(op, user.id, browser_hash=each, origin=ORIGIN)
    assert "second step: 2" in (await browser.get("/account/security")).text

    for _ in range(2):
        await post(browser, "/account/factors", forget="1")

    assert await trusted_devices.of_user(op.db, user.id, now=op.now()) == []
    assert (await actions(deployment, user)).count(DevicesForgotten.tag) == 1


@pytest.mark.parametrize("path", PAGES)
async def test_F07_old_session_changes_nothing(deployment: Deployment, path: str) -> None:
    user = await make_user(deployment.op)
    await with_app(deployment.op, user)
    browser = await signed_in(deployment, user)
    csrf = Page.read(await browser.get("/account/password")).fields["csrf"]
    deployment.clock.advance(FRESH_FOR + 1)

    asked = await browser.http.get(path)
    refused = await browser.http.post(path, data={"csrf": csrf, "remove": "totp", "send": "1", "phone": PHONE})

    assert asked.status_code == 303
    assert asked.headers["location"] == f"/login?return={path}&again=1"
    assert refused.status_code == 403
    assert await methods(deployment, user) == ["totp"]
    assert await backup_codes.left(deployment.op.db, user.id) == 0


@pytest.mark.parametrize("path", PAGES)
async def test_G01_form_of_elsewhere_changes_nothing(deployment: Deployment, path: str) -> None:
    user = await make_user(deployment.op)
    await with_app(deployment.op, user)
    browser = await signed_in(deployment, user)

    refused = await browser.http.post(path, data={"remove": "totp", "send": "1", "phone": PHONE})

    assert refused.status_code == 403
    assert await methods(deployment, user) == ["totp"]


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_is_led_to_the_sign_in(deployment: Deployment, path: str) -> None:
    response = await deployment.browser().http.get(path)
    assert response.status_code == 303
    assert response.headers["location"].startswith("/login?return=/account")


async def test_I07_session_that_proved_less_changes_nothing(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    csrf = Page.read(await browser.get("/account/password")).fields["csrf"]
    await with_app(deployment.op, user)

    refused = await browser.http.post("/account/factors", data={"csrf": csrf, "remove": "totp"})

    assert refused.status_code == 403
    assert await methods(deployment, user) == ["totp"]


async def test_F01_setting_one_up_proves_it_in_this_session_under_a_new_cookie(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    browser = await signed_in(deployment, user)
    before, session_id = browser.http.cookies["__Host-hibana_session"], await session_of(deployment, user)
    page = await browser.submit(Page.read(await browser.get("/account/phone")), send="1", phone=PHONE)
    await browser.submit(Page.read(page), code=await newest_code(op))

    assert browser.http.cookies["__Host-hibana_session"] != before
    (session,) = await sessions.live_of_user(op.db, user.id, now=op.now())
    assert (session.id, session.acr) == (session_id, "urn:hibana:loa:2")
    assert (await browser.get("/account/backup-codes")).url.path == "/account/backup-codes"


async def test_to_set_one_up_is_told_as_one_more_proof_and_not_as_a_sign_in(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await signed_in(deployment, user)
    sign_ins = (await actions(deployment, user)).count(LoginSucceeded.tag)
    form = Page.read(await browser.get("/account/totp"))
    session_id = await session_of(deployment, user)
    setup = enrolment.resume_app(deployment.op, user, bound_to=session_id, sealed=form.fields["setup"])
    assert setup is not None
    await browser.submit(form, code=code_of(setup.secret, deployment.op))
    happened = await actions(deployment, user)
    assert (happened.count(LoginSucceeded.tag), happened.count(ProofAdded.tag)) == (sign_ins, 1)
    page = await browser.get("/account/activity")
    assert "You proved once more that it is you (authenticator app)" in page.text


async def test_whoever_never_had_backup_codes_is_not_told_a_number(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    await with_app(deployment.op, user)
    browser = await signed_in(deployment, user)
    page = await browser.get("/account")
    assert "You have no backup codes to use." in page.text
    assert "left: 0" not in page.text
