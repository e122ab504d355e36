"""Who people are at other providers. A link is made and removed, never changed: nothing rewrites whose it is."""

from dataclasses import dataclass

from hibana_op.records.row import as_columns, as_record, as_record_or_none, insert_into
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class UserIdentity:
    """A person's account at a provider: (provider, issuer, subject) names it, the address is only shown."""

    id: str
    user_id: str
    provider_id: str
    issuer: str
    subject: str
    email: str | None = None
    created_at: int
    last_used_at: int | None = None


_INSERT = insert_into("user_identities", UserIdentity)


async def insert_once(db: Session, identity: UserIdentity) -> bool:
    """Link an account to a person; False when it is linked already, to whomever."""
    written = await db.run(f"{_INSERT} ON CONFLICT (provider_id, issuer, subject) DO NOTHING", **as_columns(identity))
    return written > 0


async def find(db: Session, *, provider_id: str, issuer: str, subject: str) -> UserIdentity | None:
    """The link of an account at a provider."""
    row = await db.one(
        """
        SELECT * FROM user_identities
        WHERE provider_id = :provider_id AND issuer = :issuer AND subject = :subject""",
        provider_id=provider_id,
        issuer=issuer,
        subject=subject,
    )
    return as_record_or_none(UserIdentity, row)


async def of_user(db: Session, user_id: str) -> list[UserIdentity]:
    """The accounts that a person has linked, the oldest first."""
    rows = await db.all("SELECT * FROM user_identities WHERE user_id = :id ORDER BY id", id=user_id)
    return [as_record(UserIdentity, row) for row in rows]


async def note_used(db: Session, identity_id: str, *, now: int) -> None:
    """Remember that somebody signed in with a linked account."""
    await db.run("UPDATE user_identities SET last_used_at = :now WHERE id = :id", id=identity_id, now=now)


async def delete(db: Session, identity_id: str, *, user_id: str) -> UserIdentity | None:
    """Unlink an account of this person; what was unlinked."""
    row = await db.one(
        "DELETE FROM user_identities WHERE id = :id AND user_id = :user_id RETURNING *", id=identity_id, user_id=user_id
    )
    return as_record_or_none(UserIdentity, row)
