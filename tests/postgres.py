"""A PostgreSQL cluster of the tests' own: a folder in /tmp, a free loopback port, nothing synced to disk."""

import itertools
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Any

from tests.ports import free_port
from tests.schema import REUSED

SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
fsync = off
full_page_writes = off
"""


def programs() -> Path:
    """The folder with initdb and pg_ctl, which Debian keeps out of PATH."""
    in_path = shutil.which("initdb")
    if in_path is not None:
        return Path(in_path).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts[-3].zfill(3))
    if versions:
        return versions[-1].parent
    raise FileNotFoundError("PostgreSQL's initdb is not on this machine; `make test` installs it where it can")


class PostgresCluster:
    """One running server; each test gets a database in it and drops it again."""

    def __init__(self) -> None:
        self._programs = programs()
        self._port = free_port()
        self._password = secrets.token_urlsafe(16)
        self._numbers = itertools.count(1)
        self._has_reused = False
        self._folder = Path(tempfile.mkdtemp(prefix="hibana-postgres-"))
        self._account = _account(self._folder)
        self._data = self._folder / "data"
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster and wait until it answers."""
        password_file = self._folder / "password"
        password_file.write_text(self._password)
        self._run(
            *("initdb", f"--pgdata={self._data}", "--username=hibana", f"--pwfile={password_file}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"),
        )
        with (self._data / "postgresql.conf").open("a") as configuration:
            configuration.write(f"{SETTINGS}port = {self._port}\n")
        self.start_again()

    def start_again(self) -> None:
        """Serve the data that is there, and wait until it answers."""
        give_up = time.monotonic() + 30
        self._launch()
        while self._popen("pg_isready", "--quiet", *self._connection, output=subprocess.DEVNULL).wait() != 0:
            if time.monotonic() > give_up:
                raise RuntimeError(f"PostgreSQL did not start:\n{(self._folder / 'log').read_text()}")
            if self._server is not None and self._server.poll() is not None:
                self._launch()  # what a killed server left behind may still be on its way out
            time.sleep(0.02)

    def kill9(self) -> None:
        """End the server without a chance to tidy up; its data stays."""
        assert self._server is not None, "PostgreSQL is not running"
        self._server.kill()
        self._server.wait()

    def _launch(self) -> None:
        with (self._folder / "log").open("a") as log:
            self._server = self._popen("postgres", "-D", str(self._data), output=log)

    def stop(self) -> None:
        """End the server by its process id and leave nothing behind."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(timeout=30)
        shutil.rmtree(self._folder)

    def reused_database(self) -> str:
        """The one database that `tests.schema` brings back to what it was, for one test after another."""
        if not self._has_reused:
            self.create_database(REUSED)
            self._has_reused = True
        return self._url(REUSED)

    def create_database(self, name: str = "") -> str:
        """A new, empty database; answers the URL that `HIBANA_DATABASE_URL` takes."""
        name = name or f"test_{next(self._numbers)}"
        self._run("createdb", *self._connection, name)
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql://hibana:{self._password}@127.0.0.1:{self._port}/{name}"

    def drop_database(self, url: str) -> None:
        """Remove the database, even while a server that a test forgot still uses it."""
        name = url.rpartition("/")[2]
        self._run("dropdb", "--force", *self._connection, name)

    @property
    def _connection(self) -> list[str]:
        return ["--host=127.0.0.1", f"--port={self._port}", "--username=hibana"]

    def _run(self, program: str, *arguments: str) -> None:
        output = self._folder / "output"
        with output.open("w") as file:
            status = self._popen(program, *arguments, output=file).wait(timeout=60)
        if status != 0:
            raise RuntimeError(f"PostgreSQL's {program} failed:\n{output.read_text()}")

    def _popen(self, program: str, *arguments: str, output: IO[str] | int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(self._programs / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=self._folder,
            env=os.environ | {"PGPASSWORD": self._password},
            start_new_session=True,
            **self._account,
        )


def _account(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: root hands the folder to the account its package made."""
    if os.geteuid() != 0:
        return {}
    shutil.chown(folder, "postgres", "postgres")
    return {"user": "postgres", "group": "postgres", "extra_groups": []}
