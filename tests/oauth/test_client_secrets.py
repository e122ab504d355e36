"""Which clients have a secret, and in which one form it is kept: row C08."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from hibana_op.foundation import secrets
from hibana_op.foundation.errors import InvalidClientMetadata
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.vault import Unsealable, Vault
from hibana_op.oauth import client_registry, client_secrets
from hibana_op.oauth.client_auth import METHODS
from hibana_op.provider import Provider
from hibana_op.records import clients
from hibana_op.records.clients import Client
from tests.app_keys import AppKey, key_set
from tests.deployment import deploy

COMMAND = Origin.command("0" * 32)
KINDS = {
    "client_secret_basic": "hashed",
    "client_secret_post": "hashed",
    "client_secret_jwt": "sealed",
    "private_key_jwt": None,
    "none": None,
}
JWKS = key_set(AppKey())


@pytest.fixture
async def op(tmp_path: Path) -> AsyncIterator[Provider]:
    """A provider on a fresh SQLite database."""
    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path) as deployment:
        yield deployment.op


async def registered(op: Provider, method: str) -> tuple[Client, str | None]:
    """A client of a method, as the database keeps it, and its secret."""
    values = {
        "token_endpoint_auth_method": method,
        "redirect_uris": ["https://app.example/callback"],
        "jwks": JWKS,
    }
    made, secret = await client_registry.create(op, values, COMMAND)
    return await clients.get(op.db, made.client_id), secret


def test_every_method_has_its_kind_of_secret() -> None:
    assert METHODS.keys() == KINDS.keys()


@pytest.mark.parametrize("method", KINDS)
async def test_C08_a_secret_is_kept_in_one_form_only(op: Provider, method: str) -> None:
    client, secret = await registered(op, method)
    kept = {"hashed": client.client_secret_hash, "sealed": client.client_secret_sealed}

    assert client_secrets.kind(client) == KINDS[method]
    assert {kind for kind, value in kept.items() if value is not None} == {KINDS[method]} - {None}
    assert (secret is None) is (KINDS[method] is None)
    if secret is not None and client.client_secret_hash is not None:
        assert client.client_secret_hash == secrets.digest(secret)
    if secret is not None and client.client_secret_sealed is not None:
        assert client_secrets.opened(op, client) == [secret.encode()]
        assert len(secret) >= 64


async def test_C08_a_sealed_secret_opens_for_its_own_client_only(op: Provider) -> None:
    one, _ = await registered(op, "client_secret_jwt")
    other, _ = await registered(op, "client_secret_jwt")
    with pytest.raises(Unsealable):
        op.vault.open(str(one.client_secret_sealed), clients.sealed_name(other.client_id))


async def test_a_secret_that_rests_under_another_master_key_is_as_good_as_none(op: Provider) -> None:
    client, _ = await registered(op, "client_secret_jwt")
    elsewhere = replace(op, vault=Vault([bytes(32)]))
    assert client_secrets.opened(elsewhere, client) == []


@pytest.mark.parametrize("before", KINDS)
async def test_a_client_cannot_change_to_a_method_whose_credential_it_has_not(op: Provider, before: str) -> None:
    possible = set()
    for after in KINDS:
        client, _ = await registered(op, before)
        try:
            await client_registry.update(op, client.client_id, {"token_endpoint_auth_method": after}, COMMAND)
        except InvalidClientMetadata:
            continue
        possible.add(after)

    hashed = {"client_secret_basic", "client_secret_post"}
    assert (
        possible
        == {
            "client_secret_basic": hashed | {"private_key_jwt"},
            "client_secret_post": hashed | {"private_key_jwt"},
            "client_secret_jwt": {"client_secret_jwt", "private_key_jwt"},
            "private_key_jwt": {"private_key_jwt"},
            "none": {"none"},
        }[before]
    )


async def test_a_client_without_a_secret_gets_no_new_one(op: Provider) -> None:
    for method in ("none", "private_key_jwt"):
        client, _ = await registered(op, method)
        with pytest.raises(InvalidClientMetadata, match="has no secret"):
            await client_registry.rotate_secret(op, client.client_id, overlap=0, origin=COMMAND)
