"""Keys from the first start to their last day: rows D07 and D08."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from hibana_op.foundation import jose
from hibana_op.foundation.base64url import decode
from hibana_op.foundation.origin import Origin
from hibana_op.operations import keys as key_acts
from hibana_op.records import keyring, signing_keys
from hibana_op.records.keyring import JWKS_MAX_AGE, LONGEST_TOKEN_LIFE, OPENED_AHEAD, PUBLISHED_AHEAD
from tests.deployment import Deployment, answer
from tests.flows.journeys import header_of, is_active, obtain_tokens, refresh, tokens_of, userinfo
from tests.flows.test_codes import dump
from tests.make import make_client, make_resource, make_user

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
ORIGIN = Origin.command("a-trace")
OTHERS = [algorithm for algorithm in jose.SIGNING_ALGORITHMS if algorithm not in jose.INITIAL_ALGORITHMS]


async def published(deployment: Deployment) -> list[dict[str, Any]]:
    """The keys of the JWKS."""
    async with deployment.http() as http:
        response = await http.get("/jwks")
    assert response.headers["content-type"] == "application/json"
    keys: list[dict[str, Any]] = response.json()["keys"]
    return keys


async def signing(deployment: Deployment) -> set[str]:
    """The names of those that verify signatures."""
    return {key["kid"] for key in await published(deployment) if key["use"] == "sig"}


async def publish_next(deployment: Deployment, algorithm: str) -> str:
    """Rotate, as `hibana keys rotate` does."""
    op = deployment.op
    key = keyring.make(algorithm, op.vault, active_from=op.now() + PUBLISHED_AHEAD, now=op.now())
    await op.db.transact(lambda tx: keyring.publish_next(tx, key))
    return key.kid


async def test_D07_the_private_half_never_leaves(deployment: Deployment, changes_are_seen_at_once: None) -> None:
    first = await published(deployment)
    assert {key.get("alg", key["use"]) for key in first} == {*jose.INITIAL_ALGORITHMS, "enc"}
    op = deployment.op
    for algorithm in OTHERS:
        await keyring.ensure_key(op.db, op.vault, algorithm, now=op.now())
    keys = await published(deployment)

    members = {"RSA": {"n", "e"}, "EC": {"crv", "x", "y"}, "OKP": {"crv", "x"}}
    assert {key["alg"] for key in keys if key["use"] == "sig"} == set(jose.SIGNING_ALGORITHMS)
    assert [key["kty"] for key in keys if key["use"] == "enc"] in (["RSA", "EC"], ["EC", "RSA"])
    assert len({key["kid"] for key in keys}) == len(keys) == len(jose.KEY_ALGORITHMS)
    for key in keys:
        assert not PRIVATE & key.keys()
        assert key.keys() - {"alg"} == {*members[key["kty"]], "kty", "kid", "use"}
        assert ("alg" in key) == (key["use"] == "sig")
        assert key["kty"] != "RSA" or len(decode(key["n"])) == 256
    kept = await dump(deployment.op.db)
    assert keys[0]["kid"].encode() in kept
    for private in (b"PRIVATE KEY", b"BEGIN ", b"MIIEv", b"MIGHAgEA", b"MC4CAQAwBQYDK2Vw", b'"d"'):
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
    assert await signing(deployment) == {*old.values(), *new.values()}
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
    assert await signing(deployment) == {*old.values(), *new.values()}
    deployment.clock.advance(1)
    assert await signing(deployment) == set(new.values())


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


@dataclass(slots=True)
class App:
    """Verifies ID tokens as a relying party does: with a key set that it fetches again when that is stale."""

    deployment: Deployment
    keys: jose.KeySet = field(default_factory=lambda: jose.read_key_set({"keys": []}))
    fetched_at: int = 0

    async def verify(self, token: str, algorithm: str) -> str:
        """The kid that a good token names."""
        if self.deployment.op.now() - self.fetched_at >= JWKS_MAX_AGE:
            self.keys = jose.read_key_set({"keys": await published(self.deployment)})
            self.fetched_at = self.deployment.op.now()
        jose.verify_foreign(token, self.keys, algorithms=[algorithm], typ=["JWT"])
        return str(header_of(token)["kid"])


@pytest.mark.parametrize("algorithm", jose.SIGNING_ALGORITHMS)
async def test_D08_a_rotation_under_traffic_fails_nobody(
    deployment_on_sqlite: Deployment, changes_are_seen_at_once: None, algorithm: str
) -> None:
    deployment, op = deployment_on_sqlite, deployment_on_sqlite.op
    await keyring.ensure_key(op.db, op.vault, algorithm, now=op.now())
    client, user = await make_client(op, id_token_signed_response_alg=algorithm), await make_user(op)
    resource = await make_resource(op, signing_alg=algorithm)
    asked: dict[str, Any] = {"scope": "openid read", "resource": resource.identifier}
    chains = [await obtain_tokens(deployment, client, user, **asked) for _ in range(3)]
    app, seen = App(deployment), set[str]()

    async def use(number: int) -> None:
        chains[number] = await tokens_of(await refresh(deployment, client, chains[number]["refresh_token"]))
        tokens = chains[number]
        seen.add(await app.verify(tokens["id_token"], algorithm))
        assert header_of(tokens["access_token"])["alg"] == algorithm
        assert await is_active(deployment, client, tokens["access_token"])

    await asyncio.gather(*(use(number) for number in range(3)))
    assert len(seen) == 1
    rotation = asyncio.create_task(key_acts.rotate(op, algorithm, ORIGIN))
    await asyncio.gather(*(use(number) for number in range(3)))
    made = await rotation
    while op.now() < made.active_from + JWKS_MAX_AGE:
        deployment.clock.advance(100)
        await asyncio.gather(*(use(number) for number in range(3)))

    assert len(seen) == 2
    assert made.kid in seen
    assert await app.verify(chains[0]["id_token"], algorithm) == made.kid


@pytest.mark.parametrize("algorithm", OTHERS)
async def test_D08_a_revoked_key_of_any_algorithm_counts_no_more(
    deployment_on_sqlite: Deployment, changes_are_seen_at_once: None, algorithm: str
) -> None:
    deployment, op = deployment_on_sqlite, deployment_on_sqlite.op
    await keyring.ensure_key(op.db, op.vault, algorithm, now=op.now())
    client, user = await make_client(op, id_token_signed_response_alg=algorithm), await make_user(op)
    browser = deployment.browser()
    tokens = await obtain_tokens(deployment, client, user, browser=browser)
    assert "code" in answer(await browser.authorize(client, prompt="none", id_token_hint=tokens["id_token"]))

    done = await key_acts.retire(op, header_of(tokens["id_token"])["kid"], ORIGIN)

    assert done.replacement is not None
    refused = await browser.authorize(client, prompt="none", id_token_hint=tokens["id_token"])
    assert "code" not in refused.headers.get("location", "")
    again = await tokens_of(await refresh(deployment, client, tokens["refresh_token"]))
    assert header_of(again["id_token"])["kid"] == done.replacement.kid


@pytest.mark.parametrize(("family", "alg"), [("RSA-OAEP", "RSA-OAEP-256"), ("ECDH-ES", "ECDH-ES+A128KW")])
async def test_D08_the_key_that_apps_encrypt_to_changes_under_their_hands(
    deployment: Deployment, changes_are_seen_at_once: None, family: str, alg: str
) -> None:
    op = deployment.op

    async def encrypted() -> str:
        keys = jose.read_key_set({"keys": await published(deployment)})
        return jose.encrypt(b"a request", keys, alg=alg, enc="A256GCM")

    async def opened(token: str) -> bytes:
        return (await op.remembered.keyring()).decrypt(token, op.now())

    before = await encrypted()
    made = await key_acts.rotate(op, family, ORIGIN)
    assert made.active_from == op.now() + OPENED_AHEAD
    assert made.kid not in {key["kid"] for key in await published(deployment)}
    meanwhile = await encrypted()
    deployment.clock.advance(OPENED_AHEAD)
    after = await encrypted()

    assert [jose.peek(token).kid for token in (before, meanwhile)] == [jose.peek(before).kid] * 2
    assert jose.peek(after).kid == made.kid
    for token in (before, meanwhile, after):
        assert await opened(token) == b"a request"
    deployment.clock.advance(LONGEST_TOKEN_LIFE)
    assert await opened(after) == b"a request"
    with pytest.raises(jose.BadToken):
        await opened(before)
    done = await key_acts.retire(op, made.kid, ORIGIN)
    assert done.replacement is not None
    with pytest.raises(jose.BadToken):
        await opened(after)
    assert await opened(await encrypted()) == b"a request"
