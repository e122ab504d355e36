"""A challenge is taken once, by whoever it was made for, while it counts."""

import asyncio
from typing import Any

import pytest

from hibana_op.foundation.secrets import digest, token
from hibana_op.records import expired, users, webauthn_challenges
from hibana_op.records.webauthn_challenges import Challenge
from hibana_op.storage.database import Database
from tests.make import a_user

NOW = 1_800_000_000


async def begun(db: Database, **changes: Any) -> Challenge:
    """A challenge of one browser, good for a minute."""
    valid: dict[str, Any] = {
        "challenge_hash": digest(token()),
        "ceremony": "get",
        "browser_hash": "one browser",
        "expires_at": NOW + 60,
    }
    challenge = Challenge(**{**valid, **changes})
    await db.transact(lambda tx: webauthn_challenges.insert(tx, challenge))
    return challenge


async def take(db: Database, challenge: Challenge, **changes: Any) -> Challenge | None:
    """Take it as it was made, but for the changes."""
    asked: dict[str, Any] = {"ceremony": challenge.ceremony, "browser_hash": challenge.browser_hash, "now": NOW}
    return await db.transact(lambda tx: webauthn_challenges.take(tx, challenge.challenge_hash, **{**asked, **changes}))


async def test_J01_it_is_taken_once(db: Database) -> None:
    challenge = await begun(db)

    assert await take(db, challenge) == challenge
    assert await take(db, challenge) is None


async def test_J01_of_twenty_at_once_one_takes_it(db: Database) -> None:
    challenge = await begun(db)

    taken = await asyncio.gather(*(take(db, challenge) for _ in range(20)))

    assert len([each for each in taken if each is not None]) == 1


@pytest.mark.parametrize(
    "changes",
    [{"ceremony": "create"}, {"browser_hash": "another"}, {"user_id": "somebody"}, {"now": NOW + 60}],
    ids=["ceremony", "browser", "person", "time"],
)
async def test_J01_nobody_else_takes_it(db: Database, changes: dict[str, Any]) -> None:
    challenge = await begun(db)

    assert await take(db, challenge, **changes) is None
    assert await take(db, challenge) == challenge


async def test_J01_one_that_was_made_for_a_person_is_taken_by_them(db: Database) -> None:
    user = a_user()
    await db.transact(lambda tx: users.insert(tx, user))
    challenge = await begun(db, ceremony="create", user_id=user.id)

    assert await take(db, challenge, user_id=user.id) == challenge


async def test_what_nobody_took_is_swept_away(db: Database) -> None:
    await begun(db)
    swept = [await expired.sweep(db, step, now=NOW + 61) for step in range(expired.STEPS)]

    assert sum(swept) == 1
