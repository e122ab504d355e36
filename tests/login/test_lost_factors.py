"""What an administrator takes away for somebody who lost it."""

import pytest

from hibana_op.foundation.errors import InvalidRecord, NotFound
from hibana_op.foundation.events import FactorsReset
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.login import lost_factors, trust
from hibana_op.login.second_factors import enrolment
from hibana_op.records import audit_log, passkeys, sessions
from hibana_op.records.passkeys import Passkey
from hibana_op.records.users import User
from tests.deployment import Deployment
from tests.make import make_session, make_user
from tests.second_factors import ORIGIN, deployment, messages_to, with_app, with_mailbox

__all__ = ["deployment"]

ADMINISTRATOR = Origin.command("trace")


async def with_passkey(deployment: Deployment, user: User, name: str = "Phone") -> Passkey:
    passkey = Passkey(
        id=uuid7(),
        user_id=user.id,
        credential_id=uuid7(),
        public_key="key",
        sign_count=0,
        transports=(),
        aaguid="",
        name=name,
        backup_eligible=False,
        backed_up=False,
        created_at=deployment.op.now(),
        last_used_at=None,
    )
    await passkeys.insert(deployment.op.db, passkey)
    return passkey


async def has(deployment: Deployment, user: User) -> lost_factors.SetUp:
    return await lost_factors.set_up(deployment.op.db, user.id, now=deployment.op.now())


async def everything(deployment: Deployment) -> User:
    """Somebody who has set up everything."""
    op = deployment.op
    user = await make_user(op, locale="en")
    await with_app(op, user)
    await with_mailbox(op, user)
    await enrolment.make_backup_codes(op, user, ORIGIN)
    await trust.trust(op, user.id, browser_hash="a browser", origin=ORIGIN)
    await with_passkey(deployment, user)
    return user


async def test_what_is_named_goes_and_the_rest_stays(deployment: Deployment) -> None:
    user = await everything(deployment)
    other = await everything(deployment)
    await enrolment.prefer(deployment.op, user, "totp", ORIGIN)

    removed = await lost_factors.remove(
        deployment.op, user, kinds=("totp", "trusted-browsers"), named=(), origin=ADMINISTRATOR
    )

    assert removed == ("totp", "trusted-browsers")
    left = await has(deployment, user)
    assert [(each.method, each.is_primary) for each in left.methods] == [("email", True)]
    assert (left.backup_codes, left.browsers, len(left.passkeys)) == (10, 0, 1)
    assert (await has(deployment, other)).kinds == {
        *("totp", "email", "backup-codes", "trusted-browsers", "passkeys"),
    }


async def test_all_of_it_goes_at_once_with_what_signed_in_and_the_person_is_told(deployment: Deployment) -> None:
    op = deployment.op
    user = await everything(deployment)
    await make_session(op, user)

    await lost_factors.remove(op, user, kinds=None, named=(), origin=ADMINISTRATOR)

    assert (await has(deployment, user)).kinds == frozenset()
    assert await sessions.live_of_user(op.db, user.id, now=op.now()) == []
    assert "Ways to confirm sign-ins were removed from your Hibana account" in {
        mail.subject for mail in await messages_to(op, user.email)
    }
    (entry,) = [each for each in await audit_log.page(op.db) if each.action == FactorsReset.tag]
    assert (entry.user_id, entry.resource_id) == (None, user.id)
    assert entry.metadata["removed"] == ["totp", "email", "backup-codes", "trusted-browsers", "passkey Phone"]
    page = await deployment.browser().get("/login")
    landed = await deployment.browser().sign_in(page, user)
    assert landed.url.path != "/login/mfa"


async def test_a_passkey_is_named_by_its_name_or_id(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    phone, key, twin = [await with_passkey(deployment, user, name) for name in ("Phone", "Key", "Key")]
    other = await with_passkey(deployment, await make_user(deployment.op), "Laptop")
    for named, refusal in (("Laptop", NotFound), (other.id, NotFound), ("Key", InvalidRecord)):
        with pytest.raises(refusal):
            await lost_factors.remove(deployment.op, user, kinds=(), named=(named,), origin=ADMINISTRATOR)
    assert (await has(deployment, user)).passkeys == (phone, key, twin)

    await lost_factors.remove(deployment.op, user, kinds=(), named=("Phone", twin.id), origin=ADMINISTRATOR)

    assert (await has(deployment, user)).passkeys == (key,)


@pytest.mark.parametrize("kinds", [("totp", "sms"), None])
async def test_what_is_not_there_is_refused_and_nothing_happens(
    deployment: Deployment, kinds: tuple[str, ...] | None
) -> None:
    user = await make_user(deployment.op)
    if kinds is not None:
        await with_app(deployment.op, user)
    await make_session(deployment.op, user)

    with pytest.raises(NotFound):
        await lost_factors.remove(deployment.op, user, kinds=kinds, named=(), origin=ADMINISTRATOR)

    assert (await has(deployment, user)).kinds == (frozenset() if kinds is None else {"totp"})
    assert len(await sessions.live_of_user(deployment.op.db, user.id, now=deployment.op.now())) == 1


async def test_a_passkey_that_came_first_makes_room(deployment: Deployment) -> None:
    user = await everything(deployment)
    await enrolment.prefer(deployment.op, user, "passkey", ORIGIN)

    await lost_factors.remove(deployment.op, user, kinds=("passkeys",), named=(), origin=ADMINISTRATOR)

    assert [(each.method, each.is_primary) for each in (await has(deployment, user)).methods] == [
        ("email", True),
        ("totp", False),
    ]
