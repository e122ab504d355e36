"""A real Hibana: `hibana serve` as a process of its own, on a free port, which a test may end in any way.

`tls` names a PEM file with a key and its certificate, for a server that ends TLS itself.
"""

import base64
import http.client
import os
import secrets
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, Protocol

from tests.ports import free_port, wait_until_closed

Engine = Literal["sqlite", "postgres"]
CHECKOUT = (sys.executable, "-m", "hibana_op")


class StartHibana(Protocol):
    """What the fixture `start_hibana` gives: a function that starts one more server."""

    def __call__(
        self,
        engine: Engine = "sqlite",
        *,
        workers: int = 1,
        mode: Literal["serve", "dev"] = "serve",
        settings: Mapping[str, str] | None = None,
        program: Sequence[str] = CHECKOUT,
    ) -> "HibanaProcess":
        """A server that answers; `settings` are `HIBANA_*` variables on top of the ones a server needs."""
        ...


class HibanaProcess:
    """One server and its data: start, end gently or brutally, start again on the same data."""

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str,
        workers: int = 1,
        mode: Literal["serve", "dev"] = "serve",
        settings: Mapping[str, str] | None = None,
        program: Sequence[str] = CHECKOUT,
        tls: Path | None = None,
    ) -> None:
        self.port = free_port()
        self.issuer = f"{'https' if tls else 'http'}://localhost:{self.port}"
        self._tls = tls
        self.settings = {"HIBANA_DATABASE_URL": database_url, **(settings or {})}
        self._folder = folder
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._program = program
        self._arguments = [mode, "--port", str(self.port)]
        if mode == "serve":  # dev needs nothing, and that is what tests of dev are about
            self._arguments += ["--workers", str(workers)]
            self.settings = {
                "HIBANA_ISSUER": self.issuer,
                "HIBANA_MASTER_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
                "HIBANA_SHUTDOWN_DELAY": "0",
                **({"HIBANA_TLS_CERT": str(tls), "HIBANA_TLS_KEY": str(tls)} if tls else {}),
                **self.settings,
            }

    @property
    def log(self) -> str:
        """All it has printed since it was first started."""
        return self._log.read_text() if self._log.exists() else ""

    @property
    def pid(self) -> int:
        """The process that was started; with several workers they are its children."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    def workers(self) -> list[int]:
        """The processes that answer: with several workers the children of the one that was started."""
        text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
        return [child for child in map(int, text.split()) if _is_worker(child)] or [self.pid]

    def start(self) -> None:
        """Start, and return when it says that it is ready."""
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                [*self._program, *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env=self._environment(),
                start_new_session=True,
            )
        give_up = time.monotonic() + 30
        while not self._is_ready():
            if self._process.poll() is not None:
                raise AssertionError(f"the server ended with status {self._process.returncode}:\n{self.log}")
            if time.monotonic() > give_up:
                raise AssertionError(f"the server is not ready after 30 seconds:\n{self.log}")
            time.sleep(0.02)

    def terminate(self) -> None:
        """Ask it to end, as an operator does; it has to do so cleanly."""
        assert self._process is not None, "the server is not running"
        os.kill(self._process.pid, signal.SIGTERM)
        status = self._process.wait(timeout=40)
        assert status == 0, f"the server ended with status {status}:\n{self.log}"
        self._process = None
        wait_until_closed(self.port)

    def kill9(self) -> None:
        """End it and its workers at once, as a power cut would."""
        assert self._process is not None, "the server is not running"
        with suppress(ProcessLookupError):  # it may have ended by itself
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        wait_until_closed(self.port)

    def close(self) -> None:
        """Leave nothing running, whatever state the test left it in."""
        if self._process is not None:
            self.kill9()

    def command(self, *arguments: str, stdin: str = "") -> str:
        """Run a `hibana` command with the same settings; answers what it prints, and fails if it fails."""
        with self.begin(*arguments) as process:
            try:
                told, complaint = process.communicate(stdin, timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert process.returncode == 0, f"hibana {' '.join(arguments)}: status {process.returncode}\n{complaint}"
        return told

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a `hibana` command with the same settings, for a test that does not wait for its end."""
        return subprocess.Popen(
            [*self._program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self._folder,
            env=self._environment(),
        )

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HIBANA_")}
        return kept | self.settings | {"PYTHONUNBUFFERED": "1"}

    def _is_ready(self) -> bool:
        connection = self._connection()
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection("localhost", self.port, timeout=5)
        # Whether the certificate is right is for the test to say; this only asks whether somebody answers.
        context = ssl._create_unverified_context()  # noqa: S323
        return http.client.HTTPSConnection("localhost", self.port, timeout=5, context=context)


def _is_worker(pid: int) -> bool:
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:  # it has ended meanwhile
        return False
