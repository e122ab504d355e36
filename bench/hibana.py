"""Hibana under measurement: set up through its command line, served as a process of its own."""

import base64
import contextlib
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from bench.processes import free_port, running, wait_for_answer
from bench.target import (
    PASSWORD,
    REDIRECT_URI,
    RESOURCE_SCOPE,
    RESOURCES,
    Credentials,
    Target,
)

NAME = "hibana"
_DISCOVERY = "/.well-known/openid-configuration"
_HIBANA = [sys.executable, "-m", "hibana_op"]
_HIBANA_WITHOUT_HASHING = [sys.executable, "-m", "bench.without_hashing"]
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
    "web": "openid profile email tenant roles",
    "offline": "openid profile email tenant roles offline_access",
}


@dataclass(frozen=True, slots=True)
class Deployment:
    """A database that is set up, and what a server of it is started with."""

    directory: Path
    port: int
    environment: Mapping[str, str]
    clients: Mapping[str, Credentials]
    people: Sequence[str]

    @property
    def log(self) -> Path:
        """What its servers say."""
        return self.directory / "hibana.log"

    def command(self, *, workers: int, hashing: bool) -> list[str]:
        """`hibana serve`, or the same without the cost of hashing passwords."""
        program = _HIBANA if hashing else _HIBANA_WITHOUT_HASHING
        return [*program, "serve", "--port", str(self.port), "--workers", str(workers)]


@contextlib.contextmanager
def serving(deployment: Deployment, *, workers: int, hashing: bool) -> Iterator[Target]:
    """Hibana as a process of its own, until the block is left."""
    command, log = deployment.command(workers=workers, hashing=hashing), deployment.log
    with running(command, deployment.environment, log, cwd=deployment.directory) as process:
        wait_for_answer(process, deployment.port, _DISCOVERY, log)
        time.sleep(1)  # what a start leaves for later belongs to the start
        yield Target(NAME, process.pid, deployment.port, deployment.clients, deployment.people)


def cold_start_s(deployment: Deployment, *, workers: int) -> float:
    """Seconds from the start of the process to its first answer: the median of three."""
    return statistics.median(_cold_start(deployment, workers) for _ in range(_COLD_STARTS))


def _cold_start(deployment: Deployment, workers: int) -> float:
    command, log = deployment.command(workers=workers, hashing=True), deployment.log
    started = time.perf_counter()
    with running(command, deployment.environment, log, cwd=deployment.directory) as process:
        wait_for_answer(process, deployment.port, _DISCOVERY, log)
        return time.perf_counter() - started


def deploy(directory: Path, database_url: str, people: Sequence[str], *, master_key: bytes | None = None) -> Deployment:
    """Set up an empty database through the command line: schema, people, resources, clients."""
    described = describe(directory, database_url, master_key=master_key or secrets.token_bytes(32))
    return replace(described, clients=_set_up(described.environment, directory, people), people=people)


def describe(directory: Path, database_url: str, *, master_key: bytes) -> Deployment:
    """A deployment on a free port, whose clients and people are not known yet."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parent.parent),
        "HIBANA_ISSUER": f"http://localhost:{port}",
        "HIBANA_MASTER_KEY": base64.urlsafe_b64encode(master_key).decode(),
        "HIBANA_DATABASE_URL": database_url,
        "HIBANA_LOG_LEVEL": "warning",
    }
    return Deployment(directory, port, environment, {}, ())


def _set_up(environment: Mapping[str, str], directory: Path, people: Sequence[str]) -> Mapping[str, Credentials]:
    def hibana(*arguments: str, given: str = "") -> bytes:
        command = [*_HIBANA, *arguments]
        finished = subprocess.run(
            command, env=environment, cwd=directory, input=given.encode(), capture_output=True, check=False
        )
        if finished.returncode != 0:
            raise RuntimeError(f"hibana {' '.join(arguments)}:\n{finished.stderr.decode()[-2000:]}")
        return finished.stdout

    hibana("migrate", "up")
    for email in people:
        person = ["--email", email, "--name", "Bench Person", "--verified", "--claims", _CLAIMS]
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
