"""Mail and SMS that wait for delivery, and what was sent."""

from dataclasses import dataclass

from hibana_op.records.row import as_columns, as_record, as_record_or_none
from hibana_op.storage.database import Session


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


async def insert(db: Session, message: OutgoingMessage) -> None:
    """Queue a message, in the transaction of what it tells about."""
    await db.run(
        """
        INSERT INTO outgoing_messages (id, channel, recipient, subject, text_body, html_body, created_at, attempts,
                                       next_attempt_at, sent_at, failure)
        VALUES (:id, :channel, :recipient, :subject, :text_body, :html_body, :created_at, :attempts,
                :next_attempt_at, :sent_at, :failure)""",
        **as_columns(message),
    )


async def lease(db: Session, *, channel: str, until: int, attempts: int, now: int) -> OutgoingMessage | None:
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
    return as_record_or_none(OutgoingMessage, row)


async def note_sent(db: Session, message_id: str, *, now: int) -> None:
    """The mail server took it; its text is not kept longer than it is needed."""
    await db.run(
        "UPDATE outgoing_messages SET sent_at = :now, failure = NULL, text_body = '', html_body = '' WHERE id = :id",
        id=message_id,
        now=now,
    )


async def note_failure(db: Session, message_id: str, *, failure: str, next_attempt_at: int) -> None:
    """The mail server did not take it; try again later."""
    await db.run(
        "UPDATE outgoing_messages SET failure = :failure, next_attempt_at = :next WHERE id = :id",
        id=message_id,
        failure=failure,
        next=next_attempt_at,
    )


async def latest(db: Session, *, limit: int = 100) -> list[OutgoingMessage]:
    """The newest mails, for the development outbox."""
    rows = await db.all("SELECT * FROM outgoing_messages ORDER BY created_at DESC, id DESC LIMIT :limit", limit=limit)
    return [as_record(OutgoingMessage, row) for row in rows]
