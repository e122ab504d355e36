"""Writes down why requests were refused, a moment later and many at a time, so that no answer waits for it."""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice

import msgspec

from hibana_op.foundation import addresses
from hibana_op.foundation.errors import Busy
from hibana_op.foundation.redaction import Received, fit, masked
from hibana_op.provider import Provider
from hibana_op.records import refusal_traces
from hibana_op.records.refusal_traces import KEPT_FOR, MOST_KEPT, Account, RefusalTrace
from hibana_op.storage.database import DatabaseBroken, Session

# Anybody can cause refusals. What is beyond this in a minute leaves no trace; the audit log and the counters
# still tell of it.
MOST_PER_ADDRESS = 120
MOST_PER_WORKER = 600
MOST_WAITING = 1000
BATCH = 100
_MINUTE = 60.0
_GATHER_SECONDS = 0.2
_FAULT_SECONDS = 5.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A refusal on its way into the table.

    `presented` is what the request gave as its client: it may be anything, a misplaced secret too, so it is
    kept whole only if it names a client, or `in_the_open` if it came in an address that everybody saw.
    """

    id: str
    trace_id: str
    endpoint: str
    error: str
    account: Account
    presented: str | None
    in_the_open: bool
    at: int


class RefusalQueue:
    """What waits to be written, in memory; it is lost if the process is killed."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._waiting: deque[Refused] = deque()
        self._something = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._monotonic = monotonic
        self._minute_began = float("-inf")
        self._addresses: Counter[str] = Counter()
        self._admitted = 0
        self._turned_away = 0

    def admits(self, address: str | None) -> bool:
        """Whether another refusal of this address is to be written; asked before any work is done for it."""
        if self._monotonic() - self._minute_began >= _MINUTE:
            self._begin_minute()
        place = addresses.place(address) if address else ""
        if (
            self._admitted >= MOST_PER_WORKER
            or len(self._waiting) >= MOST_WAITING
            or self._addresses[place] >= MOST_PER_ADDRESS
        ):
            self._turned_away += 1
            return False
        self._addresses[place] += 1
        self._admitted += 1
        return True

    def put(self, refused: Refused) -> None:
        """Have a refusal written soon."""
        self._waiting.append(refused)
        self._something.set()

    async def wait(self) -> None:
        """Until something waits to be written."""
        await self._something.wait()

    async def flush(self, op: Provider) -> None:
        """Write all that waits now."""
        async with self._one_at_a_time:
            self._something.clear()
            while self._waiting:
                batch = list(islice(self._waiting, BATCH))
                try:
                    await _write(op, batch)
                except (Busy, DatabaseBroken, asyncio.CancelledError):
                    self._something.set()  # they stay for the next round
                    raise
                except Exception:
                    _log.exception("%d refusals leave no trace: they cannot be written", len(batch))
                for _ in batch:
                    self._waiting.popleft()

    def _begin_minute(self) -> None:
        if self._turned_away:
            _log.warning("%d refusals left no trace: there were too many at once", self._turned_away)
        self._addresses.clear()
        self._admitted = self._turned_away = 0
        self._minute_began = self._monotonic()


async def keep_traces(op: Provider, queue: RefusalQueue) -> None:
    """Write what was refused beside the server, until cancelled."""
    while True:
        await queue.wait()
        await asyncio.sleep(_GATHER_SECONDS)
        try:
            await queue.flush(op)
        except (Busy, DatabaseBroken) as trouble:
            _log.warning("traces of refusals wait: %s", str(trouble) or "the database is busy")
            await asyncio.sleep(_FAULT_SECONDS)


async def write_the_rest(op: Provider, queue: RefusalQueue) -> None:
    """Write what still waits when the server ends."""
    try:
        await queue.flush(op)
    except (Busy, DatabaseBroken) as trouble:
        _log.warning("some traces of refusals are lost: %s", str(trouble) or "the database is busy")


async def _write(op: Provider, batch: list[Refused]) -> None:
    traces = [await _trace(op, refused) for refused in batch]

    async def write(tx: Session) -> None:
        for trace in traces:
            await refusal_traces.insert(tx, trace)
        await refusal_traces.trim(tx, most=MOST_KEPT)

    await op.db.transact(write)


async def _trace(op: Provider, refused: Refused) -> RefusalTrace:
    client_id = refused.presented
    client = await op.remembered.client(client_id) if client_id else None
    account = refused.account
    if client_id:
        shown = fit(client_id) if client or refused.in_the_open else masked(client_id)
        named = Received(name="client_id", value=shown, length=len(client_id))
        account = replace(account, received=(named, *account.received))
    return RefusalTrace(
        id=refused.id,
        trace_id=refused.trace_id,
        endpoint=refused.endpoint,
        client_id=client.client_id if client else None,
        error=refused.error,
        explanation=msgspec.to_builtins(account),
        created_at=refused.at,
        expires_at=refused.at + KEPT_FOR,
    )
