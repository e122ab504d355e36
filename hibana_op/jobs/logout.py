"""Tells apps that sessions have ended: OpenID Connect Back-Channel Logout 1.0 §2.5, tried again when nobody listens."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Protocol
from urllib.parse import urlencode

from hibana_op.foundation.errors import Refusal
from hibana_op.foundation.events import LogoutDelivered, LogoutUndelivered
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.outbound import OutboundRefused
from hibana_op.jobs.background import is_cancelled
from hibana_op.provider import Provider
from hibana_op.records import logout_deliveries
from hibana_op.records.clients import Client
from hibana_op.records.logout_deliveries import LogoutDelivery
from hibana_op.storage.database import Session

# Seconds after each failure: about an hour in all, and then an app is not told any more.
PAUSES = (10, 60, 300, 900, 2400)
MOST_ATTEMPTS = len(PAUSES) + 1
LEASE = 20  # seconds; longer than one attempt may take, so that nobody else makes it meanwhile
# Apps that are told at the same time: fewer than may be asked in all, so that other requests find their way out.
AT_ONCE = 16
LARGEST_ANSWER = 16 * 1024
_IDLE_SECONDS = 2.0
_FAULT_SECONDS = 10.0
_FORM = "application/x-www-form-urlencoded"

_log = logging.getLogger(__name__)


class MakeToken(Protocol):
    """How a logout token is made; given from above, because jobs know nothing of protocols."""

    def __call__(self, op: Provider, client: Client, *, user_id: str, session_id: str) -> Awaitable[str]:
        """The token for one client about one session."""
        ...


async def tell_apps(op: Provider, make_token: MakeToken) -> None:
    """Deliver beside the server until cancelled; what was under way then is sent again when its lease ends."""
    busy: set[str] = set()
    turns = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as errands:
        while not is_cancelled():
            pause = _IDLE_SECONDS
            try:
                for client_id in await _waiting(op):
                    # One app after the other waits for its turn, each once: a slow one holds up only itself.
                    if client_id not in busy:
                        busy.add(client_id)
                        errands.create_task(_tell(op, make_token, client_id, turns, busy))
            except Exception:
                # The database may be away for a moment; apps wait, and so do we.
                _log.exception("apps cannot be told of ended sessions at the moment")
                pause = _FAULT_SECONDS
            await op.logout_bell.wait(pause)
    raise asyncio.CancelledError


async def _waiting(op: Provider) -> list[str]:
    return await logout_deliveries.waiting_clients(op.db, attempts=MOST_ATTEMPTS, now=op.now())


async def _tell(op: Provider, make_token: MakeToken, client_id: str, turns: asyncio.Semaphore, busy: set[str]) -> None:
    try:
        async with turns:
            while await tell_one(op, make_token, client_id):
                pass
    except Exception:
        _log.exception("the client %s cannot be told of ended sessions at the moment", client_id)
    finally:
        busy.discard(client_id)


async def tell_one(op: Provider, make_token: MakeToken, client_id: str) -> bool:
    """Try what has waited longest for a client; False when nothing was due, or the client did not take it."""
    now = op.now()
    delivery = await op.db.transact(
        lambda tx: logout_deliveries.lease(tx, client_id, until=now + LEASE, attempts=MOST_ATTEMPTS, now=now)
    )
    if delivery is None:
        return False
    failure = await _post(op, make_token, delivery)
    await op.db.transact(lambda tx: _note(tx, op, delivery, failure))
    if failure is not None:
        _log.warning("the client %s was not told that a session has ended: %s", client_id, failure)
    return failure is None


async def _post(op: Provider, make_token: MakeToken, delivery: LogoutDelivery) -> str | None:
    """One attempt; the reason when it failed."""
    client = await op.remembered.client(delivery.client_id)
    if client is None or client.backchannel_logout_uri is None:
        return "the client has no backchannel_logout_uri any more"
    try:
        token = await make_token(op, client, user_id=delivery.user_id, session_id=delivery.session_id)
        answer = await op.outbound.post(
            client.backchannel_logout_uri,
            content=urlencode({"logout_token": token}).encode(),
            content_type=_FORM,
            limit=LARGEST_ANSWER,
        )
    except OutboundRefused as refused:
        return str(refused)
    except Refusal as fault:
        return f"no logout token could be made: {fault}"
    # §2.8 asks for 200; some frameworks make it 204 when there is nothing to say.
    return None if 200 <= answer.status < 300 else f"the server answered {answer.status}"


async def _note(tx: Session, op: Provider, delivery: LogoutDelivery, failure: str | None) -> None:
    """Write down what became of an attempt."""
    # The person is not named: they may be erased by now.
    who = {"client_id": delivery.client_id, "target_id": delivery.session_id}
    origin = Origin(None, None, uuid7())
    if failure is None:
        await logout_deliveries.note_delivered(tx, delivery.id, now=op.now())
        await op.emit(tx, LogoutDelivered(**who, attempts=delivery.attempts), origin)
        return
    is_last = delivery.attempts >= MOST_ATTEMPTS
    again_at = op.now() + (0 if is_last else PAUSES[delivery.attempts - 1])
    await logout_deliveries.note_failure(tx, delivery.id, failure=failure, next_attempt_at=again_at)
    event = LogoutUndelivered(**who, attempts=delivery.attempts, reason=failure, given_up=is_last)
    await op.emit(tx, event, origin)
