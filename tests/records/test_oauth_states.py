"""A departure comes back once, whoever is quickest, to the browser and provider it left for."""

import asyncio

import pytest

from hibana_op.foundation.ids import uuid7
from hibana_op.records import identity_providers, oauth_states
from hibana_op.records.identity_providers import IdentityProvider
from hibana_op.records.oauth_states import OAuthState
from hibana_op.storage.database import Database

NOW = 1_800_000_000


@pytest.fixture
async def provider_id(db: Database) -> str:
    """A provider to leave for."""
    made = IdentityProvider(
        id=uuid7(), slug="acme", name="ACME", provider_type="oidc", config={}, created_at=NOW, updated_at=NOW
    )
    await db.transact(lambda tx: identity_providers.insert(tx, made))
    return made.id


async def leave(db: Database, provider_id: str, state_hash: str = "state") -> None:
    """Leave."""
    left = OAuthState(
        state_hash=state_hash,
        provider_id=provider_id,
        browser_hash="browser",
        nonce="nonce",
        verifier_sealed="sealed",
        created_at=NOW,
        expires_at=NOW + 600,
    )
    await db.transact(lambda tx: oauth_states.insert(tx, left))


async def spend(db: Database, provider_id: str, state_hash: str = "state", **changes: object) -> OAuthState | None:
    """Come back."""
    how: dict[str, object] = {"provider_id": provider_id, "browser_hash": "browser", "now": NOW + 1, **changes}
    return await db.transact(lambda tx: oauth_states.spend(tx, state_hash, **how))  # type: ignore[arg-type]


async def test_K01_a_departure_is_spent_once(db: Database, provider_id: str) -> None:
    await leave(db, provider_id)
    first, second = await spend(db, provider_id), await spend(db, provider_id)
    assert first is not None
    assert (first.nonce, first.consumed_at, second) == ("nonce", NOW + 1, None)


async def test_K01_of_twenty_at_once_one_comes_back(db: Database, provider_id: str) -> None:
    for number in range(20):
        await leave(db, provider_id, f"state {number}")
        came = await asyncio.gather(*(spend(db, provider_id, f"state {number}") for _ in range(20)))
        assert sum(each is not None for each in came) == 1


@pytest.mark.parametrize(
    "changes",
    [{"browser_hash": "another"}, {"provider_id": "another"}, {"now": NOW + 600}],
    ids=["browser", "provider", "late"],
)
async def test_K01_what_does_not_fit_spends_nothing(db: Database, provider_id: str, changes: dict[str, object]) -> None:
    await leave(db, provider_id)
    assert await spend(db, **{"provider_id": provider_id, **changes}) is None  # type: ignore[arg-type]
    assert await spend(db, provider_id) is not None


async def keep(db: Database, sealed: str = "answer", *, now: int = NOW + 1) -> bool:
    """Keep what the provider sent."""
    return await db.transact(lambda tx: oauth_states.keep_answer(tx, "state", sealed=sealed, now=now))


async def test_K08_a_departure_is_answered_once_while_somebody_waits(db: Database, provider_id: str) -> None:
    await leave(db, provider_id)
    assert await oauth_states.find_waiting(db, "state", provider_id=provider_id, now=NOW + 600) is None
    assert await oauth_states.find_waiting(db, "state", provider_id="other", now=NOW) is None
    assert await oauth_states.find_waiting(db, "state", provider_id=provider_id, now=NOW) is not None
    assert not await keep(db, now=NOW + 600)
    assert sorted(await asyncio.gather(*(keep(db) for _ in range(5)))) == [*[False] * 4, True]
    assert await oauth_states.find_waiting(db, "state", provider_id=provider_id, now=NOW) is None
    taken = await spend(db, provider_id)
    assert taken is not None
    assert taken.answer_sealed == "answer"


async def test_K08_nothing_is_kept_for_somebody_who_is_back(db: Database, provider_id: str) -> None:
    await leave(db, provider_id)
    await spend(db, provider_id)
    assert not await keep(db)
    assert await oauth_states.find_waiting(db, "state", provider_id=provider_id, now=NOW) is None
