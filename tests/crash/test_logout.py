"""A server that is killed while it tells an app of a logout tells it again after its restart: rows T04 and T05."""

import asyncio
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from hibana_op.storage import open_database
from tests.flows.journeys import claims_of
from tests.foundation.certificates import Authority
from tests.foundation.strangers import listening
from tests.server import Engine, HibanaProcess, StartHibana
from tests.visitor import Visitor, register_app, register_person


class App:
    """Says nothing to whoever comes first, and takes what the others bring."""

    def __init__(self) -> None:
        self.is_reached = asyncio.Event()
        self.told: asyncio.Queue[str] = asyncio.Queue()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        body = await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r\n")[0]))
        if not self.is_reached.is_set():
            self.is_reached.set()
            await reader.read()
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await self.told.put(parse_qs(body.decode())["logout_token"][0])


async def _let_time_pass(server: HibanaProcess) -> None:
    """End the lease of the worker that was killed."""
    db = await open_database(server.settings["HIBANA_DATABASE_URL"])
    try:
        assert await db.run("UPDATE logout_deliveries SET next_attempt_at = 0 WHERE attempts = 1") == 1
    finally:
        await db.close()


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_T04_an_app_that_was_being_told_when_the_server_was_killed_is_told_again(
    engine: Engine, start_hibana: StartHibana, tmp_path: Path
) -> None:
    authority, app = Authority(tmp_path), App()
    way_out = {"HIBANA_OUTBOUND_ALLOW": "localhost", "HIBANA_OUTBOUND_CA_FILE": str(authority.file)}
    server = start_hibana(engine, settings=way_out)
    async with listening(app.answer, tls=authority.server("localhost")) as port:
        client = register_app(server, backchannel_logout_uri=f"https://localhost:{port}/ended")
        register_person(server)
        async with Visitor(server) as visitor:
            await visitor.sign_in()
            id_token = (await visitor.tokens(client))["id_token"]
            gone = await visitor.http.get("/logout", params={"id_token_hint": id_token})
            assert gone.status_code == 200
            async with asyncio.timeout(10):
                await app.is_reached.wait()
            server.kill9()

            server.start()
            await _let_time_pass(server)

            async with asyncio.timeout(10):
                claims = claims_of(await app.told.get())
            assert claims["sid"] == claims_of(id_token)["sid"]
            silent = await visitor.authorize(client, prompt="none")
            assert "error=login_required" in silent.headers["location"]


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_T05_what_a_command_ends_while_no_server_runs_is_told_by_the_next(
    engine: Engine, start_hibana: StartHibana, tmp_path: Path
) -> None:
    authority, app = Authority(tmp_path), App()
    app.is_reached.set()
    way_out = {"HIBANA_OUTBOUND_ALLOW": "localhost", "HIBANA_OUTBOUND_CA_FILE": str(authority.file)}
    server = start_hibana(engine, settings=way_out)
    async with listening(app.answer, tls=authority.server("localhost")) as port:
        client = register_app(server, backchannel_logout_uri=f"https://localhost:{port}/ended")
        user_id = register_person(server)
        async with Visitor(server) as visitor:
            await visitor.sign_in()
            await visitor.tokens(client)
        server.kill9()
        server.command("user", "delete", user_id)

        server.start()

        async with asyncio.timeout(10):
            assert claims_of(await app.told.get())["sub"] == user_id
