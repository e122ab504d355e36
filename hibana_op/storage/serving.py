"""Who serves an SQLite file: a lock beside it, shared by its servers, which a restore and a way back want alone."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from hibana_op.config.rules import sqlite_path
from hibana_op.foundation.errors import Conflict, WrongSettings


@contextmanager
def serving(url: str) -> Iterator[None]:
    """Hold the file as one of its servers or workers; WrongSettings while it must stand still."""
    with _locked(url, fcntl.LOCK_SH) as is_held:
        if not is_held:
            raise WrongSettings(
                ["the database is being restored or taken back; start the server again when that is done"]
            )
        yield


@contextmanager
def standing_still(url: str) -> Iterator[None]:
    """Hold the file while no server does and none may start; Conflict when one runs."""
    with _locked(url, fcntl.LOCK_EX) as is_held:
        if not is_held:
            raise Conflict("a server is running on this database; stop every server and worker first")
        yield


@contextmanager
def _locked(url: str, kind: int) -> Iterator[bool]:
    """Whether the lock was to be had; an engine with a server of its own has no file, and needs none."""
    path = sqlite_path(url)
    if path is None:
        yield True
        return
    # Not the file itself: there SQLite has locks of its own.
    held = os.open(f"{path}-serving", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(held, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(held)  # and with it the lock, also when the process is killed
