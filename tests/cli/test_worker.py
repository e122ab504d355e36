"""`hibana worker` does the background work without a server, until it is asked to end."""

import os
import select
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

from tests.cli.command import run_within
from tests.cli.conftest import Shell


def test_a_worker_does_what_is_due_and_ends_when_asked(hibana: Shell) -> None:
    hibana("user", "list")  # makes the database
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HIBANA_")}
    worker = subprocess.Popen(
        [sys.executable, "-u", "-m", "hibana_op", "worker"],
        cwd=hibana.folder,
        env=kept | hibana.settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with worker as process:
        try:
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], 30)[0], "it says nothing"
            assert process.stdout.readline() == "Hibana works in the background. Ctrl-C stops it.\n"
            give_up = time.monotonic() + 30
            while not _done(hibana):
                assert time.monotonic() < give_up, "the first round of retention is due at once"
                time.sleep(0.05)
            copy = str(hibana.folder / "copy")
            assert run_within("backup", copy, settings=hibana.settings).returncode == 0
            refused = run_within("restore", copy, "--force", settings=hibana.settings)
            assert "stop every server and worker first" in refused.stderr
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=30) == 0
            assert process.stdout.read() == ""
        finally:
            process.kill()


def _done(hibana: Shell) -> bool:
    with closing(sqlite3.connect(hibana.folder / "hibana.db")) as db:
        return bool(db.execute("SELECT id FROM jobs WHERE kind = 'retention' AND status = 'done'").fetchall())
