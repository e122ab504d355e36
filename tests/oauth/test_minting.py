"""Minting a code: the last look at the interaction and the session, in the transaction of the code."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hibana_op.foundation.errors import PageRefused
from hibana_op.foundation.origin import Origin
from hibana_op.oauth import authorize, logout
from hibana_op.oauth.authorize import Issue
from hibana_op.records import interactions, sessions
from tests.deployment import Deployment, deploy
from tests.make import make_client, make_user
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
    assert "code" in (await authorize.issue(op, decided, done, ORIGIN)).fields

    with pytest.raises(PageRefused, match="interaction_expired"):
        await authorize.issue(op, decided, done, ORIGIN)

    assert await minted(deployment) == 1


async def test_a_session_that_ended_meanwhile_gives_none(deployment: Deployment) -> None:
    op = deployment.op
    decided = await ready(deployment)
    await logout.end_session(op, decided.session, reason="logout", origin=ORIGIN)
    await logout.end_session(op, decided.session, reason="logout", origin=ORIGIN)

    with pytest.raises(PageRefused, match="session_ended"):
        await authorize.issue(op, decided, None, ORIGIN)

    assert await minted(deployment) == 0
    ended = await op.db.all("SELECT * FROM audit_log WHERE action = 'user:session:ended'")
    assert len(ended) == 1
