"""Housekeeping takes out what has ended, and nothing that still counts."""

from hibana_op.jobs.housekeeping import sweep
from hibana_op.records import logout_deliveries, session_clients, sessions
from tests.deployment import VERIFIER, Deployment
from tests.make import CALLBACK, make_client, make_session, make_user


async def _rows(deployment: Deployment) -> dict[str, int]:
    counted = {
        "interactions": await deployment.op.db.one("SELECT COUNT(*) AS rows FROM interactions"),
        "families": await deployment.op.db.one("SELECT COUNT(*) AS rows FROM token_families"),
        "codes": await deployment.op.db.one("SELECT COUNT(*) AS rows FROM authorization_codes"),
        "sessions": await deployment.op.db.one("SELECT COUNT(*) AS rows FROM sessions"),
    }
    return {name: row["rows"] for name, row in counted.items() if row}


async def test_what_still_counts_stays(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    code = await deployment.browser().obtain_code(client, user)
    deployment.clock.advance(2 * 86400)

    await sweep(deployment.op)

    assert await _rows(deployment) == {"interactions": 0, "families": 1, "codes": 1, "sessions": 1}
    late = await deployment.token(
        client, grant_type="authorization_code", code=code, redirect_uri=CALLBACK, code_verifier=VERIFIER
    )
    assert late.json()["error"] == "invalid_grant"


async def test_what_apps_were_told_is_forgotten_after_a_day(deployment: Deployment) -> None:
    op = deployment.op
    client = await make_client(op, backchannel_logout_uri="https://app.example/ended")
    session = await make_session(op, await make_user(op))
    await op.db.transact(lambda tx: session_clients.note(tx, session.id, client.client_id, now=op.now()))
    await op.db.transact(lambda tx: sessions.revoke(tx, session.id, now=op.now()))
    deployment.clock.advance(86400)
    await sweep(op)
    assert len(await logout_deliveries.of_session(op.db, session.id)) == 1

    deployment.clock.advance(1)
    await sweep(op)

    assert await logout_deliveries.of_session(op.db, session.id) == []


async def test_what_has_ended_long_ago_goes(deployment: Deployment) -> None:
    user, client = await make_user(deployment.op), await make_client(deployment.op)
    await deployment.browser().obtain_code(client, user)
    deployment.clock.advance(client.refresh_token_lifetime + 2 * 86400)

    removed = await sweep(deployment.op)

    assert removed >= 3
    assert await _rows(deployment) == {"interactions": 0, "families": 0, "codes": 0, "sessions": 0}
    assert await sessions.live_of_user(deployment.op.db, user.id, now=deployment.op.now()) == []
