"""There is always a key whose time it is, and nothing stays under an old master key."""

from dataclasses import replace
from functools import partial

import pytest

from hibana_op.foundation import jose
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.vault import Vault, generate_master_key, parse_master_key
from hibana_op.login import notices
from hibana_op.login.federation import providers
from hibana_op.operations import keys
from hibana_op.records import audit_log, clients, identity_providers, keyring, outbox, signing_keys
from hibana_op.records.signing_keys import StoredKey
from hibana_op.storage import catalogue, rows
from hibana_op.storage.database import Session
from tests.deployment import Deployment
from tests.make import a_user, make_client
from tests.schema import MASTER_KEY

ORIGIN = Origin.command("a-trace")
NOW = 1000


def a_key(kid: str, active_from: int, retires_at: int | None = None) -> StoredKey:
    return StoredKey(
        kid=kid,
        algorithm="ES256",
        public_jwk="{}",
        private_sealed="",
        created_at=0,
        active_from=active_from,
        retires_at=retires_at,
    )


@pytest.mark.parametrize(
    ("held", "uncovered"),
    [
        ([], NOW),
        ([a_key("current", 0)], None),
        ([a_key("next", 1600)], NOW),
        ([a_key("retiring", 0, 900)], NOW),
        ([a_key("current", 0, 1600)], 1600),
        ([a_key("current", 0, 1600), a_key("next", 1600)], None),
        ([a_key("after the next", 2000), a_key("current", 0, 1600)], 1600),
        ([a_key("next", 1600, 2000), a_key("current", 0, 1600)], 2000),
    ],
)
def test_the_first_moment_without_a_signing_key(held: list[StoredKey], uncovered: int | None) -> None:
    assert keys.uncovered_from(held, now=NOW) == uncovered


async def signing(deployment: Deployment) -> str:
    op = deployment.op
    return (await keyring.load(op.db, op.vault, now=op.now())).signing("ES256", op.now()).kid


async def test_D08_a_rotation_changes_the_signing_key_once_its_time_comes(deployment: Deployment) -> None:
    op = deployment.op
    old = await signing(deployment)
    made = await keys.rotate(op, "ES256", ORIGIN)
    assert await signing(deployment) == old
    deployment.clock.advance(keyring.PUBLISHED_AHEAD)
    assert await signing(deployment) == made.kid
    held = await keyring.load(op.db, op.vault, now=op.now())
    assert old in {key.kid for key in held.verifying(op.now())}


async def test_D08_revoking_the_next_key_leaves_the_current_one_a_successor_in_time(deployment: Deployment) -> None:
    op = deployment.op
    old = await signing(deployment)
    made = await keys.rotate(op, "ES256", ORIGIN)
    done = await keys.retire(op, made.kid, ORIGIN)
    assert done.replacement is not None
    assert done.replacement.active_from == made.active_from
    assert await signing(deployment) == old
    deployment.clock.advance(keyring.PUBLISHED_AHEAD)
    assert await signing(deployment) == done.replacement.kid


async def test_revoking_a_key_that_signs_no_more_needs_no_replacement(deployment: Deployment) -> None:
    op = deployment.op
    old = await signing(deployment)
    await keys.rotate(op, "ES256", ORIGIN)
    deployment.clock.advance(keyring.PUBLISHED_AHEAD)
    assert (await keys.retire(op, old, ORIGIN)).replacement is None


async def test_an_algorithm_whose_only_key_was_revoked_by_hand_gets_one_that_signs_at_once(
    deployment: Deployment,
) -> None:
    op = deployment.op
    old = await signing(deployment)
    await op.db.transact(lambda tx: signing_keys.revoke(tx, old, now=op.now()))
    made = await keys.rotate(op, "ES256", ORIGIN)
    assert await signing(deployment) == made.kid


@pytest.mark.parametrize("algorithm", [*jose.OWN_ENCRYPTION_KEYS, "Ed25519"])
async def test_D08_there_is_always_one_key_to_encrypt_to_or_sign_with(deployment: Deployment, algorithm: str) -> None:
    op = deployment.op
    await keys.rotate(op, algorithm, ORIGIN)

    async def held() -> dict[str, str]:
        stored = await signing_keys.published(op.db, now=op.now())
        return {key.kid: key.state(op.now()) for key in stored if key.algorithm == algorithm}

    for _ in range(3):
        made = await keys.rotate(op, algorithm, ORIGIN)
        assert list((await held()).values()).count("current") == 1
        deployment.clock.advance(made.active_from - op.now())
        assert [kid for kid, state in (await held()).items() if state == "current"] == [made.kid]
    done = await keys.retire(op, made.kid, ORIGIN)
    assert done.replacement is not None
    assert [kid for kid, state in (await held()).items() if state == "current"] == [done.replacement.kid]
    [published] = await audit_log.page(op.db, limit=1, action="key:signing:published")
    assert published.metadata == {"algorithm": algorithm}


