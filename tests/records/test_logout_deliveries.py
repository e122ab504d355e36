"""What waits to be told to apps: queued with the end of a session, taken by one worker at a time."""

import asyncio
from typing import Any

from hibana_op.records import clients, logout_deliveries, session_clients, sessions, users
from hibana_op.records.clients import Client
from hibana_op.records.logout_deliveries import LogoutDelivery
from hibana_op.records.users import User
from hibana_op.storage.database import Database
from hibana_op.storage.database import Session as Db
from tests.make import a_client, a_session, a_user

NOW = 1_800_000_000
ATTEMPTS = 3
TOLD: dict[str, Any] = {"backchannel_logout_uri": "https://app.example/ended"}


async def taking_part(db: Database, user: User, *apps: Client, **session: int) -> str:
    """A session of a person in which some apps took part."""
    begun = a_session(user, **session)

    async def write(tx: Db) -> None:
        await sessions.insert(tx, begun)
        for app in apps:
            await session_clients.note(tx, begun.id, app.client_id, now=NOW)

    await db.transact(write)
    return begun.id


async def registered(db: Database, *people: User) -> tuple[Client, Client, Client]:
    """People, two apps that want to be told, and one that does not."""
    apps = a_client(**TOLD), a_client(**TOLD), a_client()

    async def write(tx: Db) -> None:
        for user in people:
            await users.insert(tx, user)
        for app in apps:
            await clients.insert(tx, app)

    await db.transact(write)
    return apps


async def queued(db: Database, *session_ids: str) -> set[tuple[str, str]]:
    """What waits, as pairs of session and client."""
    found = [each for session_id in session_ids for each in await logout_deliveries.of_session(db, session_id)]
    return {(each.session_id, each.client_id) for each in found}


async def lease(db: Database, client: Client, *, now: int, until: int) -> LogoutDelivery | None:
    return await db.transact(
        lambda tx: logout_deliveries.lease(tx, client.client_id, until=until, attempts=ATTEMPTS, now=now)
    )


async def test_every_app_that_wants_to_be_told_is_queued_when_its_session_ends(db: Database) -> None:
    user = a_user()
    first, second, untold = await registered(db, user)
    session_id = await taking_part(db, user, first, second, untold)
    other = await taking_part(db, user, first)

    assert await db.transact(lambda tx: sessions.revoke(tx, session_id, now=NOW))
    assert not await db.transact(lambda tx: sessions.revoke(tx, session_id, now=NOW + 1))

    assert await queued(db, session_id, other) == {(session_id, first.client_id), (session_id, second.client_id)}
    (delivery, _) = await logout_deliveries.of_session(db, session_id)
    assert (delivery.user_id, delivery.attempts, delivery.next_attempt_at) == (user.id, 0, NOW)


async def test_ending_all_sessions_of_a_person_tells_the_apps_of_each(db: Database) -> None:
    user, somebody = a_user(), a_user()
    first, second, untold = await registered(db, user, somebody)
    one, two = await taking_part(db, user, first), await taking_part(db, user, first, second, untold)
    of_somebody, outlived = (
        await taking_part(db, somebody, first),
        await taking_part(db, user, first, expires_at=NOW),
    )

    assert await db.transact(lambda tx: sessions.revoke_of_user(tx, user.id, now=NOW)) == 3

    told = {(one, first.client_id), (two, first.client_id), (two, second.client_id)}
    assert await queued(db, one, two, of_somebody, outlived) == told


async def test_ending_every_session_tells_every_app(db: Database) -> None:
    user, somebody = a_user(), a_user()
    first, second, _ = await registered(db, user, somebody)
    one, two = await taking_part(db, user, first), await taking_part(db, somebody, second)
    await db.transact(lambda tx: sessions.revoke(tx, one, now=NOW - 5))

    assert await db.transact(lambda tx: sessions.revoke_all(tx, now=NOW)) == 1

    assert await queued(db, one, two) == {(one, first.client_id), (two, second.client_id)}


async def test_a_delivery_under_way_is_nobody_elses_until_its_lease_ends(db: Database) -> None:
    user = a_user()
    client, other, _ = await registered(db, user)
    session_id = await taking_part(db, user, client)
    await db.transact(lambda tx: sessions.revoke(tx, session_id, now=NOW))

    taken = await asyncio.gather(*(lease(db, client, now=NOW, until=NOW + 60) for _ in range(5)))

    (mine,) = [each for each in taken if each is not None]
    assert mine.attempts == 1
    assert await lease(db, other, now=NOW, until=NOW + 60) is None
    assert await lease(db, client, now=NOW + 59, until=NOW + 120) is None
    assert await logout_deliveries.waiting_clients(db, attempts=ATTEMPTS, now=NOW + 59) == []
    assert await logout_deliveries.waiting_clients(db, attempts=ATTEMPTS, now=NOW + 60) == [client.client_id]
    again = await lease(db, client, now=NOW + 60, until=NOW + 120)
    assert again is not None
    assert again.attempts == 2


async def test_what_was_delivered_or_failed_too_often_waits_no_more(db: Database) -> None:
    user = a_user()
    first, second, _ = await registered(db, user)
    session_id = await taking_part(db, user, first, second)
    await db.transact(lambda tx: sessions.revoke(tx, session_id, now=NOW))
    mine = await lease(db, first, now=NOW, until=NOW + 60)
    assert mine is not None

    await db.transact(lambda tx: logout_deliveries.note_delivered(tx, mine.id, now=NOW + 1))
    for attempt in range(ATTEMPTS):
        theirs = await lease(db, second, now=NOW + attempt, until=NOW + 60)
        assert theirs is not None
        again = theirs.id
        await db.transact(
            lambda tx, id=again, at=attempt: logout_deliveries.note_failure(  # type: ignore[misc]
                tx, id, failure="nobody there", next_attempt_at=NOW + at + 1
            )
        )

    assert await logout_deliveries.waiting_clients(db, attempts=ATTEMPTS, now=NOW + 9999) == []
    assert await lease(db, first, now=NOW + 9999, until=NOW + 9999) is None
    assert await lease(db, second, now=NOW + 9999, until=NOW + 9999) is None
    kept = {each.client_id: each for each in await logout_deliveries.of_session(db, session_id)}
    assert (kept[first.client_id].delivered_at, kept[first.client_id].failure) == (NOW + 1, None)
    assert (kept[second.client_id].attempts, kept[second.client_id].failure) == (ATTEMPTS, "nobody there")


async def test_whoever_has_waited_longest_comes_first(db: Database) -> None:
    user = a_user()
    first, second, _ = await registered(db, user)
    later, sooner = await taking_part(db, user, first), await taking_part(db, user, second)
    await db.transact(lambda tx: sessions.revoke(tx, sooner, now=NOW))
    await db.transact(lambda tx: sessions.revoke(tx, later, now=NOW + 1))

    waiting = await logout_deliveries.waiting_clients(db, attempts=ATTEMPTS, now=NOW + 1)

    assert waiting == [second.client_id, first.client_id]
