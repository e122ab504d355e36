"""`hibana job`: what goes on in the background, from the command line."""

import sqlite3
from contextlib import closing

from tests.cli.conftest import Shell


def queue(hibana: Shell, job_id: str) -> None:
    hibana("user", "list")  # makes the database
    with closing(sqlite3.connect(hibana.folder / "hibana.db")) as db:
        db.execute(
            """
            INSERT INTO jobs (id, kind, repeats, status, input_json, progress_json, result_json, attempts, run_at,
                              created_at)
            VALUES (?, 'people', FALSE, 'waiting', '{}', '{}', '{}', 0, 1, 1)""",
            (job_id,),
        )
        db.commit()


def test_a_job_is_listed_shown_and_cancelled(hibana: Shell) -> None:
    queue(hibana, "job-1")

    assert [each["id"] for each in hibana.json("job", "list")] == ["job-1"]
    assert hibana.json("job", "show", "job-1")["status"] == "waiting"
    assert hibana.json("job", "cancel", "job-1") == {"id": "job-1", "status": "cancelled"}
    assert hibana.json("job", "list", "--status", "waiting") == []
    assert hibana.json("job", "show", "job-1")["status"] == "cancelled"
    assert "deployment:job:cancelled" in {entry["action"] for entry in hibana.json("audit", "list")}


def test_what_has_ended_or_never_was_is_refused(hibana: Shell) -> None:
    queue(hibana, "job-1")
    hibana("job", "cancel", "job-1")

    assert "has ended already" in hibana.refused("job", "cancel", "job-1")
    assert "no job" in hibana.refused("job", "show", "nothing")
