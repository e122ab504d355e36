"""The file of a backup: gzip'd JSON lines, the same for every engine, whole or refused.

A header, then for each table a line with its name and columns and a line for each row, then a trailer with
the numbers of rows and the SHA-256 of every line before it.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from hibana_op.records.row import as_json

FORMAT = "hibana-backup-1"
BATCH = 500
_UNREADABLE = (gzip.BadGzipFile, EOFError, zlib.error, ValueError, KeyError, TypeError)


class Damaged(Exception):
    """A file that is no backup, or no longer the one that was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a backup says of itself."""

    program: str
    schema: int  # the number of the last migration
    engine: str
    taken_at: int


@dataclass(frozen=True, slots=True)
class Section:
    """What a table in a backup is called, and what its rows hold."""

    table: str
    columns: tuple[str, ...]


class Writer:
    """Writes a backup line by line, and counts."""

    def __init__(self, stream: gzip.GzipFile, header: Header) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self._table = ""
        self.counts: dict[str, int] = {}
        self._line({"format": FORMAT, **asdict(header)})

    def section(self, table: str, columns: Sequence[str]) -> None:
        """Begin a table."""
        self._table = table
        self.counts[table] = 0
        self._line({"table": table, "columns": list(columns)})

    def rows(self, rows: Sequence[Sequence[object]]) -> None:
        """Add rows to the table that was begun."""
        for row in rows:
            self._line(list(row))
        self.counts[self._table] += len(rows)

    def finish(self) -> None:
        """Add the line that vouches for all others."""
        self._line({"rows": self.counts, "sha256": self._digest.hexdigest()})

    def _line(self, value: object) -> None:
        line = as_json(value).encode() + b"\n"
        self._digest.update(line)
        self._stream.write(line)


@contextmanager
def writing(stream: BinaryIO, header: Header) -> Iterator[Writer]:
    """Write a backup from the start of a stream; what it held is gone."""
    stream.seek(0)
    stream.truncate()
    with gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0) as packed:
        writer = Writer(packed, header)
        yield writer
        writer.finish()


def read_header(file: Path) -> Header:
    """The header of a backup; Damaged when the file is none."""
    try:
        with gzip.open(file, "rb") as stream:
            members = json.loads(stream.readline())
        if members.pop("format") != FORMAT:
            raise Damaged(f"{file} is a backup in another form than {FORMAT}")
        return Header(**members)
    except (*_UNREADABLE, AttributeError):
        raise Damaged(f"{file} is no backup of Hibana") from None


def read_rows(file: Path) -> Iterator[tuple[Section, list[list[Any]]]]:
    """Every table with its rows, a batch at a time; Damaged, at the end at the latest, when a bit is different.

    A table without rows is told once, with an empty batch.
    """
    try:
        yield from _checked(file)
    except _UNREADABLE:
        raise Damaged(f"{file} is damaged or was cut off; use another copy") from None


def _checked(file: Path) -> Iterator[tuple[Section, list[list[Any]]]]:
    digest, counts, batch = hashlib.sha256(), dict[str, int](), list[list[Any]]()
    section = trailer = None
    with gzip.open(file, "rb") as stream:
        digest.update(stream.readline())
        for line in stream:
            value = json.loads(line)
            if trailer is not None:
                raise ValueError("something follows the trailer")
            if isinstance(value, list):
                if section is None or len(value) != len(section.columns):
                    raise ValueError("a row out of place")
                batch.append(value)
                counts[section.table] += 1
            if section is not None and (not isinstance(value, list) or len(batch) == BATCH):
                yield section, batch
                batch = []
            if isinstance(value, dict) and "sha256" in value:
                trailer = value
                continue
            digest.update(line)
            if isinstance(value, dict):
                section = Section(value["table"], tuple(value["columns"]))
                counts[section.table] = 0
    if trailer != {"rows": counts, "sha256": digest.hexdigest()}:
        raise ValueError("the trailer speaks of another file")
