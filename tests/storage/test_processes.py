"""Several processes, and processes that are killed."""

import signal
import subprocess

from hibana_op.storage.database import Database
from tests.storage.conftest import StartChild
from tests.storage.elsewhere import elsewhere


def answered_before_kill(child: "subprocess.Popen[str]", count: int) -> list[str]:
    """Let the child acknowledge that many writes, kill it, and answer all that it acknowledged."""
    assert child.stdout is not None
    first = [child.stdout.readline().strip() for _ in range(count)]
    child.send_signal(signal.SIGKILL)
    return first + child.stdout.read().split()


async def test_T04_kill_9_loses_no_acknowledged_write_and_leaves_no_half_one(
    db: Database, empty_url: str, start_child: StartChild
) -> None:
    acknowledged = []
    for count in (50, 300, 1000):
        acknowledged += answered_before_kill(start_child("write", empty_url), count)

    items = {row["id"] for row in await db.all("SELECT id FROM items")}
    parts = {row["id"] for row in await db.all("SELECT id FROM parts")}

    assert len(acknowledged) >= 1350
    assert set(acknowledged) <= items
    assert items == parts
    if db.engine == "sqlite":
        assert await elsewhere(empty_url, "PRAGMA integrity_check") == [("ok",)]


async def test_T06_processes_that_write_to_one_database_wait_for_each_other(
    db: Database, empty_url: str, start_child: StartChild
) -> None:
    await db.run("INSERT INTO items (id) VALUES ('counter')")

    children = [start_child("count", empty_url) for _ in range(3)]
    errors = [child.communicate(timeout=60)[1] for child in children]

    assert errors == ["", "", ""]
    row = await db.one("SELECT amount FROM items")
    assert row is not None
    assert row["amount"] == 3 * 200


async def test_a_process_that_forgets_to_close_still_ends(
    db: Database, empty_url: str, start_child: StartChild
) -> None:
    child = start_child("forget", empty_url)

    child.communicate(timeout=30)

    assert child.returncode == 0
    assert await db.one("SELECT id FROM items WHERE id = 'forgotten'") is not None


async def test_a_process_ends_on_sigterm_with_the_database_open(
    db: Database, empty_url: str, start_child: StartChild
) -> None:
    child = start_child("serve", empty_url)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"

    child.terminate()

    assert child.communicate(timeout=30) == ("", "")
    assert child.returncode == 0
