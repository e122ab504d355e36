"""The second step of a sign-in, as a browser without scripts walks it."""

import re

import httpx2
import pytest

from hibana_op.foundation.events import DeviceTrusted
from hibana_op.foundation.ids import uuid7
from hibana_op.login.second_factors import enrolment
from hibana_op.records import audit_log, factors, interactions, passkeys, sessions, trusted_devices
from hibana_op.records.factors import Factor
from hibana_op.records.passkeys import Passkey
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db
from tests.deployment import Browser, Deployment, Page, answer
from tests.make import make_client, make_user
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

SESSION_COOKIE = "__Host-hibana_session"


async def second_step(deployment: Deployment, user: User) -> tuple[Browser, httpx2.Response]:
    """A browser after the password, at the second step."""
    browser = deployment.browser()
    page = await browser.sign_in(await browser.get("/login"), user)
    assert "/login/mfa?" in str(page.url), page.text
    return browser, page


def chosen(page: httpx2.Response, method: str) -> str:
    """The address of another way."""
    found = re.search(rf'href="([^"]*)" data-method="{method}"', page.text)
    assert found, page.text
    return found[1].replace("&amp;", "&")


async def live(deployment: Deployment, user: User) -> int:
    return len(await sessions.live_of_user(deployment.op.db, user.id, now=deployment.op.now()))


