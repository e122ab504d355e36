"""Hibana under measurement: set up through its command line, served as a process of its own."""

import base64
import contextlib
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.processes import free_port, memory_mib, running, stop, wait_for_answer
from bench.target import (
    EMAIL,
    PASSWORD,
    REDIRECT_URI,
    RESOURCE_SCOPE,
    RESOURCES,
    Credentials,
    Target,
)

_DISCOVERY = "/.well-known/openid-configuration"
_HIBANA = [sys.executable, "-m", "hibana_op"]
_COLD_STARTS = 3
_CLAIMS = '{"given_name": "Bench", "family_name": "Person", "locale": "en", "zoneinfo": "Asia/Tokyo"}'
_CLIENTS: Mapping[str, list[str]] = {
    "machine": ["--grant-type", "client_credentials"],
    "web": ["--redirect-uri", REDIRECT_URI, "--grant-type", "authorization_code", "--first-party"],
    "offline": [
        *("--redirect-uri", REDIRECT_URI, "--first-party"),
        *("--grant-type", "authorization_code", "--grant-type", "refresh_token"),
    ],
}
_SCOPES = {
    "machine": RESOURCE_SCOPE,
    "web": "openid profile email",
    "offline": "openid profile email offline_access",
}


@dataclass(frozen=True, slots=True)
class Started:
    """A running Hibana, and what was measured while it started."""

    target: Target
    cold_start_s: float
    memory_idle_mib: float


@contextlib.contextmanager
def serving(directory: Path, database_url: str, *, workers: int) -> Iterator[Started]:
    """Hibana over the empty database, with its clients, resources and person, until the block is left."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HIBANA_ISSUER": f"http://localhost:{port}",
        "HIBANA_MASTER_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "HIBANA_DATABASE_URL": database_url,
        "HIBANA_LOG_LEVEL": "warning",
    }
    clients = _set_up(environment, directory)
    log = directory / "hibana.log"
    command = [*_HIBANA, "serve", "--port", str(port), "--workers", str(workers)]
    colds = [_cold_start(command, environment, log, port) for _ in range(_COLD_STARTS)]
    with running(command, environment, log, cwd=directory) as process:
        wait_for_answer(process, port, _DISCOVERY, log)
        time.sleep(1)  # what a start leaves for later is part of being idle
        target = Target("hibana", process.pid, port, clients)
        yield Started(target, statistics.median(colds), memory_mib(process.pid))


def _cold_start(command: list[str], environment: Mapping[str, str], log: Path, port: int) -> float:
    started = time.perf_counter()
    with running(command, environment, log, cwd=log.parent) as process:
        wait_for_answer(process, port, _DISCOVERY, log)
        took = time.perf_counter() - started
        stop(process)
    return took


def _set_up(environment: Mapping[str, str], directory: Path) -> Mapping[str, Credentials]:
    def hibana(*arguments: str, given: str = "") -> bytes:
        command = [*_HIBANA, *arguments]
        finished = subprocess.run(
            command, env=environment, cwd=directory, input=given.encode(), capture_output=True, check=False
        )
        if finished.returncode != 0:
            raise RuntimeError(f"hibana {' '.join(arguments)}:\n{finished.stderr.decode()[-2000:]}")
        return finished.stdout

    hibana("migrate", "up")
    person = ["--email", EMAIL, "--name", "Bench Person", "--verified", "--claims", _CLAIMS]
    hibana("user", "create", *person, "--password-stdin", given=PASSWORD)
    for kind, identifier in RESOURCES.items():
        form = ["--token-format", "opaque"] if kind == "opaque" else ["--signing-alg", kind]
        named = ["--identifier", identifier, "--name", kind, "--scope", f"{RESOURCE_SCOPE}=Read"]
        hibana("resource", "create", *named, *form)
    clients: dict[str, Credentials] = {}
    for name, arguments in _CLIENTS.items():
        common = ["--name", name, "--auth-method", "client_secret_basic", "--scope", _SCOPES[name], "--json"]
        clients[name] = msgspec.json.decode(hibana("client", "create", *common, *arguments), type=Credentials)
    return clients
