"""Operations: up, ready, draining, and who may see the counters."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Iterator

import pytest

from hibana_op.web import health
from hibana_op.web.health import Readiness
from tests.ports import free_port
from tests.web.edge import ask, build, serving


async def fine() -> str | None:
    return None


async def behind() -> str | None:
    return "lacks 2 migrations"


async def broken() -> str | None:
    raise ConnectionError("postgresql://u:c4n4ry@h is gone")


async def hanging() -> str | None:
    await asyncio.Event().wait()
    return None


@pytest.fixture
def stopped() -> Iterator[list[int]]:
    """A server's own handler of SIGTERM: what it was called with."""
    calls: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: calls.append(number))
    yield calls
    signal.signal(signal.SIGTERM, before)


async def test_a_running_process_is_healthy_even_when_it_is_not_ready() -> None:
    async with serving(build(readiness=Readiness({"database": broken}))) as port:
        answer = await ask(port, "/healthz")
    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


async def test_a_process_is_ready_when_every_check_passes() -> None:
    async with serving(build(readiness=Readiness({"database": fine, "keys": fine}))) as port:
        answer = await ask(port, "/readyz")
    assert (answer.status, answer.json) == (200, {"status": "ready"})


async def test_each_failing_check_is_named_and_nothing_leaks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(health, "_CHECK_SECONDS", 0.05)
    checks = {"keys": fine, "migrations": behind, "database": broken, "mail": hanging}
    async with serving(build(readiness=Readiness(checks))) as port:
        answer = await ask(port, "/readyz")
    assert answer.status == 503
    assert answer.headers["retry-after"] == "1"
    reasons = {"migrations": "lacks 2 migrations", "database": "failed", "mail": "does not answer"}
    assert answer.json == {"status": "not ready", "reasons": reasons}
    assert b"c4n4ry" not in answer.body
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == [
        "the database check failed"
    ]


async def test_sigterm_turns_readiness_off_before_it_stops_the_server(stopped: list[int]) -> None:
    readiness = Readiness({})
    with readiness.drained_on_sigterm(0.2):
        assert await readiness.reasons() == {}
        os.kill(os.getpid(), signal.SIGTERM)
        assert await readiness.reasons() == {"shutdown": "shutting down"}
        assert stopped == []
        async with asyncio.timeout(5):
            while not stopped:  # noqa: ASYNC110 -- a signal handler cannot set an event of this loop
                await asyncio.sleep(0.01)
    assert stopped == [signal.SIGTERM]


async def test_a_second_sigterm_stops_the_server_at_once(stopped: list[int]) -> None:
    with Readiness({}).drained_on_sigterm(60):
        os.kill(os.getpid(), signal.SIGTERM)
        assert stopped == []
        os.kill(os.getpid(), signal.SIGTERM)
        assert stopped == [signal.SIGTERM]


async def test_without_a_delay_sigterm_stops_the_server_at_once(stopped: list[int]) -> None:
    readiness = Readiness({})
    with readiness.drained_on_sigterm(0):
        os.kill(os.getpid(), signal.SIGTERM)
        assert stopped == [signal.SIGTERM]
    assert readiness.is_draining


async def test_the_servers_handler_is_put_back(stopped: list[int]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Readiness({}).drained_on_sigterm(1):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before


def test_outside_the_main_thread_signals_are_left_alone(stopped: list[int]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen: list[object] = []

    def elsewhere() -> None:
        with Readiness({}).drained_on_sigterm(1):
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [before]


async def test_without_a_management_port_the_counters_are_for_this_machine_only() -> None:
    async with serving(build()) as port:
        here = await ask(port, "/metrics")
        assert here.status == 200
        assert here.headers["content-type"].startswith("text/plain; version=")
        for header in ("X-Forwarded-For: 127.0.0.1", "Forwarded: for=127.0.0.1", "X-Real-IP: 127.0.0.1"):
            assert (await ask(port, "/metrics", header)).status == 404
    async with serving(build(trusted_proxies=["127.0.0.0/8"])) as port:
        assert (await ask(port, "/metrics", "X-Forwarded-For: 203.0.113.9")).status == 404


async def test_with_a_management_port_each_port_has_its_own_paths() -> None:
    management = free_port()
    async with serving(build(management_port=management), more_ports=[management]) as port:
        for path, on_main, on_management in (
            ("/healthz", 200, 200),
            ("/readyz", 200, 200),
            ("/metrics", 404, 200),
            ("/echo", 200, 404),
        ):
            assert (await ask(port, path)).status == on_main, path
            assert (await ask(management, path)).status == on_management, path
