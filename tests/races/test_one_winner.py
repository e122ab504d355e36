"""What is spent once has one winner, however many come at once: RFC 6749 §4.1.2, RFC 9700 §4.14.2."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from hibana_op.storage import open_database
from tests.deployment import Page
from tests.races.connections import Answer, Crowd, basic
from tests.server import HibanaProcess
from tests.visitor import Visitor, redemption, register_app, register_person, rotation

ROUNDS = 200
AT_ONCE = 20
two_workers = pytest.mark.parametrize(
    "hibana_server", [("sqlite", 2), ("postgres", 2)], ids=["sqlite", "postgres"], indirect=True
)


@pytest.fixture
async def visitor(hibana_server: HibanaProcess) -> AsyncIterator[Visitor]:
    """A person who is signed in."""
    register_person(hibana_server)
    async with Visitor(hibana_server) as visitor:
        await visitor.sign_in()
        yield visitor


@pytest.fixture
async def crowd(hibana_server: HibanaProcess) -> AsyncIterator[Crowd]:
    """Twenty connections, ten to each worker."""
    gathered = await Crowd.gather(hibana_server, size=AT_ONCE)
    yield gathered
    await gathered.close()


def winner(answers: list[Answer]) -> Answer:
    """The one answer that succeeded; the others must have been refused in the specification's form."""
    found = Counter((answer.status, answer.body.get("error")) for answer in answers)
    assert found == {(200, None): 1, (400, "invalid_grant"): AT_ONCE - 1}
    return next(answer for answer in answers if answer.status == 200)


async def counted(server: HibanaProcess, sql: str) -> dict[object, int]:
    """How many times each value of a query's two columns occurs."""
    db = await open_database(server.settings["HIBANA_DATABASE_URL"])
    try:
        return {row["value"]: row["times"] for row in await db.all(sql)}
    finally:
        await db.close()


@two_workers
async def test_B02_one_code_redeemed_in_parallel_has_one_winner(
    hibana_server: HibanaProcess, visitor: Visitor, crowd: Crowd
) -> None:
    app = register_app(hibana_server)
    for _ in range(ROUNDS):
        form = redemption(app, await visitor.code(app))
        won = winner(await crowd.post("/token", form, Authorization=basic(app.credentials)))
        for token in (won.body["access_token"], won.body["refresh_token"]):
            assert not await visitor.is_active(app, token), "the losers are replays, and end what the winner got"

    families = await counted(
        hibana_server, "SELECT family_id AS value, COUNT(*) AS times FROM refresh_tokens GROUP BY family_id"
    )
    assert Counter(families.values()) == {1: ROUNDS}


@two_workers
async def test_E02_one_of_twenty_uses_of_a_refresh_token_wins_and_the_family_ends(
    hibana_server: HibanaProcess, visitor: Visitor, crowd: Crowd
) -> None:
    app = register_app(hibana_server)
    for _ in range(ROUNDS):
        tokens = await visitor.tokens(app)
        form = rotation(tokens["refresh_token"])
        won = winner(await crowd.post("/token", form, Authorization=basic(app.credentials)))
        assert not await visitor.is_active(app, won.body["refresh_token"])

    families = await counted(
        hibana_server, "SELECT family_id AS value, COUNT(*) AS times FROM refresh_tokens GROUP BY family_id"
    )
    assert Counter(families.values()) == {2: ROUNDS}


@two_workers
async def test_E02_with_a_leeway_a_few_siblings_of_one_family_win_and_end_together(
    hibana_server: HibanaProcess, visitor: Visitor, crowd: Crowd
) -> None:
    app = register_app(hibana_server, refresh_token_leeway=10)
    for _ in range(20):
        tokens = await visitor.tokens(app)
        answers = await crowd.post("/token", rotation(tokens["refresh_token"]), Authorization=basic(app.credentials))
        assert Counter(answer.status for answer in answers) == {200: 3, 400: AT_ONCE - 3}
        for answer in answers:
            if answer.status == 200:
                assert not await visitor.is_active(app, answer.body["refresh_token"])


@two_workers
async def test_T06_one_of_twenty_answers_to_a_consent_page_gets_a_code(
    hibana_server: HibanaProcess, visitor: Visitor, crowd: Crowd
) -> None:
    app = register_app(hibana_server)
    for _ in range(50):
        asked = Page.read(await visitor.authorize(app, prompt="consent"))
        answers = await crowd.post("/consent", {**asked.fields, "decision": "allow"}, Cookie=visitor.cookies)
        codes = [answer for answer in answers if "code=" in answer.headers.get("location", "")]
        assert len(codes) == 1
        assert {answer.status for answer in answers if answer not in codes} == {400}

    families = await counted(
        hibana_server, "SELECT client_id AS value, COUNT(*) AS times FROM token_families GROUP BY client_id"
    )
    assert families == {app.client_id: 50}