async def test_T02_nothing_stays_sealed_under_the_old_master_key(deployment: Deployment) -> None:
    old_key, new_key = (parse_master_key(text) for text in (MASTER_KEY, generate_master_key()))
    op = replace(deployment.op, vault=Vault([new_key, old_key]))
    sealed_by_old = f"v1.{deployment.op.vault.key_id}."
    both, one = await make_client(op), await make_client(op)
    names = {client.client_id: clients.sealed_name(client.client_id) for client in (both, one)}
    old = Vault([old_key])
    for client, secrets in ((both, [b"present", b"previous"]), (one, [b"only"])):
        sealed = [old.seal(secret, names[client.client_id]) for secret in secrets]
        present, previous = sealed[0], sealed[1] if len(sealed) > 1 else None
        await op.db.transact(partial(put_secrets, client_id=client.client_id, present=present, previous=previous))
    before = [value for value in await every_text(deployment) if sealed_by_old in value]
    assert before
    step = await keys.rotate_master(op, ORIGIN)
    assert (step.new_key, step.sealed) == (None, len(before))
    assert not [value for value in await every_text(deployment) if sealed_by_old in value]
    await keyring.load(op.db, Vault([new_key]), now=op.now())
    opened = [
        [Vault([new_key]).open(sealed, names[client_id]) for sealed in found if sealed is not None]
        for client_id, *found in await clients.sealed_secrets(op.db)
    ]
    assert sorted(opened) == [[b"only"], [b"present", b"previous"]]
    [newest] = await audit_log.page(op.db, limit=1)
    assert (newest.action, newest.metadata) == ("key:master:rotated", {"sealed": len(before)})
    again = await keys.rotate_master(op, ORIGIN)
    assert again.sealed == len(before)
    assert again.new_key is not None
    await keyring.load(op.db, Vault([parse_master_key(again.new_key)]), now=op.now())


async def put_secrets(tx: Session, *, client_id: str, present: str, previous: str | None) -> None:
    await clients.reseal(tx, client_id, present=present, previous=previous)


async def every_text(deployment: Deployment) -> list[str]:
    db = deployment.op.db
    texts: list[str] = []
    for table in await catalogue.tables(db, db.engine):
        async for batch in rows.batches(db, table):
            texts += [value for row in batch for value in row if isinstance(value, str)]
    return texts


async def test_T02_the_secrets_at_other_providers_move_to_the_new_master_key(deployment: Deployment) -> None:
    made = await providers.create(
        deployment.op,
        slug="acme",
        name="ACME",
        provider_type="oauth",
        config={
            "client_id": "hibana",
            "authorization_endpoint": "https://acme.example/authorize",
            "token_endpoint": "https://acme.example/token",
            "userinfo_endpoint": "https://acme.example/me",
        },
        client_secret="the secret",
        domains=(),
        origin=ORIGIN,
    )
    old_key, new_key = (parse_master_key(text) for text in (MASTER_KEY, generate_master_key()))
    await keys.rotate_master(replace(deployment.op, vault=Vault([new_key, old_key])), ORIGIN)
    [(provider_id, sealed)] = await identity_providers.sealed_secrets(deployment.op.db)
    assert Vault([new_key]).open(sealed, identity_providers.sealed_name(made.id)) == b"the secret"
    assert provider_id == made.id


async def test_T02_messages_that_wait_move_to_the_new_master_key(deployment: Deployment) -> None:
    op, user = deployment.op, a_user()
    await op.db.transact(lambda tx: outbox.insert(tx, op.vault, notices.new_sign_in(op, user, ORIGIN)))
    old_key, new_key = (parse_master_key(text) for text in (MASTER_KEY, generate_master_key()))

    await keys.rotate_master(replace(op, vault=Vault([new_key, old_key])), ORIGIN)

    (message,) = await outbox.latest(op.db, Vault([new_key]))
    assert message.recipient == user.email
    assert message.text_body
