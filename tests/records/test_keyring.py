"""The keyring on each engine: which keys there are from the start, which are made when asked for, and their time."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from hibana_op.foundation import jose
from hibana_op.foundation.vault import Unsealable, Vault, generate_master_key, parse_master_key
from hibana_op.records import keyring, registry, signing_keys
from hibana_op.records.keyring import LONGEST_TOKEN_LIFE, OPENED_AHEAD, PUBLISHED_AHEAD, Keyring
from hibana_op.storage import open_database
from hibana_op.storage.database import Database

NOW = 1_800_000_000
VAULT = Vault([parse_master_key(generate_master_key())])
FIRST = {"RS256", "ES256", "RSA-OAEP", "ECDH-ES"}
LATER = [algorithm for algorithm in jose.SIGNING_ALGORITHMS if algorithm not in FIRST]


async def held(db: Database, now: int = NOW) -> Keyring:
    return await keyring.load(db, VAULT, now=now)


def jwks(keys: Keyring, now: int = NOW) -> list[dict[str, Any]]:
    document = json.loads(keys.jwks(now))
    assert set(document) == {"keys"}
    found: list[dict[str, Any]] = document["keys"]
    return found


def encrypted(keys: Keyring, alg: str, *, now: int = NOW) -> str:
    """Something that a client encrypts to what it finds in the JWKS."""
    return jose.encrypt(b"a secret", jose.read_key_set(keys.jwks(now)), alg=alg, enc="A128GCM")


async def test_D07_the_first_start_makes_two_signing_keys_and_two_to_encrypt_to(db: Database) -> None:
    made = await keyring.ensure_keys(db, VAULT, now=NOW)
    published = jwks(await held(db))

    assert {key.algorithm for key in made} == FIRST
    assert {(key["use"], key["kty"], key.get("alg")) for key in published} == {
        ("sig", "RSA", "RS256"),
        ("sig", "EC", "ES256"),
        ("enc", "RSA", None),
        ("enc", "EC", None),
    }
    assert len({key["kid"] for key in published}) == len(published) == 4
    for key in published:
        members = {"RSA": {"n", "e"}, "EC": {"crv", "x", "y"}}[key["kty"]]
        assert key.keys() - {"alg"} == members | {"kty", "kid", "use"}
    assert await keyring.ensure_keys(db, VAULT, now=NOW) == []


async def test_a_deployment_from_before_gets_what_it_lacks(db: Database) -> None:
    old = keyring.make("RS256", VAULT, active_from=NOW - 1000, now=NOW - 1000)
    await db.transact(lambda tx: signing_keys.insert(tx, old))

    made = await keyring.ensure_keys(db, VAULT, now=NOW)

    assert {key.algorithm for key in made} == FIRST - {"RS256"}
    assert (await held(db)).signing("RS256", NOW).kid == old.kid


@pytest.mark.parametrize("algorithm", LATER)
async def test_a_key_of_another_algorithm_is_made_when_asked_for(db: Database, algorithm: str) -> None:
    await keyring.ensure_keys(db, VAULT, now=NOW)
    with pytest.raises(LookupError, match=f"keys rotate --alg {algorithm}"):
        (await held(db)).signing(algorithm, NOW)
    before = await registry.version(db)

    made = await keyring.ensure_key(db, VAULT, algorithm, now=NOW)

    assert made is not None
    assert await registry.version(db) > before
    keys = await held(db)
    assert keys.signing(algorithm, NOW).kid == made.kid
    assert algorithm in keys.algorithms()
    assert await keyring.ensure_key(db, VAULT, algorithm, now=NOW) is None
    signer = jose.Signer()
    try:
        token = await signer.sign(keys.signing(algorithm, NOW), {"sub": "user-1"}, typ="JWT")
    finally:
        signer.close()
    assert keys.verify(token, NOW, typ="JWT") == {"sub": "user-1"}


async def test_workers_that_ask_for_the_same_key_at_once_make_one(db: Database, database_url: str) -> None:
    others = [await open_database(database_url) for _ in range(3)]
    try:
        made = await asyncio.gather(
            *(keyring.ensure_key(each, VAULT, "PS256", now=NOW) for each in [db, *others] for _ in range(2)),
            *(keyring.ensure_keys(each, VAULT, now=NOW) for each in [db, *others]),
        )
    finally:
        for other in others:
            await other.close()

    keys = await signing_keys.every(db)
    assert sorted(key.algorithm for key in keys) == sorted([*FIRST, "PS256"])
    assert sum(each not in (None, []) for each in made) >= 1


class Watched(ThreadPoolExecutor):
    """Threads that remember what they were given to do."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[Any] = []

    def submit(self, fn: Any, /, *arguments: Any, **named: Any) -> Any:
        """Take something up."""
        self.given.append(fn.args[0] if isinstance(fn, partial) else fn)
        return super().submit(fn, *arguments, **named)


