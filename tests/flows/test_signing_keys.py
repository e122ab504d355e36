"""Signing keys from the first start to their last day: rows D07 and D08."""

from typing import Any

from hibana_op.foundation import jose
from hibana_op.foundation.base64url import decode
from hibana_op.records import keyring, signing_keys
from hibana_op.records.keyring import LONGEST_TOKEN_LIFE, PUBLISHED_AHEAD
from tests.deployment import Deployment, answer
from tests.flows.journeys import header_of, is_active, obtain_tokens, refresh, tokens_of, userinfo
from tests.flows.test_codes import dump
from tests.make import make_client, make_user

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


async def published(deployment: Deployment) -> list[dict[str, Any]]:
    """The keys of the JWKS."""
    async with deployment.http() as http:
        response = await http.get("/jwks")
    assert response.headers["content-type"] == "application/json"
    keys: list[dict[str, Any]] = response.json()["keys"]
    return keys


async def publish_next(deployment: Deployment, algorithm: str) -> str:
    """Rotate, as `hibana keys rotate` does."""
    op = deployment.op
    key = keyring.make(algorithm, op.vault, active_from=op.now() + PUBLISHED_AHEAD, now=op.now())
    await op.db.transact(lambda tx: keyring.publish_next(tx, key))
    return key.kid


async def test_D07_the_private_half_never_leaves(deployment: Deployment) -> None:
    keys = await published(deployment)

    assert {key["alg"] for key in keys} == set(jose.SIGNING_ALGORITHMS)
    for key in keys:
        assert not PRIVATE & key.keys()
        assert set(key) == {*(("n", "e") if key["kty"] == "RSA" else ("crv", "x", "y")), "kty", "kid", "alg", "use"}
        assert key["kty"] != "RSA" or len(decode(key["n"])) == 256
    kept = await dump(deployment.op.db)
    assert keys[0]["kid"].encode() in kept
    for private in (b"PRIVATE KEY", b"BEGIN ", b"MIIEv", b"MIGHAgEA", b'"d"'):
        assert private not in kept


async def test_D08_a_new_key_is_published_before_it_signs_and_the_old_one_stays(
    deployment: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    before = await obtain_tokens(deployment, client, user, browser=browser)
    signed_by = {"RS256": "id_token", "ES256": "access_token"}
    old = {algorithm: header_of(before[name])["kid"] for algorithm, name in signed_by.items()}

    new = {algorithm: await publish_next(deployment, algorithm) for algorithm in old}
    assert {key["kid"] for key in await published(deployment)} == {*old.values(), *new.values()}
    deployment.clock.advance(PUBLISHED_AHEAD - 1)
    waiting = await tokens_of(await refresh(deployment, client, before["refresh_token"]))
    assert [header_of(waiting[name])["kid"] for name in ("id_token", "access_token")] == [old["RS256"], old["ES256"]]
    deployment.clock.advance(1)
    after = await tokens_of(await refresh(deployment, client, waiting["refresh_token"]))
    assert [header_of(after[name])["kid"] for name in ("id_token", "access_token")] == [new["RS256"], new["ES256"]]
    # What the old keys signed is good until it expires by itself.
    for tokens in (before, waiting, after):
        assert (await userinfo(deployment, tokens["access_token"])).status_code == 200
        hinted = await browser.authorize(client, prompt="none", id_token_hint=tokens["id_token"])
        assert "code" in answer(hinted)
    deployment.clock.advance(LONGEST_TOKEN_LIFE - 1)
    assert {key["kid"] for key in await published(deployment)} == {*old.values(), *new.values()}
    deployment.clock.advance(1)
    assert {key["kid"] for key in await published(deployment)} == set(new.values())


async def test_D08_a_revoked_key_counts_no_more(deployment: Deployment, changes_are_seen_at_once: None) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    tokens = await obtain_tokens(deployment, client, user)
    stolen = header_of(tokens["access_token"])["kid"]
    fresh = keyring.make("ES256", op.vault, active_from=op.now(), now=op.now())
    await op.db.transact(lambda tx: signing_keys.insert(tx, fresh))

    await op.db.transact(lambda tx: signing_keys.revoke(tx, stolen, now=op.now()))

    assert stolen not in {key["kid"] for key in await published(deployment)}
    assert (await userinfo(deployment, tokens["access_token"])).status_code == 401
    assert not await is_active(deployment, client, tokens["access_token"])
    again = await tokens_of(await refresh(deployment, client, tokens["refresh_token"]))
    assert header_of(again["access_token"])["kid"] == fresh.kid
    assert (await userinfo(deployment, again["access_token"])).status_code == 200
