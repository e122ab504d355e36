"""Providers for each test process, and one module for each test."""

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conformance.rp import Module, Op, Variant
from tests.conformance.site import Site, serving
from tests.foundation.certificates import Authority
from tests.make import PASSWORD
from tests.postgres import PostgresCluster
from tests.server import HibanaProcess

EMAIL = "certified@example.com"
CLAIMS = {
    "name": "Kyoko Certified",
    "given_name": "Kyoko",
    "family_name": "Certified",
    "middle_name": "Conforming",
    "nickname": "Kyo",
    "preferred_username": "kyoko",
    "profile": "https://people.example/kyoko",
    "picture": "https://people.example/kyoko.png",
    "website": "https://kyoko.example/",
    "gender": "female",
    "birthdate": "1990-04-01",
    "zoneinfo": "Asia/Tokyo",
    "locale": "ja-JP",
    "phone_number": "+81 3-1234-5678",
    "phone_number_verified": True,
    "address": {
        "formatted": "1-1 Chiyoda\nTokyo 100-0001\nJapan",
        "street_address": "1-1 Chiyoda",
        "locality": "Chiyoda",
        "region": "Tokyo",
        "postal_code": "100-0001",
        "country": "Japan",
    },
    "name#ja-Kana-JP": "キョウコ",
}

CODE = Variant("code")
IMPLICIT = (Variant("id_token"), Variant("id_token token"))
HYBRID = (Variant("code id_token"), Variant("code token"), Variant("code id_token token"))
FORM_POST = tuple(Variant(each.response_type, form_post=True) for each in (CODE, *IMPLICIT, *HYBRID))
# Every response type and mode on SQLite; on PostgreSQL the two that between them take every path to the database.
PLANS = [
    *(("sqlite", variant) for variant in (CODE, *IMPLICIT, *HYBRID, *FORM_POST)),
    *(("postgres", variant) for variant in (CODE, HYBRID[-1])),
]


def plans(
    *,
    code: bool | None = None,
    front_id_token: bool | None = None,
    access_token: bool | None = None,
    form_post: bool = True,
) -> list[Any]:
    """The engines and variants that a module runs with, for indirect parametrization of `module`."""
    return [
        pytest.param((engine, variant), id=f"{engine}-{variant}")
        for engine, variant in PLANS
        if code in (None, variant.has_code)
        and front_id_token in (None, variant.has_front_id_token)
        and access_token in (None, variant.has_code or variant.has_front_token)
        and (form_post or not variant.form_post)
    ]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who vouches for the provider and for the relying party."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def trust(authority: Authority) -> ssl.SSLContext:
    """What trusts that authority alone."""
    return ssl.create_default_context(cafile=str(authority.file))


@pytest.fixture(scope="session")
def site(authority: Authority) -> Iterator[Site]:
    """The relying party's own server."""
    with serving(authority.server("localhost")) as running:
        yield running


@pytest.fixture(scope="session")
def ops(
    authority: Authority,
    trust: ssl.SSLContext,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator["Providers"]:
    """The providers that were asked for, started once."""
    running = Providers(authority, trust, tmp_path_factory, request)
    yield running
    running.close()


class Providers:
    """Providers with the settings of a certification run, by their names.

    There is one for each engine, and one more for its plans with form posts: one provider lets one address register
    so many clients and no more.
    """

    def __init__(
        self,
        authority: Authority,
        trust: ssl.SSLContext,
        folders: pytest.TempPathFactory,
        request: pytest.FixtureRequest,
    ) -> None:
        self._authority = authority
        self._trust = trust
        self._folders = folders
        self._request = request
        self._running: dict[str, tuple[HibanaProcess, Op]] = {}

    def op(self, engine: str, *, form_post: bool = False) -> Op:
        """The provider on an engine."""
        name = f"{engine}-form_post" if form_post else engine
        if name not in self._running:
            self._running[name] = self._start(engine)
        return self._running[name][1]

    def process(self, op: Op) -> HibanaProcess:
        """The server process of a provider."""
        return next(process for process, running in self._running.values() if running is op)

    def close(self) -> None:
        """End them."""
        for process, _ in self._running.values():
            process.close()

    def _start(self, engine: str) -> tuple[HibanaProcess, Op]:
        folder = self._folders.mktemp(f"certified-{engine}")
        process = HibanaProcess(
            folder,
            database_url=self._database(engine, folder),
            tls=self._authority.server_file("localhost"),
            settings={
                "HIBANA_REGISTRATION": "open",
                "HIBANA_OUTBOUND_ALLOW": "localhost",
                "HIBANA_OUTBOUND_CA_FILE": str(self._authority.file),
            },
        )
        if engine == "postgres":
            process.command("migrate", "up")
        process.start()
        process.command(
            *("user", "create", "--email", EMAIL, "--verified", "--password-stdin", "--claims", json.dumps(CLAIMS)),
            stdin=f"{PASSWORD}\n",
        )
        discovery = f"{process.issuer}/.well-known/openid-configuration"
        metadata = httpx2.get(discovery, verify=self._trust).json()
        return process, Op(process.issuer, self._trust, EMAIL, metadata)

    def _database(self, engine: str, folder: Path) -> str:
        if engine == "sqlite":
            return f"sqlite:///{folder / 'hibana.db'}"
        cluster: PostgresCluster = self._request.getfixturevalue("postgres_cluster")
        return cluster.create_database()


@pytest.fixture
def module(request: pytest.FixtureRequest, ops: Providers, site: Site) -> Iterator[Module]:
    """A module of the plan that the parameter names: by default the code flow on each engine."""
    engine, variant = request.param
    running = Module(ops.op(engine, form_post=variant.form_post), site, variant)
    yield running
    running.finish()


@pytest.fixture
def process(request: pytest.FixtureRequest, ops: Providers, module: Module) -> HibanaProcess:
    """The server process that the module talks to, for what only its operator can do."""
    return ops.process(module.op)
