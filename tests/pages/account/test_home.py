"""The security check-up: what is in order, what is to be done, and where."""

from hibana_op.foundation.ids import uuid7
from hibana_op.records import passkeys
from hibana_op.records.passkeys import Passkey
from tests.deployment import Deployment
from tests.make import make_session, make_user
from tests.pages.account.visiting import heading, signed_in


async def test_a_new_account_is_told_what_it_lacks(deployment: Deployment) -> None:
    browser = await signed_in(deployment, await make_user(deployment.op))
    page = await browser.get("/account")
    assert heading(page) == "Welcome, Alice Yamada"
    assert "is not confirmed yet" in page.text
    assert "You have no passkey." in page.text
    assert "Two-step verification is off." in page.text
    assert "You are signed in on this device only." in page.text
    for path in ("/account/email", "/account/security", "/account/sessions"):
        assert f'href="{path}"' in page.text


async def test_what_is_in_order_is_said_too(deployment: Deployment) -> None:
    user = await make_user(deployment.op, email_verified=True)
    passkey = Passkey(
        id=uuid7(),
        user_id=user.id,
        credential_id="credential",
        public_key="key",
        sign_count=0,
        transports=("internal",),
        aaguid="00000000-0000-0000-0000-000000000000",
        name="Phone",
        backup_eligible=True,
        backed_up=True,
        created_at=deployment.op.now(),
        last_used_at=None,
    )
    await deployment.op.db.transact(lambda tx: passkeys.insert(tx, passkey))
    await make_session(deployment.op, user)
    page = (await (await signed_in(deployment, user)).get("/account")).text
    assert "is confirmed." in page
    assert "Passkeys: 1." in page
    assert "You are signed in on 2 devices." in page


async def test_the_name_is_the_one_in_the_language_of_the_page(deployment: Deployment) -> None:
    user = await make_user(deployment.op, localized={"name#ja": "山田 花子"})
    browser = await signed_in(deployment, user, **{"Accept-Language": "ja"})
    assert heading(await browser.get("/account")) == "山田 花子さん、ようこそ"