async def test_password_and_app_sign_in(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    secret = await with_app(deployment.op, user)
    deployment.clock.advance(60)
    client = await make_client(deployment.op, first_party=True)
    browser = deployment.browser()
    page = await browser.sign_in(await browser.authorize(client), user)
    assert "/login/mfa?" in str(page.url)
    assert SESSION_COOKIE not in browser.http.cookies

    back = await browser.submit(Page.read(page), code=code_of(secret, deployment.op))

    assert answer(back)["code"]
    (session,) = await sessions.live_of_user(deployment.op.db, user.id, now=deployment.op.now())
    assert session.amr == ("pwd", "otp", "mfa")
    assert session.acr == "urn:hibana:loa:2"


@pytest.mark.parametrize("path", ["/login/continue", "/account", "/"])
async def test_F05_without_the_second_step_there_is_no_session(deployment: Deployment, path: str) -> None:
    user = await make_user(deployment.op)
    await with_app(deployment.op, user)
    browser, page = await second_step(deployment, user)

    interaction = Page.read(page).fields["interaction"]
    response = await browser.get(f"{path}?interaction={interaction}")

    assert SESSION_COOKIE not in browser.http.cookies
    assert await live(deployment, user) == 0
    assert user.email not in response.text or "/login" in str(response.url)


@pytest.mark.parametrize("typed", ["", "   ", "000000", "x" * 65, "１２３"])
async def test_wrong_code_stays_on_the_page(deployment: Deployment, typed: str) -> None:
    user = await make_user(deployment.op)
    secret = await with_app(deployment.op, user)
    deployment.clock.advance(60)
    assert code_of(secret, deployment.op) != typed
    browser, page = await second_step(deployment, user)

    refused = await browser.submit(Page.read(page), code=typed)

    assert refused.status_code == 400
    assert 'role="alert"' in refused.text
    assert "<title>Error: " in refused.text
    assert await live(deployment, user) == 0


async def test_I03_sixth_try_waits(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    secret = await with_app(deployment.op, user)
    deployment.clock.advance(60)
    browser, page = await second_step(deployment, user)
    for _ in range(5):
        refused = await browser.submit(Page.read(page), code="000000")
        assert refused.status_code == 400

    refused = await browser.submit(Page.read(page), code=code_of(secret, deployment.op))

    assert refused.status_code == 429
    assert await live(deployment, user) == 0


async def test_sms_is_sent_when_asked_for_and_signs_in(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    await with_phone(deployment.op, user)
    deployment.clock.advance(60)
    browser, page = await second_step(deployment, user)
    assert "••••5678" in page.text
    assert "+8190" not in page.text
    assert len(await messages_to(deployment.op, PHONE)) == 1

    page = await browser.submit(Page.read(page), send="1")
    done = await browser.submit(Page.read(page), code=await newest_code(deployment.op))

    assert str(done.url).endswith("id.example/")
    assert await live(deployment, user) == 1
    message = (await messages_to(deployment.op, PHONE))[0]
    assert re.search(r"\n@id\.example #\d{6}$", message.text_body), message.text_body


async def test_resending_is_paced(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    await with_phone(deployment.op, user)
    deployment.clock.advance(60)
    browser, page = await second_step(deployment, user)
    page = await browser.submit(Page.read(page), send="1")
    assert "<span data-countdown>60</span>" in page.text

    refused = await browser.submit(Page.read(page), send="1")

    assert refused.status_code == 429
    deployment.clock.advance(60)
    assert (await browser.submit(Page.read(page), send="1")).status_code == 200
    assert len(await messages_to(deployment.op, PHONE)) == 3


async def test_another_way_is_a_link_away(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    await with_app(op, user)
    await with_mailbox(op, user)
    made = await enrolment.make_backup_codes(op, user, ORIGIN)
    browser, page = await second_step(deployment, user)
    assert "10 left" in page.text

    page = await browser.get(chosen(page, "backup_code"))
    done = await browser.submit(Page.read(page), code=made[0])

    assert str(done.url).endswith("id.example/")
    assert await live(deployment, user) == 1


async def test_code_of_another_sign_in_is_refused_I04(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    await with_phone(deployment.op, user)
    deployment.clock.advance(60)
    first, page = await second_step(deployment, user)
    await first.submit(Page.read(page), send="1")
    code_of_first = await newest_code(deployment.op)
    second, page = await second_step(deployment, user)
    page = await second.submit(Page.read(page), send="1")
    while await newest_code(deployment.op) == code_of_first:
        deployment.clock.advance(60)
        page = await second.submit(Page.read(page), send="1")

    refused = await second.submit(Page.read(page), code=code_of_first)

    assert refused.status_code == 400
    assert await live(deployment, user) == 0


async def test_trusted_device_is_not_asked_for_thirty_days(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    secret = await with_app(op, user)
    deployment.clock.advance(60)
    browser, page = await second_step(deployment, user)
    await browser.submit(Page.read(page), code=code_of(secret, op), trust="1")
    assert len(await trusted_devices.of_user(op.db, user.id, now=op.now())) == 1
    entries = await audit_log.page(op.db, user_id=user.id, before=None, limit=50)
    assert DeviceTrusted.tag in [entry.action for entry in entries]

    for seconds, is_trusted in ((0, True), (30 * 86400 - 1, True), (1, False)):
        deployment.clock.advance(seconds)
        page = await browser.sign_in(await browser.get("/login"), user)
        assert ("/login/mfa?" not in str(page.url)) is is_trusted


async def test_trust_is_for_one_browser_and_must_be_asked_for(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    secret = await with_app(op, user)
    deployment.clock.advance(60)
    browser, page = await second_step(deployment, user)
    await browser.submit(Page.read(page), code=code_of(secret, op))
    await second_step(deployment, user)
    assert await trusted_devices.of_user(op.db, user.id, now=op.now()) == []


async def test_second_step_of_nobody_leads_to_the_first(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    await with_app(deployment.op, user)
    client = await make_client(deployment.op)
    browser = deployment.browser()
    page = await browser.authorize(client)
    interaction = Page.read(page).fields["interaction"]

    moved = await browser.http.get(f"/login/mfa?interaction={interaction}")

    assert moved.status_code == 303
    assert "/login/mfa" not in moved.headers["location"]


async def test_interaction_of_another_browser_is_refused(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    await with_app(deployment.op, user)
    _, page = await second_step(deployment, user)

    stranger = deployment.browser()
    await stranger.get("/login")
    assert (await stranger.get(str(page.url))).status_code == 403


async def test_app_that_asks_for_two_factors_has_somebody_step_up(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    client = await make_client(op, first_party=True)
    browser = deployment.browser()
    await browser.sign_in(await browser.authorize(client), user)
    secret = await with_app(op, user)
    deployment.clock.advance(60)

    page = await browser.authorize(client, acr_values="urn:hibana:loa:2")
    assert "/login/mfa?" in str(page.url)
    assert 'name="trust"' not in page.text
    back = await browser.submit(Page.read(page), code=code_of(secret, op))

    assert answer(back)["code"]
    (session,) = await sessions.live_of_user(op.db, user.id, now=op.now())
    assert session.acr == "urn:hibana:loa:2"


async def test_passkey_is_offered_to_who_has_one_and_is_not_what_the_page_begins_with(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op)
    await with_app(op, user)
    passkey = Passkey(
        id=uuid7(),
        user_id=user.id,
        credential_id="a-credential",
        public_key="a-key",
        sign_count=0,
        transports=(),
        aaguid="00000000-0000-0000-0000-000000000000",
        name="A passkey",
        backup_eligible=True,
        backed_up=True,
        created_at=op.now(),
        last_used_at=None,
    )
    await op.db.transact(lambda tx: passkeys.insert(tx, passkey))
    browser, page = await second_step(deployment, user)
    assert 'name="code"' in page.text

    shown = await browser.get(chosen(page, "passkey"))

    assert 'id="passkey"' in shown.text
    assert 'name="code"' not in shown.text
    assert chosen(shown, "totp")
    assert (await browser.submit(Page.read(page), method="passkey", code="000000")).status_code == 400


async def test_nothing_to_add_is_said_with_a_way_on(deployment: Deployment) -> None:
    op = deployment.op
    user = await make_user(op, email_verified=True)
    await with_mailbox(op, user)
    browser = deployment.browser()
    page = await browser.authorize(await make_client(op))
    interaction_id = Page.read(page).fields["interaction"]
    by_link = Factor(method="email_link", proves=("mailbox",), amr=("otp",), proven_at=op.now())

    async def prove_the_mailbox(tx: Db) -> None:
        await factors.note(tx, interaction_id, by_link)
        await interactions.note_proven(tx, interaction_id, user_id=user.id, remember=False, now=op.now())

    await op.db.transact(prove_the_mailbox)
    refused = await browser.get(f"/login/mfa?interaction={interaction_id}&method=email")

    assert refused.status_code == 403
    assert "Go back and sign in another way" in refused.text
