"""Running `hibana` as a shell would: a process of its own, with no setting but those given."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def run(
    *arguments: str, folder: Path, settings: Mapping[str, str] | None = None, stdin: str | int = ""
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; `stdin` is what is piped in, or a terminal."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HIBANA_")}
    return subprocess.run(
        [sys.executable, "-m", "hibana_op", *arguments],
        cwd=folder,
        env=kept | dict(settings or {}),
        **({"input": stdin} if isinstance(stdin, str) else {"stdin": stdin}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
