"""A PostgreSQL cluster of our own: made where there is none, started for as long as a block runs."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.processes import free_port

_CLUSTERS = Path("/usr/lib/postgresql")
_OWNER = "postgres"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A server that runs."""

    url: str
    pid: int


@contextlib.contextmanager
def cluster(directory: Path) -> Iterator[Cluster]:
    """The cluster of a folder, which others can walk to; durable as in production: nothing of fsync is off."""
    # The server does not run as root.
    owner: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(directory, _OWNER, _OWNER)
        owner = ["runuser", "-u", _OWNER, "--"]
    binaries, data, port = _binaries(), directory / "data", free_port()
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={directory}"
    control = [*owner, str(binaries / "pg_ctl"), "-D", str(data)]
    if not data.exists():
        initialise = [*owner, str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", "hibana"]
        subprocess.run(initialise, check=True, stdout=subprocess.DEVNULL, cwd=directory)
    start = [*control, "-w", "-l", str(directory / "log"), "-o", options, "start"]
    subprocess.run(start, check=True, stdout=subprocess.DEVNULL, cwd=directory)
    try:
        # Its first line is the number of the server's process.
        pid = int((data / "postmaster.pid").read_text().split()[0])
        yield Cluster(f"postgresql://hibana@127.0.0.1:{port}/postgres", pid)
    finally:
        subprocess.run([*control, "-m", "fast", "stop"], check=False, capture_output=True, cwd=directory)


def _binaries() -> Path:
    found = sorted(_CLUSTERS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise RuntimeError("PostgreSQL is not installed, and HIBANA_BENCH_POSTGRES names no server")
    return found[-1].parent
