"""Asking for settings and for their faults, as the tests of the settings do."""

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest

from hibana_op.config import Mode, Settings, load
from hibana_op.foundation.errors import WrongSettings

KEY = base64.urlsafe_b64encode(bytes((each * 37 + each**2) % 256 for each in range(32))).decode()
FIT = {"HIBANA_ISSUER": "https://id.example.com", "HIBANA_MASTER_KEY": KEY}


def loaded(
    environ: Mapping[str, str] | None = None,
    *,
    file: Path | None = None,
    flags: Mapping[str, str] | None = None,
    mode: Mode = "serve",
) -> Settings:
    """The settings, on top of what production needs."""
    return load(FIT | dict(environ or {}), file=file, flags=flags or {}, mode=mode)


def faults_of(
    environ: Mapping[str, str],
    *,
    file: Path | None = None,
    mode: Mode = "serve",
    flags: Mapping[str, str] | None = None,
) -> list[str]:
    """Why these settings are refused."""
    with pytest.raises(WrongSettings) as refused:
        load(environ, file=file, flags=flags or {}, mode=mode)
    return refused.value.faults
