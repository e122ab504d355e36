"""Hands waiting mail and SMS over, one message at a time, and tries again later when one is not taken."""

import asyncio
import logging

from hibana_op.foundation import sms
from hibana_op.foundation.mail import Mailer, MailFailed, Message, SmtpMailer
from hibana_op.jobs.background import is_cancelled
from hibana_op.provider import Provider
from hibana_op.records import outbox
from hibana_op.records.outbox import OutgoingMessage

MOST_ATTEMPTS = 8
MOST_ATTEMPTS_OF_SMS = 3  # they carry codes, which are worth nothing after ten minutes
FIRST_PAUSE = 60  # seconds after the first failure; each further pause is twice as long, the last about an hour
LEASE = 120  # seconds; longer than a mail server may take, so that nobody else sends the same message meanwhile
_IDLE_SECONDS = 2.0
_FAULT_SECONDS = 10.0

_log = logging.getLogger(__name__)


async def deliver(op: Provider) -> None:
    """Deliver mail beside the server, when the settings name a mail server."""
    smtp = op.settings.smtp
    if smtp.url is not None:
        await deliver_forever(op, SmtpMailer(smtp.url.reveal(), smtp.sender, ca_file=op.settings.outbound.ca_file))


async def deliver_sms(op: Provider) -> None:
    """Deliver SMS beside the server, when the settings name a service for it."""
    url = op.settings.sms.url
    if url is not None:
        await deliver_forever(op, sms.sender(url.reveal(), op.outbound))


async def deliver_forever(op: Provider, mailer: Mailer) -> None:
    """Deliver until cancelled; a message that was under way then is sent again when its lease ends."""
    while not is_cancelled():
        try:
            if not await deliver_one(op, mailer) and not is_cancelled():
                await asyncio.sleep(_IDLE_SECONDS)
        except Exception:
            # The database may be away for a moment; mail waits, and so do we.
            _log.exception("mail cannot be delivered at the moment")
            if not is_cancelled():
                await asyncio.sleep(_FAULT_SECONDS)
    raise asyncio.CancelledError


async def deliver_one(op: Provider, mailer: Mailer) -> bool:
    """Try the message that has waited longest; False when none is due."""
    now, most = op.now(), _most_attempts(mailer.channel)
    waiting = await op.db.transact(
        lambda tx: outbox.lease(tx, op.vault, channel=mailer.channel, until=now + LEASE, attempts=most, now=now)
    )
    if waiting is None:
        return False
    try:
        await mailer.send(
            Message(to=waiting.recipient, subject=waiting.subject, text=waiting.text_body, html=waiting.html_body)
        )
    except MailFailed as failed:
        await _put_off(op, waiting, str(failed))
        return True
    await op.db.transact(lambda tx: outbox.note_sent(tx, waiting.id, now=op.now()))
    return True


async def _put_off(op: Provider, message: OutgoingMessage, failure: str) -> None:
    pause = FIRST_PAUSE * 2 ** (message.attempts - 1)
    is_last = message.attempts >= _most_attempts(message.channel)
    _log.warning(
        "message %s was not taken: %s; %s", message.id, failure, "given up" if is_last else "tried again later"
    )
    if is_last:
        await op.db.transact(lambda tx: outbox.give_up(tx, message.id, failure=failure))
        return
    await op.db.transact(
        lambda tx: outbox.note_failure(tx, message.id, failure=failure, next_attempt_at=op.now() + pause)
    )


def _most_attempts(channel: str) -> int:
    return MOST_ATTEMPTS_OF_SMS if channel == sms.CHANNEL else MOST_ATTEMPTS
