"""What keeps an application from starting is logged in readable form, and the server still learns of it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.routing import Router
from starlette.types import Message

from hibana_op.foundation.errors import WrongSettings
from hibana_op.web.metrics import Metrics
from hibana_op.web.middleware import Edge
from tests.web.edge import call, render_failure


def edge(failure: Exception | None) -> Edge:
    @asynccontextmanager
    async def lifespan(app: Router) -> AsyncIterator[None]:
        if failure is not None:
            raise failure
        yield

    return Edge(Router(lifespan=lifespan), render_failure=render_failure, metrics=Metrics(), is_https=False)


SCOPE = {"type": "lifespan", "state": {}}
EVENTS: list[Message] = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]


async def test_an_application_starts_and_stops_through_the_edge() -> None:
    sent = await call(edge(None), dict(SCOPE), EVENTS)
    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_wrong_settings_are_logged_as_one_line_each(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(WrongSettings):
        await call(edge(WrongSettings(["one is wrong", "two is wrong"])), dict(SCOPE), EVENTS)
    assert [record.message for record in caplog.records] == ["one is wrong", "two is wrong"]
    assert not any(record.exc_info for record in caplog.records)


async def test_a_fault_of_ours_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return EVENTS[0]

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(ValueError, match="broken"):
        await edge(ValueError("broken"))(dict(SCOPE), receive, send)
    assert sent == [{"type": "lifespan.startup.failed", "message": ""}]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert caplog.records[0].exc_info is not None
