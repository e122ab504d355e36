"""Migrations: NNN_name.up.sql and .down.sql, the same text on both engines, one transaction for each file."""

import hashlib
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hibana_op.foundation.clock import SystemClock
from hibana_op.foundation.errors import WrongSettings
from hibana_op.foundation.shipped import folder as shipped_folder
from hibana_op.storage.database import Database, Session

FILE_NAME = re.compile(r"(?P<version>(?!000)\d{3}|[1-9]\d{3,})_(?P<name>[a-z0-9_]+)\.(?P<way>up|down)\.sql")
COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)

HAS_TABLE = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
    "postgresql": "SELECT 1 WHERE to_regclass('schema_migrations') IS NOT NULL",
}
MAKE_TABLE = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version BIGINT PRIMARY KEY,
        name TEXT NOT NULL,
        checksum TEXT NOT NULL,
        applied_at BIGINT NOT NULL
    )"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema, there and back."""

    version: int
    name: str
    up: str
    down: str

    @property
    def checksum(self) -> str:
        """The fingerprint of the way up; the way down may still be mended."""
        return hashlib.sha256(self.up.encode()).hexdigest()

    @property
    def label(self) -> str:
        """The name that its files share."""
        return f"{self.version:03}_{self.name}"


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration that the database has."""

    version: int
    name: str
    checksum: str
    applied_at: int


@dataclass(frozen=True, slots=True)
class Pending:
    """A migration that the database still lacks."""

    version: int
    name: str


async def up(db: Database, to: int | None = None, *, folder: Path | None = None) -> list[Migration]:
    """Apply what is missing, as far as `to`; answers what this call applied."""
    known = _known(folder)
    applied = await db.read(partial(_applied, engine=db.engine, known=known))
    last = _target(to, known)
    if last < len(applied):
        raise WrongSettings(
            [f"the database is at migration {len(applied)} already: `hibana migrate down --to {last}` goes back"]
        )
    return [step for step in known[len(applied) : last] if await db.alone(partial(_apply, db.engine, known, step))]


async def down(db: Database, to: int, *, folder: Path | None = None) -> list[Migration]:
    """Revert everything after `to`, the newest first; answers what this call reverted."""
    known = _known(folder)
    applied = await db.read(partial(_applied, engine=db.engine, known=known))
    steps = reversed(known[_target(to, known) : len(applied)])
    return [step for step in steps if await db.alone(partial(_revert, db.engine, known, step))]


async def status(db: Database, *, folder: Path | None = None) -> list[Applied | Pending]:
    """Every migration in order, applied or pending."""
    known = _known(folder)
    applied = await db.read(partial(_applied, engine=db.engine, known=known))
    return [*applied, *(Pending(step.version, step.name) for step in known[len(applied) :])]


async def require_current(db: Database, *, folder: Path | None = None) -> None:
    """Refuse a database that is behind this program, ahead of it, or migrated by other texts."""
    steps = await status(db, folder=folder)
    behind = sum(isinstance(step, Pending) for step in steps)
    if behind:
        raise WrongSettings([f"the database lacks {behind} of {len(steps)} migrations: run `hibana migrate up`"])


async def _apply(engine: str, known: Sequence[Migration], step: Migration, session: Session) -> bool:
    await session.run(MAKE_TABLE)
    # Looked at again under the lock: another process may have been faster.
    if len(await _applied(session, engine=engine, known=known)) != step.version - 1:
        return False
    for statement in _split(step.up)[0]:
        await session.run(statement)
    await session.run(
        "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (:version, :name, :checksum, :now)",
        version=step.version,
        name=step.name,
        checksum=step.checksum,
        now=SystemClock().now(),
    )
    return True


async def _revert(engine: str, known: Sequence[Migration], step: Migration, session: Session) -> bool:
    if len(await _applied(session, engine=engine, known=known)) != step.version:
        return False
    for statement in _split(step.down)[0]:
        await session.run(statement)
    await session.run("DELETE FROM schema_migrations WHERE version = :version", version=step.version)
    return True


async def _applied(session: Session, *, engine: str, known: Sequence[Migration]) -> list[Applied]:
    """What the database has, once it is sure that this program knows all of it."""
    if await session.one(HAS_TABLE[engine]) is None:
        return []
    rows = await session.all("SELECT version, name, checksum, applied_at FROM schema_migrations ORDER BY version")
    applied = [Applied(**row) for row in rows]
    if len(applied) > len(known):
        newest = applied[-1]
        raise WrongSettings(
            [
                f"the database is at migration {newest.version:03}_{newest.name}, this program knows {len(known)}: "
                "start the newer Hibana that migrated it, or restore a backup"
            ]
        )
    faults = [
        f"migration {step.label} is not the one the database got as {was.version:03}_{was.name}: "
        "put back the file as it was released"
        for was, step in zip(applied, known, strict=False)
        if (was.version, was.checksum) != (step.version, step.checksum)
    ]
    if faults:
        raise WrongSettings(faults)
    return applied


def _known(folder: Path | None) -> list[Migration]:
    """The migrations in the folder, 1 to n, each with both ways."""
    texts: dict[int, dict[str, dict[str, str]]] = {}
    faults = []
    for path in sorted((folder or shipped_folder("migrations")).glob("*.sql")):
        match = FILE_NAME.fullmatch(path.name)
        if match is None:
            faults.append(f"migration file {path.name}: its name must be NNN_name.up.sql or NNN_name.down.sql")
            continue
        text = path.read_text("utf-8").replace("\r\n", "\n")
        if COMMENT.sub("", _split(text)[1]).strip():
            faults.append(f"migration file {path.name}: its last statement has no semicolon")
        texts.setdefault(int(match["version"]), {}).setdefault(match["name"], {})[match["way"]] = text
    for version in range(1, max(texts, default=0) + 1):
        names = texts.get(version, {})
        if len(names) != 1:
            faults.append(f"migration {version:03} is " + (f"there twice: {', '.join(names)}" if names else "missing"))
        for name, ways in names.items():
            faults += [f"{version:03}_{name}.{way}.sql is missing" for way in ("up", "down") if way not in ways]
    if faults:
        raise WrongSettings(faults)
    return [Migration(version, name, **ways) for version in sorted(texts) for name, ways in texts[version].items()]


def _target(to: int | None, known: Sequence[Migration]) -> int:
    if to is None:
        return len(known)
    if not 0 <= to <= len(known):
        raise WrongSettings([f"there is no migration {to}: this program knows 1 to {len(known)}"])
    return to


def _split(script: str) -> tuple[list[str], str]:
    """The statements, and what is left; a semicolon in a literal, a comment or a trigger does not end one."""
    statements, rest = [], ""
    for piece in re.split("(?<=;)", script):
        rest += piece
        if sqlite3.complete_statement(rest):
            statements.append(rest)
            rest = ""
    return statements, rest
