"""Minting a code: the last look at the interaction and the session, in the transaction of the code."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from hibana_op.foundation.errors import AccessDenied, PageRefused
from hibana_op.foundation.origin import Origin
from hibana_op.oauth import logout
from hibana_op.oauth.authorization_answer import give
from hibana_op.oauth.authorize import Issue
from hibana_op.oauth.response_types import RESPONSE_TYPES
from hibana_op.records import interactions, memberships, sessions, users
from tests.deployment import Deployment, deploy
from tests.make import make_client, make_member, make_tenant, make_user
from tests.oauth.test_authorize import a_request, a_session, progress

ORIGIN = Origin(None, None, "0" * 32)


@pytest.fixture
async def deployment(database_url: str, tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment on a fresh database of each engine."""
    async with deploy(database_url, tmp_path) as deployed:
        yield deployed


async def ready(deployment: Deployment) -> Issue:
    """A decision for which nothing is missing."""
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    session = a_session(user_id=user.id)
    await sessions.insert(op.db, session)
    return Issue(a_request(client), session)


async def minted(deployment: Deployment) -> int:
    """How many codes there are."""
    return len(await deployment.op.db.all("SELECT * FROM authorization_codes"))


async def test_an_interaction_gives_one_code(deployment: Deployment) -> None:
    op = deployment.op
    decided = await ready(deployment)
    done = progress(client_id=decided.request.client.client_id, expires_at=op.now() + 60)
    await interactions.insert(op.db, done)
    assert "code" in (await give(op, decided.request, decided.session, done, ORIGIN)).fields

    with pytest.raises(PageRefused, match="interaction_expired"):
        await give(op, decided.request, decided.session, done, ORIGIN)

    assert await minted(deployment) == 1


@pytest.mark.parametrize("response_type", RESPONSE_TYPES)
async def test_a_person_who_was_suspended_meanwhile_gets_no_token_through_the_browser(
    deployment: Deployment, response_type: str
) -> None:
    op = deployment.op
    decided = await ready(deployment)
    asked = replace(decided.request, response_type=RESPONSE_TYPES[response_type])
    await op.db.run("UPDATE users SET status = 'suspended'")

    if not asked.response_type.is_front_channel:
        # A code is worth nothing to anybody who may not sign in: it is refused when it comes back.
        assert not {"access_token", "id_token"} & (await give(op, asked, decided.session, None, ORIGIN)).fields.keys()
        return
    with pytest.raises(PageRefused, match="session_ended"):
        await give(op, asked, decided.session, None, ORIGIN)

    assert await minted(deployment) == 0
    assert await op.db.all("SELECT * FROM token_families") == []


async def test_a_session_that_ended_meanwhile_gives_none(deployment: Deployment) -> None:
    op = deployment.op
    decided = await ready(deployment)
    await logout.end_session(op, decided.session, reason="logout", origin=ORIGIN)
    await logout.end_session(op, decided.session, reason="logout", origin=ORIGIN)

    with pytest.raises(PageRefused, match="session_ended"):
        await give(op, decided.request, decided.session, None, ORIGIN)

    assert await minted(deployment) == 0
    ended = await op.db.all("SELECT * FROM audit_log WHERE action = 'user:session:ended'")
    assert len(ended) == 1


@pytest.mark.parametrize("status", ["suspended", "left"])
@pytest.mark.parametrize("response_type", ["code", "id_token"])
async def test_O05_a_member_who_was_shut_out_meanwhile_gets_nothing_in_the_tenant(
    deployment: Deployment, response_type: str, status: str
) -> None:
    op = deployment.op
    decided, tenant = await ready(deployment), await make_tenant(op)
    user = await users.get(op.db, decided.session.user_id)
    member = await make_member(op, tenant, user)
    entered = await memberships.as_seen(op.db, member.id, user_id=user.id)
    await op.db.transact(lambda tx: memberships.update(tx, replace(member, status=status)))
    asked = replace(decided.request, response_type=RESPONSE_TYPES[response_type])

    with pytest.raises(AccessDenied, match="tenant"):
        await give(op, asked, decided.session, None, ORIGIN, entered=entered)

    # What would be kept now would count again with the membership.
    assert await op.db.all("SELECT * FROM token_families") == []
    (session,) = await sessions.live_of_user(op.db, user.id, now=op.now())
    assert session.active_membership_id is None
