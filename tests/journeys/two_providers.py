"""Two servers, of which one sends people to the other."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import pytest

from tests.server import HibanaProcess
from tests.visitor import register_app


@dataclass(frozen=True, slots=True)
class Pair:
    """The provider people come to, and the one it sends them to."""

    here: HibanaProcess
    there: HibanaProcess


@contextmanager
def google_elsewhere(
    folders: pytest.TempPathFactory,
    *,
    mode: Literal["serve", "dev"] = "serve",
    first_party: bool = True,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Pair]:
    """Two running servers, the one there in Google's place; `first_party`: it asks nobody to allow it.

    `settings` are for the one here.
    """
    at_home, away = folders.mktemp("here"), folders.mktemp("there")
    here = HibanaProcess(at_home, database_url=f"sqlite:///{at_home / 'hibana.db'}", mode=mode, settings=settings)
    there = HibanaProcess(away, database_url=f"sqlite:///{away / 'hibana.db'}")
    # Cookies know hosts and not ports: under the same name the two would take each other's away.
    there.issuer = there.settings["HIBANA_ISSUER"] = f"http://127.0.0.1:{there.port}"
    try:
        there.start()
        redirect_uri = f"{here.issuer}/federation/google/callback"
        google = register_app(there, redirect_uri=redirect_uri, first_party=first_party)
        here.settings |= {
            "HIBANA_GOOGLE__CLIENT_ID": google.client_id,
            "HIBANA_GOOGLE__CLIENT_SECRET": google.secret,
            "HIBANA_GOOGLE__ISSUER": there.issuer,
            "HIBANA_OUTBOUND_ALLOW": "127.0.0.1",
        }
        here.start()
        yield Pair(here, there)
    finally:
        here.close()
        there.close()
