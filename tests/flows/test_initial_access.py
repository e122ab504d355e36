"""Who may register: holders of an initial access token, or everybody now and then (RFC 7591 §3); rows L05, S08."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hibana_op.foundation import secrets
from hibana_op.foundation.errors import InvalidRecord, NotFound
from hibana_op.jobs.housekeeping import sweep
from hibana_op.oauth import initial_access
from hibana_op.oauth.initial_access import MOST_FROM_AN_ADDRESS, WINDOW
from hibana_op.records import clients, initial_access_tokens, registered_clients
from hibana_op.records.registered_clients import UNUSED_FOR
from tests.deployment import Deployment, deploy
from tests.flows.journeys import error_of
from tests.flows.registering import COMMAND, how_many, initial_token, kept, post, register
from tests.make import CALLBACK, a_client

WEB = {"redirect_uris": [CALLBACK]}
DAY = 86400


async def attempts(deployment: Deployment, times: int, ip: str = "203.0.113.7") -> Counter[int]:
    """What so many registrations from one address are answered; those that a limit refuses say when to come back."""
    found: Counter[int] = Counter()
    body = json.dumps(WEB).encode()
    async with deployment.http(headers={"X-Forwarded-For": ip, "Content-Type": "application/json"}) as http:
        for _ in range(times):
            response = await http.post("/register", content=body)
            found[response.status_code] += 1
            if response.status_code == 429:
                assert error_of(response) == "temporarily_unavailable"
                assert 0 < int(response.headers["retry-after"]) <= WINDOW
    return found


async def test_L05_without_a_token_nothing_is_registered(deployment: Deployment) -> None:
    for token in (None, "wrong", "", "x" * 5000):
        refused = await post(deployment, WEB, token=token)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith('Bearer realm="hibana"')
        assert error_of(refused) == "invalid_token"
    basic = await post(deployment, WEB, headers={"Authorization": "Basic YTpi"})
    assert basic.status_code == 401
    assert await how_many(deployment) == 0


async def test_L05_a_token_is_for_so_many_clients(deployment: Deployment) -> None:
    token = await initial_token(deployment, max_uses=2)
    first = await register(deployment, token=token)
    assert error_of(await post(deployment, {"redirect_uris": ["javascript:x"]}, token=token)) == "invalid_redirect_uri"
    second = await register(deployment, token=token)
    refused = await post(deployment, WEB, token=token)
    assert (refused.status_code, error_of(refused)) == (401, "invalid_token")
    ids = {(await kept(deployment, each)).initial_access_token_id for each in (first, second)}
    (kept_token,) = await initial_access_tokens.every(deployment.op.db)
    assert ids == {kept_token.id}
    assert kept_token.token_hash == secrets.digest(token)
    assert kept_token.state(deployment.op.now()) == "spent"


async def test_L05_a_token_has_an_end(deployment: Deployment) -> None:
    token = await initial_token(deployment, max_uses=9, lifetime=60)
    await register(deployment, token=token)
    deployment.clock.advance(59)
    await register(deployment, token=token)
    deployment.clock.advance(1)
    assert (await post(deployment, WEB, token=token)).status_code == 401
    (found,) = await initial_access_tokens.every(deployment.op.db)
    assert found.state(deployment.op.now()) == "expired"


async def test_L05_a_revoked_token_stops_at_once_and_its_clients_stay(deployment: Deployment) -> None:
    token = await initial_token(deployment, max_uses=9)
    registered = await register(deployment, token=token)
    (found,) = await initial_access_tokens.every(deployment.op.db)
    await initial_access.revoke_token(deployment.op, found.id, COMMAND)
    assert (await post(deployment, WEB, token=token)).status_code == 401
    assert await kept(deployment, registered)
    (found,) = await initial_access_tokens.every(deployment.op.db)
    assert found.state(deployment.op.now()) == "revoked"
    with pytest.raises(NotFound):
        await initial_access.revoke_token(deployment.op, found.id, COMMAND)
    rows = await deployment.op.db.all("SELECT action FROM audit_log WHERE action LIKE 'registration:%' ORDER BY seq")
    assert [row["action"] for row in rows] == ["registration:token:created", "registration:token:revoked"]


async def test_L05_a_wrong_token_is_refused_where_none_is_needed(open_on_sqlite: Deployment) -> None:
    assert (await post(open_on_sqlite, WEB, token="wrong")).status_code == 401
    assert (await post(open_on_sqlite, WEB)).status_code == 201
    token = await initial_token(open_on_sqlite)
    registered = await register(open_on_sqlite, token=token)
    assert (await kept(open_on_sqlite, registered)).initial_access_token_id is not None


@pytest.mark.parametrize("max_uses", [1, 7])
async def test_L05_a_token_used_at_once_counts_exactly(deployment: Deployment, max_uses: int) -> None:
    token = await initial_token(deployment, max_uses=max_uses)
    answers = await asyncio.gather(*(post(deployment, WEB, token=token) for _ in range(20)))
    assert Counter(each.status_code for each in answers) == {201: max_uses, 401: 20 - max_uses}
    assert await how_many(deployment) == max_uses
    (found,) = await initial_access_tokens.every(deployment.op.db)
    assert found.used_count == max_uses


@pytest.mark.parametrize(
    "changes",
    [
        *({"max_uses": 0}, {"max_uses": 10_001}, {"lifetime": 0}, {"lifetime": 367 * DAY}),
        *({"note": "x" * 201}, {"note": "a\nb"}),
    ],
    ids=str,
)
async def test_a_token_has_bounds(deployment_on_sqlite: Deployment, changes: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"max_uses": 1, "lifetime": DAY, "note": "", **changes}
    with pytest.raises(InvalidRecord):
        await initial_access.create_token(deployment_on_sqlite.op, **asked, origin=COMMAND)


async def test_L05_hundreds_pass_and_a_flood_does_not(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hibana.db'}"
    behind = {"HIBANA_REGISTRATION": "open", "HIBANA_TRUSTED_PROXIES": "127.0.0.1"}
    async with deploy(url, tmp_path, **behind) as deployment:
        assert await attempts(deployment, 100) == {201: 100}
        assert await attempts(deployment, 900) == {201: MOST_FROM_AN_ADDRESS - 100, 429: 1000 - MOST_FROM_AN_ADDRESS}
        assert await how_many(deployment) == MOST_FROM_AN_ADDRESS
        assert await attempts(deployment, 1, ip="203.0.113.8") == {201: 1}, "others are not held up"
        token = await initial_token(deployment)
        assert (await post(deployment, WEB, token=token, headers={"X-Forwarded-For": "203.0.113.7"})).status_code == 201
        deployment.clock.advance(WINDOW - 1)
        assert await attempts(deployment, 1) == {429: 1}
        deployment.clock.advance(1)
        assert await attempts(deployment, 1) == {201: 1}


async def test_L05_an_ipv6_network_is_one_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initial_access, "MOST_FROM_AN_ADDRESS", 2)
    url = f"sqlite:///{tmp_path / 'hibana.db'}"
    behind = {"HIBANA_REGISTRATION": "open", "HIBANA_TRUSTED_PROXIES": "127.0.0.1"}
    async with deploy(url, tmp_path, **behind) as deployment:
        assert await attempts(deployment, 2, ip="2001:db8:1:2::1") == {201: 2}
        assert await attempts(deployment, 1, ip="2001:db8:1:2:ffff::9") == {429: 1}
        assert await attempts(deployment, 1, ip="2001:db8:1:3::1") == {201: 1}


async def test_S08_what_is_refused_counts_too(open_deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initial_access, "MOST_FROM_AN_ADDRESS", 3)
    answers = [(await post(open_deployment, {})).status_code for _ in range(5)]
    assert answers == [400, 400, 400, 429, 429]


async def test_S08_only_so_many_unused_clients_of_strangers_stay(open_deployment: Deployment) -> None:
    op = open_deployment.op
    used, given, verified = (
        a_client(registration="dcr", verified=False, last_used_at=op.now()),
        a_client(registration="dcr", verified=False, initial_access_token_id="a-token"),
        a_client(registration="dcr", verified=True),
    )
    strangers = [a_client(op.now() + age, registration="dcr", verified=False) for age in range(5)]
    stays = [used, given, verified, a_client()]

    async def fill(tx: Any) -> tuple[str, ...]:
        for client in (*stays, *strangers):
            await clients.insert(tx, replace(client, updated_at=op.now()))
        return await registered_clients.make_room(tx, most=3)

    assert await op.db.transact(fill) == tuple(sorted(each.client_id for each in strangers[:2]))
    left = {client.client_id for client in await clients.page(op.db)}
    assert left == {each.client_id for each in (*stays, *strangers[2:])}


async def test_S08_a_flood_pushes_the_oldest_unused_clients_out(
    open_on_sqlite: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registered_clients, "MOST_UNUSED", 3)
    registered = []
    for _ in range(5):
        registered.append(await register(open_on_sqlite))
        open_on_sqlite.clock.advance(1)
    assert {client.client_id for client in await clients.page(open_on_sqlite.op.db)} == {
        each.client_id for each in registered[2:]
    }
    rows = await open_on_sqlite.op.db.all(
        "SELECT metadata_json FROM audit_log WHERE action = 'client:registration:expired' ORDER BY seq"
    )
    assert [json.loads(row["metadata_json"])["clients"] for row in rows] == [
        [each.client_id] for each in registered[:2]
    ]


async def test_L05_a_client_of_a_stranger_that_nobody_uses_goes_after_a_week(open_deployment: Deployment) -> None:
    op = open_deployment.op
    token = await initial_token(open_deployment)
    unused, used = await register(open_deployment), await register(open_deployment)
    given = await register(open_deployment, token=token)
    await op.db.transact(lambda tx: clients.note_used(tx, used.client_id, now=op.now()))

    open_deployment.clock.advance(UNUSED_FOR)
    await sweep(op)
    assert await how_many(open_deployment) == 3
    open_deployment.clock.advance(1)
    await sweep(op)
    assert {each.client_id for each in await clients.page(op.db)} == {used.client_id, given.client_id}
    row = await op.db.one(
        "SELECT actor_kind, metadata_json FROM audit_log WHERE action = 'client:registration:expired'"
    )
    assert row is not None
    assert (row["actor_kind"], json.loads(row["metadata_json"])["clients"]) == ("system", [unused.client_id])


async def test_counts_and_ended_tokens_are_swept(open_deployment: Deployment) -> None:
    async def rows(table: str) -> int:
        statements = {
            "rate_counts": "SELECT COUNT(*) AS rows FROM rate_counts",
            "tokens": "SELECT COUNT(*) AS rows FROM initial_access_tokens",
        }
        row = await open_deployment.op.db.one(statements[table])
        return int(row["rows"]) if row else -1

    await initial_token(open_deployment, lifetime=60)
    await register(open_deployment)
    await sweep(open_deployment.op)
    assert (await rows("rate_counts"), await rows("tokens")) == (1, 1)
    open_deployment.clock.advance(91 * DAY)
    await sweep(open_deployment.op)
    assert (await rows("rate_counts"), await rows("tokens")) == (0, 0)
