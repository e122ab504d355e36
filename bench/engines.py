"""A fresh database for one run: a SQLite file, or a PostgreSQL cluster of our own."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.postgres import cluster


@contextlib.contextmanager
def fresh_database(engine: str, directory: Path) -> Iterator[str]:
    """The URL of an empty database; HIBANA_BENCH_POSTGRES names a server that is there already."""
    if engine == "sqlite":
        yield f"sqlite:///{directory / 'hibana.db'}"
    elif given := os.environ.get("HIBANA_BENCH_POSTGRES"):
        yield given
    else:
        # Its own folder, that the owner of the server can walk to.
        folder = Path(tempfile.mkdtemp(prefix="hibana-bench-postgres-"))
        try:
            with cluster(folder) as running:
                yield running.url
        finally:
            shutil.rmtree(folder, ignore_errors=True)
