"""A server that is killed in the middle of its work keeps every promise it has made: rows E03 and T04."""

import sqlite3
from contextlib import closing
from secrets import SystemRandom
from typing import Any

import pytest

from hibana_op.storage import open_database
from tests.crash.ledger import Approval, Ledger
from tests.crash.load import Apps, Load
from tests.server import HibanaProcess
from tests.visitor import ALICE, App, Visitor, redemption, register_person, rotation

KILLS = 20
LONGEST = 0.5  # seconds of load before a kill


@pytest.mark.slow
@pytest.mark.parametrize("hibana_server", [("sqlite", 2), ("postgres", 2)], ids=["sqlite", "postgres"], indirect=True)
async def test_T04_what_was_acknowledged_survives_every_kill(hibana_server: HibanaProcess) -> None:
    apps = Apps.register(hibana_server)
    register_person(hibana_server)
    everything = Ledger()
    async with Visitor(hibana_server) as visitor:
        await visitor.sign_in()
        keys = (await visitor.http.get("/jwks")).json()
        for _ in range(KILLS):
            ledger = Ledger(people=everything.people, apps=everything.apps)
            await Load(hibana_server, visitor, apps, ledger).until_killed_after(SystemRandom().uniform(0.05, LONGEST))
            hibana_server.start()
            await _check(visitor, apps, ledger)
            everything.approvals += ledger.approvals
            everything.opaque_tokens += ledger.opaque_tokens
            everything.killed_commands += ledger.killed_commands
        assert (await visitor.http.get("/jwks")).json() == keys
    print(
        {name: len(getattr(everything, name)) for name in ("approvals", "opaque_tokens", "people", "apps")},
        everything.killed_commands,
        sum(a.is_unsure for a in everything.approvals),
    )


async def _check(visitor: Visitor, apps: Apps, ledger: Ledger) -> None:
    for token in ledger.opaque_tokens:
        assert await visitor.is_active(apps.robot, token)
    for approval in ledger.approvals:
        await _check_approval(visitor, apps.web, approval)


async def _check_approval(visitor: Visitor, app: App, approval: Approval) -> None:
    """What is unspent works once, unless the kill cut off the answer that spent it; what is spent never works again."""
    form = rotation(approval.tokens[-1]) if approval.tokens else redemption(app, approval.code)
    first = await visitor.token(app, **form)
    if first.status_code != 200:
        assert approval.is_unsure, first.text
        assert first.json()["error"] == "invalid_grant"
