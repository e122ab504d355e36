"""Looking things up in the audit log: by what, by whom, where, and when, by clocks that do not quite agree."""

from functools import partial
from typing import Any

import pytest

from hibana_op.foundation.ids import uuid7
from hibana_op.records import audit_log, audit_search
from hibana_op.records.audit_log import AuditEntry
from hibana_op.records.audit_search import Wanted
from hibana_op.storage.database import Database

KEY = b"a key of the audit log, in tests"
HOUR = 3600


def entry(at: int, **changes: Any) -> AuditEntry:
    values: dict[str, Any] = {
        "id": uuid7(),
        "created_at": at,
        "action": "user:session:started",
        "outcome": "success",
        "actor_kind": "user",
        "user_id": "alice",
        "client_id": "shop",
        "resource_type": "user",
        "resource_id": "alice",
        "ip_address": None,
        "user_agent": None,
        "trace_id": None,
        "metadata": {},
    }
    return AuditEntry(**{**values, **changes})


async def write(db: Database, *entries: AuditEntry) -> None:
    for each in entries:
        await db.transact(partial(audit_log.append, entry=each, key=KEY))


async def numbers(db: Database, **wanted: Any) -> list[int]:
    """What a search finds; an export of the same has the same, the other way round."""
    found = [each.seq for each in await audit_search.page(db, Wanted(**wanted))]
    entries, newest = await audit_search.count(db, Wanted(**wanted))
    assert (entries, newest) == (len(found), max(found, default=0))
    exported = [each async for each in audit_search.forwards(db, Wanted(**wanted), up_to=newest, batch=2)]
    assert [each.seq for batch in exported for each in batch] == found[::-1]
    return found


async def test_a_stretch_of_time_has_what_happened_in_it_and_nothing_of_its_end(db: Database) -> None:
    await write(db, *(entry(number * HOUR) for number in range(1, 9)))

    assert await numbers(db, since=3 * HOUR) == [8, 7, 6, 5, 4, 3]
    assert await numbers(db, until=3 * HOUR) == [2, 1]
    assert await numbers(db, since=3 * HOUR, until=6 * HOUR) == [5, 4, 3]
    assert await numbers(db, since=3 * HOUR, until=6 * HOUR + 1) == [6, 5, 4, 3]
    assert await numbers(db, since=9 * HOUR) == await numbers(db, until=HOUR) == []


async def test_nothing_is_missed_where_the_clocks_of_two_machines_differ(db: Database) -> None:
    # One machine is some seconds ahead of the other, and both have been silent for long.
    await write(db, entry(HOUR), entry(9 * HOUR + 5), entry(9 * HOUR + 2), entry(9 * HOUR + 6), entry(20 * HOUR))

    assert await numbers(db, since=9 * HOUR) == [5, 4, 3, 2]
    assert await numbers(db, since=9 * HOUR + 3) == [5, 4, 2]
    assert await numbers(db, until=9 * HOUR + 3) == [3, 1]
    assert await numbers(db, since=9 * HOUR + 5, until=9 * HOUR + 6) == [2]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"action": "user:login:failed"}, [2]),
        ({"outcome": "failure"}, [2]),
        ({"user_id": "bob"}, [4, 3]),
        ({"user_id": "alice"}, [5, 4, 2, 1]),
        ({"client_id": "shop"}, [4, 3, 2, 1]),
        ({"resource_id": "bob"}, [5, 3]),
        ({"tenant_id": "acme"}, [4, 3]),
        ({"tenant_id": "acme", "user_id": "alice"}, [4]),
        ({"user_id": "nobody"}, []),
    ],
    ids=str,
)
async def test_what_is_asked_for_narrows_and_the_rest_does_not(
    db: Database, wanted: dict[str, Any], expected: list[int]
) -> None:
    await write(
        db,
        entry(1),
        entry(2, action="user:login:failed", outcome="failure"),
        entry(3, user_id="bob", resource_id="bob", tenant_id="acme"),
        entry(4, user_id="bob", tenant_id="acme"),  # done by one to another
        # A thing that is called like a person is not that person.
        entry(5, client_id="till", resource_type="client", resource_id="bob"),
    )

    assert await numbers(db, **wanted) == expected


async def test_the_log_of_a_person_has_what_they_did_and_what_was_done_to_them(db: Database) -> None:
    await write(
        db,
        entry(1),
        entry(2, user_id="bob", client_id="till"),
        entry(3, user_id="bob", resource_id="bob"),
        entry(4, action="user:login:failed"),
    )

    async def seen(**wanted: Any) -> list[int]:
        return [each.seq for each in await audit_log.page(db, **wanted)]

    assert await seen() == [4, 3, 2, 1]
    assert await seen(user_id="alice") == [4, 2, 1]
    assert await seen(user_id="alice", before=4, limit=1) == [2]
    assert await seen(user_id="alice", action="user:login:failed") == [4]
    assert await seen(client_id="till") == [2]
    assert await seen(since=3) == [4, 3]
    assert await seen(user_id="nobody") == []
