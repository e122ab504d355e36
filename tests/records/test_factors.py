"""What was proven, in the order in which it was, and for how long it counts."""

import pytest

from hibana_op.records import factors, sessions, users
from hibana_op.records.factors import Factor
from hibana_op.storage.database import Database
from tests.make import a_session, a_user

NOW = 1_800_000_000


def a_factor(method: str, at: int = NOW) -> Factor:
    return Factor(method=method, proves=(method,), amr=(), proven_at=at)


@pytest.fixture
async def session_id(db: Database) -> str:
    """A session to keep factors for."""
    user = a_user()
    session = a_session(user)
    await users.insert(db, user)
    await sessions.insert(db, session)
    return session.id


@pytest.mark.parametrize(
    ("proven", "expected"),
    [
        (("backup_code", "password"), ["password", "backup_code"]),
        (("passkey", "password"), ["password", "passkey"]),
        (("totp", "passkey"), ["passkey", "totp"]),
        (("email", "provider"), ["provider", "email"]),
    ],
)
async def test_what_was_proven_within_a_second_begins_with_what_a_sign_in_begins_with(
    db: Database, session_id: str, proven: tuple[str, ...], expected: list[str]
) -> None:
    await factors.keep(db, session_id, [a_factor(method) for method in proven], lifetime=60)

    assert [factor.method for factor, _ in await factors.of_session(db, session_id)] == expected


async def test_a_factor_that_is_proven_again_counts_from_then(db: Database, session_id: str) -> None:
    await factors.keep(db, session_id, [a_factor("password"), a_factor("totp", NOW + 5)], lifetime=60)
    await factors.keep(db, session_id, [a_factor("totp", NOW + 100)], lifetime=60)

    kept = await factors.of_session(db, session_id)
    assert [(factor.method, ends) for factor, ends in kept] == [("password", NOW + 60), ("totp", NOW + 160)]

    await factors.forget_of_session(db, session_id)
    assert await factors.of_session(db, session_id) == []
