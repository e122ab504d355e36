"""A person who signs in again in the same browser goes on with the session that apps know: rows F01 and F03."""

import asyncio

import pytest

from hibana_op.foundation.errors import PageRefused
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.login.policy import ABSOLUTE_LIFETIME, IDLE_LIFETIME
from hibana_op.login.sessions import Begun, SignIn, settle
from hibana_op.records import interactions, sessions
from hibana_op.records.factors import Factor
from hibana_op.records.interactions import Interaction
from hibana_op.records.sessions import Session
from hibana_op.records.users import User
from tests.deployment import Deployment
from tests.make import make_user

BROWSER = "the-hash-of-a-browser"


async def sign_in(deployment: Deployment, user: User, replaced: Session | None = None, **changes: str) -> Session:
    """Begin a session, or go on with one."""
    op = deployment.op
    browser, now = changes.get("browser", BROWSER), op.now()
    begun = await settle(
        op,
        SignIn(
            user=user,
            factor=Factor(method="password", proves=("password",), amr=("pwd",), proven_at=now),
            browser_hash=browser,
            remember=False,
            interaction_id=changes.get("interaction") or await begin_interaction(deployment, browser),
            replaced=replaced,
            builds_on=None,
            origin=Origin("192.0.2.1", "a browser", "trace"),
        ),
    )
    assert isinstance(begun, Begun)
    assert len(begun.token) == 43
    return begun.session


async def begin_interaction(deployment: Deployment, browser: str) -> str:
    """A sign-in in progress; its id."""
    now = deployment.op.now()
    interaction = Interaction(
        id=uuid7(), browser_hash=browser, client_id=None, request=None, created_at=now, expires_at=now + 600
    )
    await interactions.insert(deployment.op.db, interaction)
    return interaction.id


async def live(deployment: Deployment, user: User) -> list[Session]:
    return await sessions.live_of_user(deployment.op.db, user.id, now=deployment.op.now())


async def test_F01_the_session_goes_on_under_a_new_cookie(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    first = await sign_in(deployment, user)
    deployment.clock.advance(1000)

    second = await sign_in(deployment, user, first)

    assert second.id == first.id
    (kept,) = await live(deployment, user)
    assert kept.token_hash == second.token_hash != first.token_hash
    now = deployment.op.now()
    assert (kept.created_at, kept.auth_time) == (first.created_at, now)
    assert (kept.idle_expires_at, kept.expires_at) == (now + IDLE_LIFETIME, now + ABSOLUTE_LIFETIME)
    assert await sessions.find_by_token(deployment.op.db, first.token_hash, now=now) is None


async def test_of_two_tabs_one_goes_on_and_the_other_begins_anew(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    first = await sign_in(deployment, user)

    both = await asyncio.gather(*(sign_in(deployment, user, first) for _ in range(2)))

    assert [each.id for each in both].count(first.id) == 1
    assert {each.token_hash for each in await live(deployment, user)} == {each.token_hash for each in both}


@pytest.mark.parametrize("ending", ["ended", "idle", "elsewhere"])
async def test_session_that_counts_no_more_is_not_revived(deployment: Deployment, ending: str) -> None:
    user = await make_user(deployment.op)
    first = await sign_in(deployment, user)
    if ending == "ended":
        await deployment.op.db.transact(lambda tx: sessions.revoke(tx, first.id, now=deployment.op.now()))
    if ending == "idle":
        deployment.clock.advance(IDLE_LIFETIME)

    second = await sign_in(deployment, user, first, **({"browser": "another"} if ending == "elsewhere" else {}))

    assert second.id != first.id
    assert second.id in [each.id for each in await live(deployment, user)]


async def test_sign_in_that_is_over_changes_nothing(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    first = await sign_in(deployment, user)

    with pytest.raises(PageRefused):
        await sign_in(deployment, user, first, interaction="none of ours")

    assert await live(deployment, user) == [first]
