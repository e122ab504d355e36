"""The environment of this process: read here, and nowhere else, and handed on to worker processes."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from hibana_op.config.load import load
from hibana_op.config.settings import Mode, Settings
from hibana_op.config.sources import HANDED_OVER

_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # the name is prometheus-client's


def from_environment(*, file: Path | None, flags: Mapping[str, str], mode: Mode) -> Settings:
    """The settings from the real environment."""
    return load(os.environ, file=file, flags=flags, mode=mode)


def hand_over(*, file: Path | None, flags: Mapping[str, str], mode: Mode) -> None:
    """Leave word for `inherited`, in this process and those it starts; no secret is copied."""
    word = {"file": str(file.absolute()) if file else None, "flags": dict(flags), "mode": mode}
    os.environ[HANDED_OVER] = json.dumps(word)


def inherited() -> Settings:
    """The very settings that the command line was started with."""
    word = json.loads(os.environ[HANDED_OVER])
    file = Path(word["file"]) if word["file"] else None
    return load(os.environ, file=file, flags=word["flags"], mode=cast(Mode, word["mode"]))


def share_metrics_folder(folder: Path) -> None:
    """Let several worker processes count together; must come before prometheus-client is imported."""
    os.environ[_METRICS_FOLDER] = str(folder)


def metrics_folder() -> str | None:
    """Where several processes count together; None when this one counts alone."""
    return os.environ.get(_METRICS_FOLDER)
