"""Servers without TLS, each started once for all tests that want its engine and number of workers."""

import pytest

from tests.server import Engine, HibanaProcess
from tests.visitor import register_person


class PlainServers:
    """One server for each engine and number of workers, and Alice at each."""

    def __init__(self, folders: pytest.TempPathFactory, request: pytest.FixtureRequest) -> None:
        self._folders = folders
        self._request = request
        self._running: dict[tuple[Engine, int], HibanaProcess] = {}
        self._alice: dict[str, str] = {}

    def process(self, engine: Engine, workers: int) -> HibanaProcess:
        """The server process."""
        if (engine, workers) not in self._running:
            self._running[engine, workers] = self._start(engine, workers)
        return self._running[engine, workers]

    def alice(self, server: HibanaProcess) -> str:
        """The id of Alice, who has PASSWORD."""
        if server.issuer not in self._alice:
            self._alice[server.issuer] = register_person(server)
        return self._alice[server.issuer]

    def close(self) -> None:
        """End them."""
        for server in self._running.values():
            server.close()

    def _start(self, engine: Engine, workers: int) -> HibanaProcess:
        folder = self._folders.mktemp(f"plain-{engine}-{workers}")
        url = f"sqlite:///{folder / 'hibana.db'}"
        if engine == "postgres":
            url = self._request.getfixturevalue("postgres_cluster").create_database()
        server = HibanaProcess(folder, database_url=url, workers=workers)
        if engine == "postgres":
            server.command("migrate", "up")
        server.start()
        return server