async def test_the_loop_goes_on_while_keys_are_made(db: Database) -> None:
    threads = Watched()
    asyncio.get_running_loop().set_default_executor(threads)
    made = [*await keyring.ensure_keys(db, VAULT, now=NOW), await keyring.ensure_key(db, VAULT, "PS512", now=NOW)]

    assert len(made) == threads.given.count(keyring.make) == 5


async def test_an_algorithm_that_does_not_exist_gets_no_key(db: Database) -> None:
    for algorithm in ("HS256", "none", "RS1", "RSA1_5", "dir"):
        with pytest.raises(ValueError, match="is not among"):
            await keyring.ensure_key(db, VAULT, algorithm, now=NOW)
    assert await signing_keys.every(db) == []


async def test_a_key_that_waits_or_retires_is_no_key_to_sign_with(db: Database) -> None:
    waiting = keyring.make("ES384", VAULT, active_from=NOW + 100, now=NOW)
    await db.transact(lambda tx: signing_keys.insert(tx, waiting))

    made = await keyring.ensure_key(db, VAULT, "ES384", now=NOW)

    assert made is not None
    assert (await held(db)).signing("ES384", NOW).kid == made.kid


@pytest.mark.parametrize("alg", jose.KEY_MANAGEMENT)
async def test_what_is_encrypted_to_a_published_key_is_opened(db: Database, alg: str) -> None:
    await keyring.ensure_keys(db, VAULT, now=NOW)
    keys = await held(db)

    assert keys.decrypt(encrypted(keys, alg), NOW) == b"a secret"


@pytest.mark.parametrize("alg", ["RSA-OAEP-256", "ECDH-ES"])
async def test_D08_a_key_to_encrypt_to_opens_before_it_is_shown_and_long_after(db: Database, alg: str) -> None:
    family = "RSA-OAEP" if alg.startswith("RSA") else alg
    await keyring.ensure_keys(db, VAULT, now=NOW)
    before = encrypted(await held(db), alg)
    kind = "RSA" if family == "RSA-OAEP" else "EC"
    [old] = [key["kid"] for key in jwks(await held(db)) if (key["use"], key["kty"]) == ("enc", kind)]
    following = keyring.make(family, VAULT, active_from=NOW + OPENED_AHEAD, now=NOW)
    await db.transact(lambda tx: keyring.publish_next(tx, following))

    def shown(keys: Keyring, now: int) -> list[str]:
        return [key["kid"] for key in jwks(keys, now) if (key["use"], key["kty"]) == ("enc", kind)]

    keys = await held(db)
    assert shown(keys, NOW) == [old]
    assert shown(keys, NOW + OPENED_AHEAD - 1) == [old]
    assert shown(keys, NOW + OPENED_AHEAD) == [following.kid]
    after = encrypted(keys, alg, now=NOW + OPENED_AHEAD)
    assert keys.decrypt(after, NOW) == b"a secret"
    last = NOW + OPENED_AHEAD + LONGEST_TOKEN_LIFE
    assert keys.decrypt(before, last - 1) == b"a secret"
    with pytest.raises(jose.BadToken):
        keys.decrypt(before, last)
    assert keys.decrypt(after, last) == b"a secret"


async def test_D08_a_revoked_key_opens_nothing(db: Database) -> None:
    await keyring.ensure_keys(db, VAULT, now=NOW)
    token = encrypted(await held(db), "ECDH-ES")
    kid = jose.peek(token).kid
    assert kid is not None
    await db.transact(lambda tx: signing_keys.revoke(tx, kid, now=NOW))

    with pytest.raises(jose.BadToken, match="no key of ours"):
        (await held(db)).decrypt(token, NOW)


async def test_how_long_before_its_time_a_key_is_published() -> None:
    assert {keyring.published_ahead(algorithm) for algorithm in jose.SIGNING_ALGORITHMS} == {PUBLISHED_AHEAD}
    assert {keyring.published_ahead(algorithm) for algorithm in jose.OWN_ENCRYPTION_KEYS} == {OPENED_AHEAD}


async def test_a_key_under_another_master_key_is_not_opened(db: Database) -> None:
    await keyring.ensure_keys(db, VAULT, now=NOW)

    with pytest.raises(Unsealable):
        await keyring.load(db, Vault([parse_master_key(generate_master_key())]), now=NOW)
