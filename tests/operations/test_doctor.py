"""What only a database on another machine, or one that somebody holds open, can show."""

from pathlib import Path

import pytest

from hibana_op.operations.doctor import LONGEST_WAL, Answer, Finding, examine
from hibana_op.storage import server_clock
from tests.deployment import Deployment

NO_ANSWER = Answer(None, b"not asked", None, 0)


async def found(deployment: Deployment, check: str, *, off_by: int = 0) -> list[tuple[str, str]]:
    """The state and words of one check, on a machine whose clock is wrong by some seconds."""
    theirs = await server_clock.read(deployment.op.db)
    now = (theirs if theirs is not None else deployment.op.now()) + off_by
    findings: list[Finding] = await examine(deployment.op.settings, NO_ANSWER, now=now, full=False)
    return [(finding.state, finding.says) for finding in findings if finding.check == check]


@pytest.mark.parametrize(("off_by", "state"), [(0, None), (-30, "warn"), (30, "warn"), (-900, "fail"), (900, "fail")])
async def test_a_database_with_another_time_is_told(deployment: Deployment, off_by: int, state: str | None) -> None:
    told = [each for each in await found(deployment, "clock", off_by=off_by) if "the database" in each[1]]
    is_elsewhere = deployment.op.db.engine != "sqlite"
    assert [each for each, _ in told] == ([state] if state and is_elsewhere else [])


async def test_a_write_ahead_log_that_is_never_folded_back_is_told(
    deployment_on_sqlite: Deployment, tmp_path: Path
) -> None:
    [(state, says)] = await found(deployment_on_sqlite, "size")
    assert state == "ok"
    assert says.endswith(" MiB in its write-ahead log")
    with (tmp_path / "hibana.db-wal").open("r+b") as log:
        log.truncate(LONGEST_WAL + 1)  # a hole: it takes no place on the disk
    assert await found(deployment_on_sqlite, "size") == [
        ("warn", says.split(",")[0] + ", and 128.0 MiB in its write-ahead log")
    ]
