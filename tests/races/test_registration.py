"""Registrations that come at once, at two workers: what is counted is counted exactly (RFC 7591 §3)."""

import json
from collections import Counter

import pytest

from hibana_op.oauth.initial_access import MOST_FROM_AN_ADDRESS
from tests.make import CALLBACK
from tests.races.connections import Crowd
from tests.server import HibanaProcess, StartHibana

AT_ONCE = 20
WEB = {"redirect_uris": [CALLBACK]}
OPEN = {"HIBANA_REGISTRATION": "open"}
engines = pytest.mark.parametrize("engine", ["sqlite", "postgres"])


@pytest.mark.parametrize("hibana_server", [("sqlite", 2), ("postgres", 2)], ids=["sqlite", "postgres"], indirect=True)
async def test_T06_an_initial_access_token_is_spent_exactly_as_often_as_it_may_be(hibana_server: HibanaProcess) -> None:
    crowd = await Crowd.gather(hibana_server, size=AT_ONCE)
    clients = 0
    for max_uses in (1, 1, 1, 3, 3, 7, 19):
        made = ("registration-token", "create", "--max-uses", str(max_uses), "--json")
        token = json.loads(hibana_server.command(*made))["initial_access_token"]
        request = crowd.posting_json("/register", WEB, Authorization=f"Bearer {token}")
        answers = await crowd.send(request)
        assert Counter(answer.status for answer in answers) == {201: max_uses, 401: AT_ONCE - max_uses}
        assert len({answer.body["client_id"] for answer in answers if answer.status == 201}) == max_uses
        clients += max_uses
    await crowd.close()
    assert len(json.loads(hibana_server.command("client", "list", "--json"))) == clients
    for token in json.loads(hibana_server.command("registration-token", "list", "--json")):
        assert (token["used_count"], token["state"]) == (token["max_uses"], "spent")


@engines
async def test_L05_a_flood_at_two_workers_meets_one_limit(start_hibana: StartHibana, engine: str) -> None:
    server = start_hibana("postgres" if engine == "postgres" else "sqlite", workers=2, settings=OPEN)
    crowd = await Crowd.gather(server, size=AT_ONCE)
    request = crowd.posting_json("/register", WEB)
    found: Counter[int] = Counter()
    for _ in range(1000 // AT_ONCE):
        answers = await crowd.send(request)
        found.update(answer.status for answer in answers)
        assert all("retry-after" in answer.headers for answer in answers if answer.status == 429)
    await crowd.close()
    assert found == {201: MOST_FROM_AN_ADDRESS, 429: 1000 - MOST_FROM_AN_ADDRESS}
    server.terminate()
    assert "Traceback" not in server.log
