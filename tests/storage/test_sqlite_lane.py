"""The queue in front of a SQLite thread."""

import asyncio
import sqlite3
from functools import partial
from pathlib import Path

import pytest

from hibana_op.storage.database import Session
from hibana_op.storage.sqlite_lane import Lane, connect
from hibana_op.storage.sqlite_session import Body, Outcome


async def nothing(_session: Session) -> None:
    """A body that does not even ask."""


async def test_work_that_fails_as_a_whole_fails_each_caller_and_the_next_batch_runs(tmp_path: Path) -> None:
    batches: list[int] = []

    def work(_connection: sqlite3.Connection, bodies: list[Body]) -> list[Outcome]:
        batches.append(len(bodies))
        if len(batches) == 1:
            raise MemoryError
        return [Outcome("done") for _ in bodies]

    worker = await connect(tmp_path / "hibana.db", 1, lambda _connection: None)
    lane = Lane(worker, lambda bodies: partial(work, bodies=bodies))

    outcomes = await asyncio.gather(*(lane.put(nothing) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [MemoryError] * 3
    assert await lane.put(nothing) == "done"
    assert batches == [3, 1]
    await lane.close()


async def test_a_connection_that_cannot_be_prepared_leaves_no_thread(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        await connect(tmp_path / "hibana.db", 1, lambda _connection: print(1 / 0))
