"""Mapped claims in real tokens: rows R05 and R06, whatever stands in the database."""

from typing import Any

import pytest

from hibana_op.oauth.claims import PROTECTED
from hibana_op.records import scope_mappings
from hibana_op.records.scope_mappings import ScopeMapping
from hibana_op.storage.database import Database
from tests.deployment import Deployment
from tests.flows.journeys import claims_of, obtain_tokens, userinfo
from tests.make import make_client, make_resource, make_user

API = "https://api.example/"


def a_mapping(claim: str, **changes: Any) -> ScopeMapping:
    """The scope `read` gives the person's tier under some name."""
    mapping: dict[str, Any] = {
        "scope": "read",
        "claim_name": claim,
        "source_table": "users",
        "source_column": "membership",
        "created_at": 0,
        **changes,
    }
    return ScopeMapping(**mapping)


async def put_unchecked(db: Database, mapping: ScopeMapping) -> None:
    """Write a row as somebody with the database in hand might."""
    await db.transact(lambda tx: scope_mappings.put(tx, mapping))


async def test_R06_no_mapping_takes_the_place_of_a_claim_of_the_protocol(
    deployment: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op, membership="premium")
    await make_resource(op)
    honest = await obtain_tokens(deployment, client, user, scope="openid read", resource=API)
    for claim in (*sorted(PROTECTED), "tenant", "roles", "email_verified"):
        await put_unchecked(op.db, a_mapping(claim))

    tokens = await obtain_tokens(deployment, client, user, scope="openid read", resource=API)

    for kind in ("access_token", "id_token"):
        expected, found = claims_of(honest[kind]), claims_of(tokens[kind])
        assert found.keys() == expected.keys()
        assert "premium" not in found.values()
    own = await obtain_tokens(deployment, client, user, scope="openid email")
    assert (await userinfo(deployment, own["access_token"])).json() == {
        "sub": user.id,
        "email": user.email,
        "email_verified": False,
    }


async def test_R06_a_mapping_that_cannot_be_followed_gives_nothing(
    deployment: Deployment, changes_are_seen_at_once: None, caplog: pytest.LogCaptureFixture
) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    await make_resource(op)
    hostile: tuple[dict[str, Any], ...] = (
        {"source_column": "password_hash"},
        {"source_column": "membership FROM users; --"},
        {"source_column": "$.a'--"},
        {"source_column": "custom_attributes.no.such.path"},
        {"condition": "1=1) UNION SELECT password_hash FROM user_credentials --"},
        {"condition": {"op": "eq", "field": "password_hash", "value": "x"}},
        {"condition": {"op": "not", "arg": {"op": "eq", "field": "nickname", "value": "x"}}},
        {"condition": {"op": "sql", "field": "locale", "value": "x"}},
        {"condition": False},
        {"source_column": "address", "transformation": "uppercase"},
    )
    await op.db.run('UPDATE users SET address_json = \'{"country":"JP"}\'')
    for number, changes in enumerate(hostile):
        await put_unchecked(op.db, a_mapping(f"claim{number}", **changes))
    await put_unchecked(op.db, a_mapping("tier"))

    tokens = await obtain_tokens(deployment, client, user, scope="openid read", resource=API)

    for kind in ("access_token", "id_token"):
        found = claims_of(tokens[kind])
        assert [name for name in found if name.startswith("claim")] == []
        assert found["tier"] == "free"
    assert "cannot be followed" in caplog.text


async def faults_audited(deployment: Deployment) -> list[tuple[str, str]]:
    """What the audit log says of mappings that cannot be followed: which, and from where."""
    rows = await deployment.op.db.all(
        "SELECT resource_id, ip_address, outcome FROM audit_log WHERE action = 'claims:mapping:failed' "
        "ORDER BY created_at, resource_id"
    )
    assert {row["outcome"] for row in rows} <= {"failure"}
    return [(row["resource_id"], row["ip_address"]) for row in rows]


async def test_R06_a_mapping_that_cannot_be_followed_is_audited_once_an_hour(
    deployment: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    await make_resource(op)
    await put_unchecked(op.db, a_mapping("spoilt", scope="team", source_column="password_hash"))
    await put_unchecked(op.db, a_mapping("of_api", source_column="password_hash"))
    await put_unchecked(op.db, a_mapping("sound", scope="team"))
    browser = deployment.browser()

    # Each place that leaves a claim out tells of it: the ID token, userinfo, and an API's access token.
    own = await obtain_tokens(deployment, client, user, browser=browser, scope="openid team")
    spoilt = [("team spoilt", "127.0.0.1")]
    assert await faults_audited(deployment) == spoilt
    assert (await userinfo(deployment, own["access_token"])).status_code == 200
    assert await faults_audited(deployment) == spoilt
    await obtain_tokens(deployment, client, user, browser=browser, scope="read", resource=API)
    assert await faults_audited(deployment) == [("read of_api", "127.0.0.1"), *spoilt]

    deployment.clock.advance(3599)
    assert (await userinfo(deployment, own["access_token"])).status_code == 200
    assert len(await faults_audited(deployment)) == 2
    deployment.clock.advance(1)
    again = await obtain_tokens(deployment, client, user, browser=browser, scope="openid team")
    assert claims_of(again["id_token"])["sound"] == "free"
    assert len(await faults_audited(deployment)) == 3
