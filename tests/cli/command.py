"""Running `hibana` as a shell would: with no setting but those given, in a process of its own or in this one."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner

from hibana_op.cli.main import hibana

_LOG_FLAGS = ("logThreads", "logProcesses", "logMultiprocessing")
_LOGGERS = ("", "hibana", "hibana_op", "uvicorn")


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


def run_within(*arguments: str, settings: Mapping[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    """The same without a process, where starting one for each command would take long."""
    unset: dict[str, str | None] = {name: None for name in os.environ if name.startswith("HIBANA_")}
    with _own_logging():
        done = CliRunner().invoke(hibana, arguments, input=stdin, env=unset | dict(settings))
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


@contextmanager
def _own_logging() -> Iterator[None]:
    """What a command says to the log goes where its standard error goes, and no longer."""
    root = logging.getLogger()
    handlers, flags = root.handlers[:], {name: getattr(logging, name) for name in _LOG_FLAGS}
    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    try:
        yield
    finally:
        root.handlers[:] = handlers
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        for name, value in flags.items():
            setattr(logging, name, value)
