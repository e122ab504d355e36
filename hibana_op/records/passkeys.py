"""Passkeys of people: WebAuthn credentials (Web Authentication Level 3)."""

from dataclasses import dataclass

from hibana_op.foundation.errors import Conflict
from hibana_op.records.row import as_columns, as_record, as_record_or_none, insert_into
from hibana_op.storage.database import ConstraintBroken
from hibana_op.storage.database import Session as Db


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """One credential; `public_key` is its COSE key in base64url."""

    id: str
    user_id: str
    credential_id: str
    public_key: str
    sign_count: int
    transports: tuple[str, ...]
    aaguid: str
    name: str
    backup_eligible: bool
    backed_up: bool
    created_at: int
    last_used_at: int | None


_INSERT = insert_into("passkeys", Passkey)


async def insert(db: Db, passkey: Passkey) -> None:
    """Add a passkey; Conflict when its credential is somebody's already."""
    try:
        await db.run(_INSERT, **as_columns(passkey))
    except ConstraintBroken as broken:
        if broken.kind != "unique":
            raise
        raise Conflict("this credential is registered already") from broken


async def of_user(db: Db, user_id: str) -> list[Passkey]:
    """A person's passkeys, the oldest first."""
    rows = await db.all("SELECT * FROM passkeys WHERE user_id = :id ORDER BY created_at, id", id=user_id)
    return [as_record(Passkey, row) for row in rows]


async def find_of_user(db: Db, user_id: str, passkey_id: str) -> Passkey | None:
    """One of a person's own passkeys."""
    row = await db.one("SELECT * FROM passkeys WHERE id = :id AND user_id = :user_id", id=passkey_id, user_id=user_id)
    return as_record_or_none(Passkey, row)


async def find_by_credential(db: Db, credential_id: str) -> Passkey | None:
    """The passkey that authenticators know by this id."""
    row = await db.one("SELECT * FROM passkeys WHERE credential_id = :credential_id", credential_id=credential_id)
    return as_record_or_none(Passkey, row)


async def note_use(db: Db, passkey_id: str, *, sign_count: int, backed_up: bool, now: int) -> bool:
    """A passkey was used; False when its counter did not grow, as that of a copy would not (WebAuthn §7.2 step 22)."""
    row = await db.one(
        """
        UPDATE passkeys SET sign_count = :sign_count, backed_up = :backed_up, last_used_at = :now
        WHERE id = :id AND (sign_count < :sign_count OR (sign_count = 0 AND :sign_count = 0))
        RETURNING id""",
        id=passkey_id,
        sign_count=sign_count,
        backed_up=backed_up,
        now=now,
    )
    return row is not None


async def rename(db: Db, user_id: str, passkey_id: str, *, name: str) -> bool:
    """Call a passkey something else; False when the person has none of this id."""
    touched = await db.run(
        "UPDATE passkeys SET name = :name WHERE id = :id AND user_id = :user_id",
        id=passkey_id,
        user_id=user_id,
        name=name,
    )
    return touched > 0


async def remove(db: Db, user_id: str, passkey_id: str) -> Passkey | None:
    """Take a passkey away, and answer what it was; None when the person has none of this id."""
    row = await db.one(
        "DELETE FROM passkeys WHERE id = :id AND user_id = :user_id RETURNING *", id=passkey_id, user_id=user_id
    )
    return as_record_or_none(Passkey, row)
