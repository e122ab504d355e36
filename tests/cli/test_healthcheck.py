"""`hibana healthcheck`: 0 when ready, 1 otherwise, whatever the reason."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest

from hibana_op.web.health import Readiness
from tests.cli.command import run
from tests.ports import free_port
from tests.web.edge import build, serving


async def check(url: str, *more: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(run, "healthcheck", "--url", url, *more, folder=folder)


async def test_a_ready_server_is_fit(tmp_path: Path) -> None:
    async with serving(build()) as port:
        done = await check(f"http://127.0.0.1:{port}", folder=tmp_path)
        assert (done.returncode, done.stdout) == (0, "ready\n")
        done = await check(f"http://localhost:{port}/readyz", "--json", folder=tmp_path)
        assert json.loads(done.stdout) == {"status_code": 200, "answer": {"status": "ready"}}


async def test_a_server_that_is_not_ready_is_not_fit(tmp_path: Path) -> None:
    readiness = Readiness({})
    readiness.is_draining = True
    async with serving(build(readiness=readiness)) as port:
        done = await check(f"http://127.0.0.1:{port}", folder=tmp_path)
        assert done.returncode == 1
        assert done.stderr.startswith("hibana: not ready: ")
        assert "shutting down" in done.stderr
        done = await check(f"http://127.0.0.1:{port}/echo/none", "--json", folder=tmp_path)
        assert done.returncode == 1
        assert json.loads(done.stdout)["status_code"] == 404


async def test_the_management_port_is_asked_when_there_is_one(tmp_path: Path) -> None:
    management = free_port()
    async with serving(build(management_port=management), more_ports=[management]):
        settings = {"HIBANA_MANAGEMENT_PORT": str(management)}
        done = await asyncio.to_thread(run, "healthcheck", folder=tmp_path, settings=settings)
    assert (done.returncode, done.stdout) == (0, "ready\n")


async def test_nobody_at_the_port_is_not_fit(tmp_path: Path) -> None:
    done = await check(f"http://127.0.0.1:{free_port()}", folder=tmp_path)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


async def test_somebody_else_at_the_port_is_not_fit(tmp_path: Path) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    done = await check(f"http://127.0.0.1:{port}", folder=tmp_path)
    server.close()
    await server.wait_closed()
    assert done.returncode == 1


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://localhost", "file:///etc/passwd"])
async def test_an_address_of_another_kind_is_wrong_usage(url: str, tmp_path: Path) -> None:
    assert (await check(url, folder=tmp_path)).returncode == 2
