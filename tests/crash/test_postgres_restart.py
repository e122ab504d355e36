"""PostgreSQL dies and comes back: the server says so, loses nothing, and goes on by itself."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.postgres import PostgresCluster
from tests.server import HibanaProcess
from tests.visitor import Visitor, register_app, register_person, rotation


@pytest.fixture
def own_cluster() -> Iterator[PostgresCluster]:
    """A PostgreSQL that a test may kill."""
    cluster = PostgresCluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def server(own_cluster: PostgresCluster, tmp_path: Path) -> Iterator[HibanaProcess]:
    """Two workers on that PostgreSQL."""
    server = HibanaProcess(tmp_path, database_url=own_cluster.create_database(), workers=2)
    server.command("migrate", "up")
    try:
        server.start()
        yield server
    finally:
        server.close()


async def test_T04_a_killed_postgresql_costs_an_outage_and_nothing_else(
    own_cluster: PostgresCluster, server: HibanaProcess
) -> None:
    register_person(server)
    app = register_app(server)
    async with Visitor(server) as visitor:
        await visitor.sign_in()
        tokens = await visitor.tokens(app)
        for _ in range(2):
            own_cluster.kill9()
            assert (await visitor.http.get("/healthz")).status_code == 200
            assert (await visitor.http.get("/readyz")).status_code == 503
            refused = await visitor.token(app, **rotation(tokens["refresh_token"]))
            assert refused.status_code == 503, refused.text
            assert refused.headers["retry-after"]

            own_cluster.start_again()

            give_up = time.monotonic() + 10
            while (await visitor.http.get("/readyz")).status_code != httpx2.codes.OK:
                assert time.monotonic() < give_up, server.log
            renewed = await visitor.token(app, **rotation(tokens["refresh_token"]))
            assert renewed.status_code == 200, renewed.text
            tokens = renewed.json()
            assert await visitor.is_active(app, tokens["refresh_token"])
    server.command("audit", "verify")
