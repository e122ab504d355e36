"""A file that only its owner can read, and that is there complete or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from hibana_op.foundation.errors import Conflict


@contextmanager
def new_file(file: Path, *, replace: bool = False) -> Iterator[BinaryIO]:
    """Open a file for writing; it takes its name when all of it is on the disk. Conflict when the name is taken."""
    _check_free(file, replace=replace)
    descriptor, written = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # always 0600
    try:
        with os.fdopen(descriptor, "w+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        _check_free(file, replace=replace)
        Path(written).replace(file)
    except BaseException:
        Path(written).unlink(missing_ok=True)
        raise
    _keep_name(file.parent)


def _check_free(file: Path, *, replace: bool) -> None:
    if file.is_dir():
        raise Conflict(f"{file} is a folder; name a file in it")
    if file.exists() and not replace:
        raise Conflict(f"{file} is there already; name another file, or say --force")


def _keep_name(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
