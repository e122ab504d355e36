"""Which apps took part in a session, on both engines."""

from hibana_op.records import clients, session_clients, sessions, users
from hibana_op.storage.database import Database, Session
from tests.make import a_client, a_session, a_user


async def test_each_app_is_noted_once_in_the_order_of_its_first_time(db: Database) -> None:
    user, first, second = a_user(), a_client(), a_client()
    session, other = a_session(user), a_session(user)

    async def write(tx: Session) -> None:
        await users.insert(tx, user)
        for client in (first, second):
            await clients.insert(tx, client)
        for each in (session, other):
            await sessions.insert(tx, each)
        for now, client in ((2, second), (3, first), (4, second)):
            await session_clients.note(tx, session.id, client.client_id, now=now)
        await session_clients.note(tx, other.id, first.client_id, now=5)

    await db.transact(write)

    assert await session_clients.of_session(db, session.id) == [second, first]
    assert await session_clients.of_session(db, other.id) == [first]
    assert await session_clients.of_session(db, "unknown") == []
