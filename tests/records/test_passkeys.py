"""Passkeys as they are kept: one owner each, and a counter that only grows."""

import asyncio
from typing import Any

import pytest

from hibana_op.foundation.errors import Conflict
from hibana_op.foundation.ids import uuid7
from hibana_op.records import passkeys, users
from hibana_op.records.passkeys import Passkey
from hibana_op.storage.database import Database
from tests.make import a_user

NOW = 1_800_000_000


async def owned(db: Database, **changes: Any) -> Passkey:
    """A passkey of a new person."""
    user = a_user()
    valid: dict[str, Any] = {
        "id": uuid7(),
        "user_id": user.id,
        "credential_id": uuid7(),
        "public_key": "key",
        "sign_count": 3,
        "transports": ("internal", "hybrid"),
        "aaguid": "00000000-0000-0000-0000-000000000000",
        "name": "鍵",
        "backup_eligible": True,
        "backed_up": False,
        "created_at": NOW,
        "last_used_at": None,
    }
    passkey = Passkey(**{**valid, **changes})

    async def write(tx: Any) -> None:
        await users.insert(tx, user)
        await passkeys.insert(tx, passkey)

    await db.transact(write)
    return passkey


async def use(db: Database, passkey: Passkey, count: int) -> bool:
    return await db.transact(lambda tx: passkeys.note_use(tx, passkey.id, sign_count=count, backed_up=True, now=NOW))


async def test_a_passkey_is_found_by_its_credential_and_by_its_owner(db: Database) -> None:
    passkey = await owned(db)

    assert await passkeys.find_by_credential(db, passkey.credential_id) == passkey
    assert await passkeys.find_of_user(db, passkey.user_id, passkey.id) == passkey
    assert await passkeys.of_user(db, passkey.user_id) == [passkey]
    assert await passkeys.find_of_user(db, "somebody else", passkey.id) is None
    assert await passkeys.find_by_credential(db, "another") is None


async def test_J03_a_credential_is_there_once(db: Database) -> None:
    passkey = await owned(db)

    with pytest.raises(Conflict):
        await owned(db, credential_id=passkey.credential_id)


@pytest.mark.parametrize(
    ("kept", "shown", "counts"), [(3, 4, True), (3, 3, False), (3, 2, False), (3, 0, False), (0, 0, True), (0, 1, True)]
)
async def test_J04_a_counter_has_to_grow_unless_there_is_none(
    db: Database, kept: int, shown: int, counts: bool
) -> None:
    passkey = await owned(db, sign_count=kept)

    assert await use(db, passkey, shown) is counts
    after = await passkeys.find_by_credential(db, passkey.credential_id)
    assert after is not None
    assert (after.sign_count, after.last_used_at) == ((shown, NOW) if counts else (kept, None))


async def test_J04_of_the_same_count_at_once_one_counts(db: Database) -> None:
    passkey = await owned(db)

    assert sorted(await asyncio.gather(*(use(db, passkey, 4) for _ in range(10)))) == [False] * 9 + [True]


async def test_only_its_owner_renames_and_removes_a_passkey(db: Database) -> None:
    passkey = await owned(db)

    async def change(user_id: str) -> tuple[bool, bool]:
        renamed = await db.transact(lambda tx: passkeys.rename(tx, user_id, passkey.id, name="New"))
        return renamed, await db.transact(lambda tx: passkeys.remove(tx, user_id, passkey.id)) is not None

    assert await change("somebody else") == (False, False)
    assert await change(passkey.user_id) == (True, True)
    assert await change(passkey.user_id) == (False, False)
