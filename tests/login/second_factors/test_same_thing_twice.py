"""The same thing proven twice is one thing: a mailbox is not two factors (I06)."""

import pytest

from hibana_op.foundation.errors import PageRefused
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.secrets import digest, token
from hibana_op.login import sessions as login_sessions
from hibana_op.login.second_factors import SECOND_FACTORS
from hibana_op.login.sessions import Asked, Begun, SignIn
from hibana_op.provider import Provider
from hibana_op.records import interactions, sessions
from hibana_op.records.factors import Factor
from hibana_op.records.interactions import Interaction
from hibana_op.records.users import User
from tests.deployment import Deployment
from tests.make import make_user
from tests.policies import choose
from tests.second_factors import ORIGIN, with_app, with_mailbox

BROWSER = digest(token())


async def begin(op: Provider) -> str:
    """A sign-in in progress; its id."""
    now = op.now()
    progress = Interaction(
        id=uuid7(), browser_hash=BROWSER, client_id=None, request=None, created_at=now, expires_at=now + 600
    )
    await op.db.transact(lambda tx: interactions.insert(tx, progress))
    return progress.id


async def prove(op: Provider, user: User, interaction_id: str, factor: Factor) -> Begun | Asked:
    """Prove one more thing in a sign-in."""
    return await login_sessions.settle(
        op,
        SignIn(
            user=user,
            factor=factor,
            interaction_id=interaction_id,
            browser_hash=BROWSER,
            remember=None,
            replaced=None,
            builds_on=None,
            origin=ORIGIN,
        ),
    )


def by_link(op: Provider) -> Factor:
    """A first factor that shows that somebody reads a mailbox."""
    return Factor(method="email_link", proves=("mailbox",), amr=("otp",), proven_at=op.now())


async def test_I06_code_by_mail_adds_nothing_to_a_link_by_mail(deployment: Deployment) -> None:
    op = deployment.op
    await choose(op, sign_in={"methods": ["passkey", "password", "email"]})
    user = await make_user(op, email_verified=True)
    await with_mailbox(op, user)
    interaction_id = await begin(op)

    first = await prove(op, user, interaction_id, by_link(op))
    again = await prove(op, user, interaction_id, SECOND_FACTORS["email"].proven(now=op.now()))

    assert first == Asked(())
    assert again == Asked(())
    assert await sessions.live_of_user(op.db, user.id, now=op.now()) == []


async def test_I06_another_thing_does(deployment: Deployment) -> None:
    op = deployment.op
    await choose(op, sign_in={"methods": ["passkey", "password", "email"]})
    user = await make_user(op, email_verified=True)
    await with_mailbox(op, user)
    await with_app(op, user)
    interaction_id = await begin(op)

    assert await prove(op, user, interaction_id, by_link(op)) == Asked(("totp",))
    begun = await prove(op, user, interaction_id, SECOND_FACTORS["totp"].proven(now=op.now()))

    assert isinstance(begun, Begun)
    assert begun.session.acr == "urn:hibana:loa:2"


@pytest.mark.parametrize("name", list(SECOND_FACTORS))
async def test_I01_second_factor_alone_is_no_sign_in(deployment: Deployment, name: str) -> None:
    op = deployment.op
    user = await make_user(op)
    await with_app(op, user)
    interaction_id = await begin(op)

    with pytest.raises(PageRefused, match="interaction_expired"):
        await prove(op, user, interaction_id, SECOND_FACTORS[name].proven(now=op.now()))

    assert await sessions.live_of_user(op.db, user.id, now=op.now()) == []
