"""Mail and SMS that wait for delivery, and what was sent.

What a message says rests sealed, for it may hold a link or a code that opens an account; it goes once it is delivered.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from hibana_op.foundation.vault import Vault
from hibana_op.records.row import as_columns, as_json, as_record
from hibana_op.storage.database import Row, Session

_LETTER = ("subject", "text_body", "html_body")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """One mail to one address, or one SMS to one number."""

    id: str
    channel: str = "email"
    recipient: str
    subject: str
    text_body: str
    html_body: str = ""
    created_at: int
    attempts: int = 0
    next_attempt_at: int
    sent_at: int | None = None
    failure: str | None = None


async def insert(db: Session, vault: Vault, message: OutgoingMessage) -> None:
    """Queue a message, in the transaction of what it tells about."""
    columns = as_columns(message)
    letter = {name: columns.pop(name) for name in _LETTER}
    await db.run(
        """
        INSERT INTO outgoing_messages (id, channel, recipient, subject, text_body, html_body, letter_sealed, created_at,
                                       attempts, next_attempt_at, sent_at, failure)
        VALUES (:id, :channel, :recipient, '', '', '', :letter_sealed, :created_at,
                :attempts, :next_attempt_at, :sent_at, :failure)""",
        letter_sealed=vault.seal(as_json(letter).encode(), sealed_name(message.id)),
        **columns,
    )


async def lease(
    db: Session, vault: Vault, *, channel: str, until: int, attempts: int, now: int
) -> OutgoingMessage | None:
    """Take the message that has waited longest; nobody else gets it before `until`."""
    row = await db.one(
        """
        UPDATE outgoing_messages SET next_attempt_at = :until, attempts = attempts + 1
        WHERE id = (SELECT id FROM outgoing_messages
                    WHERE channel = :channel AND sent_at IS NULL AND next_attempt_at <= :now AND attempts < :attempts
                    ORDER BY next_attempt_at LIMIT 1)
          AND sent_at IS NULL AND next_attempt_at <= :now
        RETURNING *""",
        channel=channel,
        until=until,
        attempts=attempts,
        now=now,
    )
    return _opened(vault, row) if row is not None else None


async def note_sent(db: Session, message_id: str, *, now: int) -> None:
    """The message was taken; what it says is not kept longer than it is needed."""
    await db.run(
        """
        UPDATE outgoing_messages
        SET sent_at = :now, failure = NULL, letter_sealed = NULL, subject = '', text_body = '', html_body = ''
        WHERE id = :id""",
        id=message_id,
        now=now,
    )


async def note_failure(db: Session, message_id: str, *, failure: str, next_attempt_at: int) -> None:
    """The message was not taken; try again later."""
    await db.run(
        "UPDATE outgoing_messages SET failure = :failure, next_attempt_at = :next WHERE id = :id",
        id=message_id,
        failure=failure,
        next=next_attempt_at,
    )


async def give_up(db: Session, message_id: str, *, failure: str) -> None:
    """The message will not be tried again: what it says goes, that it failed stays."""
    await db.run(
        """
        UPDATE outgoing_messages
        SET failure = :failure, letter_sealed = NULL, subject = '', text_body = '', html_body = ''
        WHERE id = :id""",
        id=message_id,
        failure=failure,
    )


async def latest(db: Session, vault: Vault, *, limit: int = 100) -> list[OutgoingMessage]:
    """The newest messages, for the development outbox."""
    rows = await db.all("SELECT * FROM outgoing_messages ORDER BY created_at DESC, id DESC LIMIT :limit", limit=limit)
    return [_opened(vault, row) for row in rows]


async def sealed_letters(db: Session) -> list[tuple[str, str]]:
    """The id and the sealed letter of every message that still has one."""
    rows = await db.all("SELECT id, letter_sealed FROM outgoing_messages WHERE letter_sealed IS NOT NULL ORDER BY id")
    return [(str(row["id"]), str(row["letter_sealed"])) for row in rows]


async def reseal(db: Session, message_id: str, *, sealed: str) -> None:
    """Write a letter that was sealed anew."""
    await db.run(
        "UPDATE outgoing_messages SET letter_sealed = :sealed WHERE id = :id AND letter_sealed IS NOT NULL",
        id=message_id,
        sealed=sealed,
    )


def sealed_name(message_id: str) -> str:
    """What binds a sealed letter to its row."""
    return f"outgoing_messages:letter_sealed:{message_id}"


def _opened(vault: Vault, row: Row) -> OutgoingMessage:
    columns: dict[str, Any] = dict(row)
    if row["letter_sealed"] is not None:
        columns |= msgspec.json.decode(vault.open(row["letter_sealed"], sealed_name(row["id"])), type=dict[str, str])
    return as_record(OutgoingMessage, columns)
