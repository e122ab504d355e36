"""A fresh database for one run: a SQLite file, or a PostgreSQL cluster of our own."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.processes import free_port

_CLUSTERS = Path("/usr/lib/postgresql")


@contextlib.contextmanager
def fresh_database(engine: str, directory: Path) -> Iterator[str]:
    """The URL of an empty database; HIBANA_BENCH_POSTGRES names a server that is there already."""
    if engine == "sqlite":
        yield f"sqlite:///{directory / 'hibana.db'}"
    elif given := os.environ.get("HIBANA_BENCH_POSTGRES"):
        yield given
    else:
        with _cluster() as url:
            yield url


@contextlib.contextmanager
def _cluster() -> Iterator[str]:
    # Durable as in production: nothing of fsync is switched off.
    binaries = _binaries()
    # Its own folder: the server does not run as root and must be able to walk to its files.
    directory = Path(tempfile.mkdtemp(prefix="hibana-bench-postgres-"))
    owner: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(directory, "postgres", "postgres")
        owner = ["runuser", "-u", "postgres", "--"]
    data, port = directory / "data", free_port()
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={directory}"
    control = [*owner, str(binaries / "pg_ctl"), "-D", str(data)]
    try:
        initialise = [*owner, str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", "hibana"]
        subprocess.run(initialise, check=True, stdout=subprocess.DEVNULL, cwd=directory)
        start = [*control, "-w", "-l", str(directory / "log"), "-o", options, "start"]
        subprocess.run(start, check=True, stdout=subprocess.DEVNULL, cwd=directory)
        yield f"postgresql://hibana@127.0.0.1:{port}/postgres"
    finally:
        stop = [*control, "-m", "immediate", "stop"]
        subprocess.run(stop, check=False, capture_output=True, cwd=directory)
        shutil.rmtree(directory, ignore_errors=True)


def _binaries() -> Path:
    found = sorted(_CLUSTERS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise RuntimeError("PostgreSQL is not installed, and HIBANA_BENCH_POSTGRES names no server")
    return found[-1].parent
