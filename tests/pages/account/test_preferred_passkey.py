"""A passkey as the second step that is asked for first."""

from hibana_op.foundation.events import PrimaryFactorChosen
from hibana_op.login.second_factors import enrolment
from hibana_op.records import audit_log, backup_codes, two_factor
from hibana_op.records.users import User
from tests.deployment import Browser, Deployment, Page
from tests.make import make_user
from tests.passkeys import answer, give, only
from tests.second_factors import ORIGIN, deployment, with_app, with_mailbox

__all__ = ["deployment"]


async def order_of(deployment: Deployment, user: User) -> list[tuple[str, bool]]:
    kept = await two_factor.methods_of(deployment.op.db, user.id)
    return [(each.method, each.is_primary) for each in kept]


async def with_both(deployment: Deployment, user: User) -> Browser:
    """A browser of a person with a passkey and an app, who has signed in with the passkey."""
    passkey = await give(deployment, user)
    await with_app(deployment.op, user)
    browser = deployment.browser()
    await browser.get((await answer(browser, passkey)).json()["next"])
    return browser


async def choose(browser: Browser, **fields: str) -> None:
    page = Page.read(await browser.get("/account/password"))
    response = await browser.http.post("/account/factors", data={"csrf": page.fields["csrf"], **fields})
    assert response.status_code == 303


async def test_it_is_chosen_in_the_account_and_the_second_step_opens_with_it(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await with_both(deployment, user)
    assert 'name="prefer" value="passkey"' in (await browser.get("/account/security")).text
    elsewhere = deployment.browser()
    before = await elsewhere.sign_in(await elsewhere.get("/login"), user)
    assert "data-more" not in before.text

    await choose(browser, prefer="passkey")

    assert await order_of(deployment, user) == [("passkey", True), ("totp", False)]
    shown = (await browser.get("/account/security")).text
    assert 'value="totp"' in shown
    assert 'value="passkey"' not in shown
    other = deployment.browser()
    page = await other.sign_in(await other.get("/login"), user)
    assert page.url.path == "/login/mfa"
    assert "data-more" in page.text
    assert 'data-method="totp"' in page.text
    entries = await audit_log.page(deployment.op.db, user_id=user.id, before=None, limit=100)
    assert (PrimaryFactorChosen.tag, "passkey") in [(each.action, each.metadata.get("method")) for each in entries]


async def test_another_one_may_take_its_place(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await with_both(deployment, user)
    await choose(browser, prefer="passkey")

    await choose(browser, prefer="totp")

    assert await order_of(deployment, user) == [("totp", True)]


async def test_it_takes_a_passkey_and_a_second_factor_beside_it(deployment: Deployment) -> None:
    alone, without = await make_user(deployment.op), await make_user(deployment.op)
    await give(deployment, alone)
    await with_app(deployment.op, without)

    for user in (alone, without):
        await enrolment.prefer(deployment.op, user, "passkey", ORIGIN)

    assert await order_of(deployment, alone) == []
    assert await order_of(deployment, without) == [("totp", True)]


async def test_without_the_passkey_the_app_comes_first_again(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await with_both(deployment, user)
    await choose(browser, prefer="passkey")
    where = f"/account/passkeys/{(await only(deployment.op, user)).id}"

    page = Page.read(await browser.get(where))
    await browser.http.post(where, data={"csrf": page.fields["csrf"], "decision": "remove"})

    assert await order_of(deployment, user) == [("totp", True)]


async def test_with_the_last_second_factor_the_wish_goes_too(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    browser = await with_both(deployment, user)
    await with_mailbox(deployment.op, user)
    await enrolment.make_backup_codes(deployment.op, user, ORIGIN)
    await choose(browser, prefer="passkey")

    await choose(browser, remove="passkey")
    assert await order_of(deployment, user) == [("passkey", True), ("email", False), ("totp", False)]
    await choose(browser, remove="totp")
    assert await order_of(deployment, user) == [("passkey", True), ("email", False)]
    await choose(browser, remove="email")

    assert await order_of(deployment, user) == []
    assert await backup_codes.left(deployment.op.db, user.id) == 0
    assert 'value="passkey"' not in (await browser.get("/account/security")).text
