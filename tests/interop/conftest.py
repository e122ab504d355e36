"""The provider of the conformance tests, for clients that insist on TLS; and plain ones, where operators register."""

from collections.abc import Iterator

import pytest

from tests.conformance.conftest import Providers, authority, ops, site, trust
from tests.conformance.site import Site
from tests.foundation.certificates import Authority
from tests.interop.idpyoidc_party import Parties
from tests.interop.node import Node
from tests.interop.plain import PlainServers
from tests.server import HibanaProcess

__all__ = ["authority", "ops", "site", "trust"]


@pytest.fixture
def node(ops: Providers, authority: Authority) -> Node:
    """What runs the programs of this folder."""
    return Node(ops, authority.file)


@pytest.fixture(scope="session")
def plain_servers(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[PlainServers]:
    """The servers that were asked for, started once."""
    running = PlainServers(tmp_path_factory, request)
    yield running
    running.close()


@pytest.fixture(params=[("sqlite", 1), ("postgres", 1)], ids=["sqlite", "postgres"])
def hibana_server(request: pytest.FixtureRequest, plain_servers: PlainServers) -> HibanaProcess:
    """A server that the other tests of this folder use too."""
    engine, workers = request.param
    return plain_servers.process(engine, workers)


@pytest.fixture
def alice(hibana_server: HibanaProcess, plain_servers: PlainServers) -> str:
    """The id of a person at that server."""
    return plain_servers.alice(hibana_server)


@pytest.fixture
def parties(ops: Providers, site: Site) -> Iterator[Parties]:
    """What registers relying parties made with idpyoidc."""
    made = Parties(ops, site)
    yield made
    made.close()
