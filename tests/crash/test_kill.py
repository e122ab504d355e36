"""A server that is killed in the middle of its work keeps every promise it has made: rows E03 and T04."""

import json
import sqlite3
from contextlib import closing
from secrets import SystemRandom

import pytest

from hibana_op.storage import open_database
from tests.crash.ledger import Approval, Ledger
from tests.crash.load import Apps, Load
from tests.server import HibanaProcess
from tests.visitor import ALICE, App, Visitor, redemption, register_person, rotation

KILLS = 20
LONGEST = 0.5  # seconds of load before a kill

both_engines = pytest.mark.parametrize(
    "hibana_server", [("sqlite", 2), ("postgres", 2)], ids=["sqlite", "postgres"], indirect=True
)


@pytest.mark.slow
@both_engines
async def test_T04_what_was_acknowledged_survives_every_kill(hibana_server: HibanaProcess) -> None:
    apps = Apps.register(hibana_server)
    register_person(hibana_server)
    ledger = Ledger()
    async with Visitor(hibana_server) as visitor:
        await visitor.sign_in()
        keys = (await visitor.http.get("/jwks")).json()
        for _ in range(KILLS):
            known = len(ledger.approvals), len(ledger.opaque_tokens)
            await Load(hibana_server, visitor, apps, ledger).until_killed_after(SystemRandom().uniform(0.05, LONGEST))
            hibana_server.start()
            for approval in ledger.approvals[known[0] :]:
                await _check_approval(visitor, apps.web, approval)
            for token in ledger.opaque_tokens[known[1] :]:
                assert await visitor.is_active(apps.robot, token)
        assert (await visitor.http.get("/jwks")).json() == keys
        for robot in ledger.apps:
            assert (await visitor.token(robot, grant_type="client_credentials")).status_code == 200
    assert min(len(ledger.approvals), len(ledger.opaque_tokens)) > KILLS, "the load was too light to prove anything"
    assert ledger.people
    assert ledger.apps
    _check_people(hibana_server, ledger)
    await _check_database(hibana_server)


async def _check_approval(visitor: Visitor, app: App, approval: Approval) -> None:
    """What is unspent works once, unless the kill cut off the answer that spent it; what is spent never works again."""
    form = rotation(approval.tokens[-1]) if approval.tokens else redemption(app, approval.code)
    response = await visitor.token(app, **form)
    newest = response.json().get("refresh_token")
    if newest is None:
        assert approval.is_unsure, response.text
        assert response.json()["error"] == "invalid_grant"
    spent = [rotation(token) for token in approval.tokens]
    for again in (redemption(app, approval.code), *spent[-2:], *([rotation(newest)] if newest else [])):
        refusal = await visitor.token(app, **again)
        assert (refusal.status_code, refusal.json()["error"]) == (400, "invalid_grant")


def _check_people(server: HibanaProcess, ledger: Ledger) -> None:
    """Those who were acknowledged are there, and beside them at most those whose command was killed."""
    people = {each["email"] for each in json.loads(server.command("user", "list", "--json"))}
    assert {ALICE, *ledger.people} <= people
    assert len(people) <= 1 + len(ledger.people) + ledger.killed_commands


async def _check_database(server: HibanaProcess) -> None:
    """No token has two successors, nobody lacks their password, and the audit log and the file are whole."""
    url = server.settings["HIBANA_DATABASE_URL"]
    db = await open_database(url)
    try:
        families = await db.all("""
            SELECT family_id FROM refresh_tokens GROUP BY family_id
            HAVING COUNT(*) > 1 + SUM(CASE WHEN used_at IS NULL THEN 0 ELSE 1 END)""")
        assert families == []
        assert await db.all("SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM passwords)") == []
    finally:
        await db.close()
    server.command("audit", "verify")
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert file.execute("PRAGMA foreign_key_check").fetchall() == []
