"""What only a database on another machine, one that somebody holds open, or files laid down for it can show."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hibana_op.config.settings import BreachedPasswords
from hibana_op.operations.doctor import LONGEST_WAL, Answer, Finding, examine
from hibana_op.storage import server_clock
from tests.deployment import Deployment
from tests.foundation.certificates import Authority
from tests.make import make_tenant
from tests.policies import choose

NO_ANSWER = Answer(None, b"not asked", None, 0)


async def found(deployment: Deployment, check: str, *, off_by: int = 0, **settings: Any) -> list[tuple[str, str]]:
    """The state and words of one check, on a machine whose clock is wrong by some seconds."""
    theirs = await server_clock.read(deployment.op.db)
    now = (theirs if theirs is not None else deployment.op.now()) + off_by
    findings: list[Finding] = await examine(replace(deployment.op.settings, **settings), NO_ANSWER, now=now, full=False)
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


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("0" * 40, "A" * 40), ("ok", "is sorted by SHA-1")),
        (("A" * 40, "0" * 40), ("fail", "is of no use: its lines are not sorted by hash")),
        ((), ("fail", "is of no use: it is empty")),
        (None, ("fail", "is of no use: it cannot be opened (No such file or directory)")),
    ],
    ids=["sorted", "unsorted", "empty", "missing"],
)
async def test_H07_a_list_of_breached_passwords_that_is_of_no_use_is_told(
    deployment_on_sqlite: Deployment, tmp_path: Path, lines: tuple[str, ...] | None, expected: tuple[str, str]
) -> None:
    path = tmp_path / "pwned.txt"
    if lines is not None:
        path.write_text("".join(f"{line}:3\n" for line in lines), encoding="ascii")
    state, words = expected

    told = await found(deployment_on_sqlite, "passwords", breached_passwords=BreachedPasswords(file=path))

    assert told == [(state, f"{path} {words}")]
    assert await found(deployment_on_sqlite, "passwords") == []


async def test_a_policy_that_demands_attestation_without_roots_is_told(deployment: Deployment, tmp_path: Path) -> None:
    assert await found(deployment, "passkeys") == []
    tenant = await make_tenant(deployment.op)
    await choose(deployment.op, tenant.id, passkeys={"aaguids": ["01020304-0506-0708-0102-030405060708"]})
    [(state, says)] = await found(deployment, "passkeys")
    assert (state, says) == ("warn", "authenticators must say what they are, and nobody checks who signed it")

    roots = Authority(tmp_path).file
    off_by = deployment.op.now()
    assert await found(deployment, "passkeys", attestation_roots=roots, off_by=-off_by) == [
        ("ok", "roots that may vouch for authenticators: 1")
    ]
    assert await found(deployment, "passkeys", attestation_roots=roots, off_by=10 * off_by) == [
        ("warn", "expired: CN=Test authority")
    ]
    [(state, _)] = await found(deployment, "passkeys", attestation_roots=tmp_path / "missing.pem")
    assert state == "fail"
