"""Whoever changes how an account is opened, its person hears of it by mail: in their language, as text and as HTML.

That a passkey or an account elsewhere was added is tested where it takes a browser: with passkeys and federation.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from hibana_op.foundation.ids import uuid7
from hibana_op.login import deletion, links, own_account, own_profile
from hibana_op.login.federation import linking
from hibana_op.login.passkeys import keeping
from hibana_op.login.second_factors import enrolment
from hibana_op.records import identity_providers, passkeys, user_identities, verification_tokens
from hibana_op.records.identity_providers import IdentityProvider
from hibana_op.records.passkeys import Passkey
from hibana_op.records.user_identities import UserIdentity
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db
from tests.deployment import Deployment
from tests.make import PASSWORD, make_session, make_user
from tests.second_factors import ORIGIN, deploy_sending, messages_to, with_app

Change = Callable[[Deployment, User], Awaitable[object]]


@pytest.fixture
async def sending(tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment that sends mail."""
    async with deploy_sending(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path) as deployed:
        yield deployed


async def another_password(at: Deployment, user: User) -> None:
    session = await make_session(at.op, user)
    await own_account.change_password(
        at.op, user, session, current=PASSWORD, new="a sentence of several words", end_others=True, origin=ORIGIN
    )


async def another_address(at: Deployment, user: User) -> None:
    link = links.make(
        at.op, "/{token}", purpose=links.CHANGE_EMAIL, email="new@example.com", user_id=user.id, was=user.email
    )
    await at.op.db.transact(lambda tx: verification_tokens.insert(tx, link.row))
    await own_account.confirm_email(at.op, link.row, ORIGIN)


async def another_phone(at: Deployment, user: User) -> None:
    await own_profile.save(at.op, user, own_profile.read(user, [], {"phone_number": "+819012345678"}), ORIGIN)


async def second_step_on(at: Deployment, user: User) -> None:
    await with_app(at.op, user)


async def second_step_off(at: Deployment, user: User) -> None:
    await with_app(at.op, user)
    await enrolment.remove(at.op, user, "totp", ORIGIN)


async def new_backup_codes(at: Deployment, user: User) -> None:
    await with_app(at.op, user)
    await enrolment.make_backup_codes(at.op, user, ORIGIN)


async def passkey_off(at: Deployment, user: User) -> None:
    passkey = Passkey(
        id=uuid7(),
        user_id=user.id,
        credential_id=uuid7(),
        public_key="key",
        sign_count=0,
        transports=("internal",),
        aaguid="00000000-0000-0000-0000-000000000000",
        name="鍵",
        backup_eligible=True,
        backed_up=True,
        created_at=at.op.now(),
        last_used_at=None,
    )
    await at.op.db.transact(lambda tx: passkeys.insert(tx, passkey))
    await keeping.remove(at.op, user, passkey, ORIGIN)


async def unlinked(at: Deployment, user: User) -> None:
    now = at.op.now()
    acme = IdentityProvider(
        id=uuid7(), slug="acme", name="ACME", provider_type="oidc", config={}, created_at=now, updated_at=now
    )
    identity = UserIdentity(
        id=uuid7(), user_id=user.id, provider_id=acme.id, issuer="https://acme.example", subject="1", created_at=now
    )

    async def write(tx: Db) -> None:
        await identity_providers.insert(tx, acme)
        await user_identities.insert_once(tx, identity)

    await at.op.db.transact(write)
    await linking.unlink(at.op, user, identity.id, ORIGIN)


async def leaving(at: Deployment, user: User) -> None:
    await deletion.request(at.op, user, ORIGIN)


async def staying(at: Deployment, user: User) -> None:
    await deletion.request(at.op, user, ORIGIN)
    await deletion.cancel(at.op, user, ORIGIN)


async def gone(at: Deployment, user: User) -> None:
    await deletion.request(at.op, user, ORIGIN)
    at.clock.advance(deletion.GRACE)
    await deletion.erase(at.op, user, ORIGIN)


CHANGES: dict[Change, tuple[str, str]] = {
    another_password: ("The password of your Hibana account was changed", "パスワードが変更されました"),
    another_address: ("The address of your Hibana account was changed", "メールアドレスが変更されました"),
    another_phone: ("The phone number of your Hibana account was changed", "電話番号が変更されました"),
    second_step_on: ("A second step was added to your Hibana account", "2段階認証の方法が追加されました"),
    second_step_off: ("A second step was removed from your Hibana account", "2段階認証の方法が削除されました"),
    new_backup_codes: ("Hibana backup codes were made", "バックアップコード"),
    passkey_off: ("A passkey was removed from your Hibana account", "パスキーが削除されました"),
    unlinked: ("ACME was unlinked from your Hibana account", "ACME"),
    leaving: ("Your Hibana account will be deleted", "削除されます"),
    staying: ("Your Hibana account stays", "削除は取り消されました"),
    gone: ("Your Hibana account was deleted", "アカウントは削除されました"),
}


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_a_change_is_told_in_the_persons_language_as_text_and_as_html(
    sending: Deployment, change: Change, language: str
) -> None:
    user = await make_user(sending.op, locale=language)

    await change(sending, user)

    newest = (await messages_to(sending.op, user.email))[0]
    english, japanese = CHANGES[change]
    assert (english if language == "en" else japanese) in newest.subject
    assert newest.text_body.strip()
    assert newest.html_body.startswith("<p>")
    assert "{" not in newest.subject + newest.text_body
