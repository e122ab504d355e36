"""Signing out while apps are being let in: nothing that was issued in the session outlives it, row M05."""

import asyncio
from collections.abc import AsyncIterator
from secrets import SystemRandom
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.races.connections import Answer, Crowd
from tests.server import HibanaProcess
from tests.visitor import Visitor, asking, redemption, register_app, register_person

ROUNDS = 20
AT_ONCE = 10
LONGEST = 0.05  # seconds until the person signs out


@pytest.fixture
async def crowd(hibana_server: HibanaProcess) -> AsyncIterator[Crowd]:
    """Five connections to each worker."""
    gathered = await Crowd.gather(hibana_server, size=AT_ONCE)
    yield gathered
    await gathered.close()


def codes_in(answers: list[Answer]) -> list[str]:
    """The codes that some of the answers bring back to the app."""
    queries = [parse_qs(urlsplit(answer.headers.get("location", "")).query) for answer in answers]
    return [query["code"][0] for query in queries if "code" in query]


async def leave_soon(visitor: Visitor, id_token: str) -> None:
    """Sign out somewhere in the middle of what goes on."""
    # Mostly early: on a machine with nothing else to do, all the answers are there after a few milliseconds.
    await asyncio.sleep(LONGEST * SystemRandom().random() ** 3)
    assert (await visitor.http.get("/logout", params={"id_token_hint": id_token})).status_code == 200


@pytest.mark.parametrize("hibana_server", [("sqlite", 2), ("postgres", 2)], ids=["sqlite", "postgres"], indirect=True)
async def test_M05_a_code_issued_while_the_person_signs_out_is_worthless(
    hibana_server: HibanaProcess, crowd: Crowd
) -> None:
    app = register_app(hibana_server)
    register_person(hibana_server)
    issued = 0
    async with Visitor(hibana_server) as visitor:
        for _ in range(ROUNDS):
            await visitor.sign_in()
            id_token = (await visitor.tokens(app))["id_token"]
            silently = crowd.get(asking(app, prompt="none"), Cookie=visitor.cookies)

            answers, _ = await asyncio.gather(silently, leave_soon(visitor, id_token))

            issued += len(codes := codes_in(answers))
            for code in codes:
                assert (await visitor.token(app, **redemption(app, code))).json()["error"] == "invalid_grant"
    assert 0 < issued < ROUNDS * AT_ONCE, "both have to win now and then for this to prove anything"
