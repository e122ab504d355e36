"""What rests in a SQLite database, row by row: who reads it before and after an answer sees what the answer did."""

import sqlite3
from pathlib import Path

Rows = dict[str, set[tuple[object, ...]]]

# They grow with every request, whatever it asks for.
NOISE = frozenset({"audit_log", "audit_head", "refusal_traces", "rate_counts", "lockouts", "login_attempts"})

# While nobody takes mail, every attempt is written down.
_TELLING = {"outgoing_messages": "id, recipient"}


def rows(file: Path) -> Rows:
    """Every table but those that only count and tell."""
    found: Rows = {}
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in set(tables) - NOISE:
            found[name] = set(db.execute(f'SELECT {_TELLING.get(name, "*")} FROM "{name}"'))
    db.close()
    return found


def changes(before: Rows, after: Rows) -> dict[str, set[tuple[object, ...]]]:
    """The rows that came, went or changed, by table."""
    found = {name: before.get(name, set()) ^ after.get(name, set()) for name in {*before, *after}}
    return {name: changed for name, changed in found.items() if changed}


def about(changed: dict[str, set[tuple[object, ...]]], marks: set[str]) -> dict[str, list[tuple[object, ...]]]:
    """Those of them that hold one of these words."""
    found = {
        name: [row for row in rows if any(mark in str(each).lower() for each in row for mark in marks)]
        for name, rows in changed.items()
    }
    return {name: rows for name, rows in found.items() if rows}
