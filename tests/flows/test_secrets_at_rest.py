"""Whoever takes the database or a backup of it gets nothing to sign in or ask for tokens with: row T01."""

import gzip
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path

from hibana_op.foundation.origin import Origin
from hibana_op.oauth import client_registry
from hibana_op.operations import backup
from hibana_op.records import keyring, signing_keys
from tests.deployment import VERIFIER, Deployment
from tests.flows.journeys import redeem, refresh, tokens_of
from tests.make import CALLBACK, PASSWORD, SECRET, make_client, make_resource, make_user
from tests.schema import MASTER_KEY

ORIGIN = Origin.command("a-trace")


async def test_T01_neither_the_database_nor_a_backup_holds_a_secret_that_can_be_used(
    deployment: Deployment, tmp_path: Path
) -> None:
    secrets = [*await used(deployment), *await kept_sealed(deployment)]
    file = tmp_path / "copy"
    await backup.take(deployment.op, file, replace=False, origin=ORIGIN)
    held = everything(tmp_path, file)
    assert len(secrets) > 20
    assert [name for name, secret in secrets for form in forms(secret) if form in held] == []
    assert deployment.op.vault.key_id.encode() in held, "a sealed value names its key, or nothing was looked through"


def everything(folder: Path, copy: Path) -> bytes:
    """A backup, and SQLite's own files with what it has not cleared away yet."""
    return b"".join([gzip.decompress(copy.read_bytes()), *(path.read_bytes() for path in folder.glob("hibana.db*"))])


async def used(deployment: Deployment) -> list[tuple[str, bytes]]:
    """Everything that people, browsers and apps were given or gave on the way through the flows."""
    op = deployment.op
    api = await make_resource(op, token_format="opaque", signing_alg="ES256")
    user, client = await make_user(op), await make_client(op)
    values = {"redirect_uris": [CALLBACK], "client_name": "Shop"}
    registered, first = await client_registry.create(op, values, ORIGIN)
    _, second = await client_registry.rotate_secret(op, registered.client_id, overlap=60, origin=ORIGIN)
    assert first is not None
    browser = deployment.browser()
    scope = "openid offline_access read"
    code = await browser.obtain_code(client, user, scope=scope, prompt="consent", resource=api.identifier)
    unspent = await browser.obtain_code(client, user, scope=scope, prompt="consent", resource=api.identifier)
    one = await tokens_of(await redeem(deployment, client, code))
    two = await tokens_of(await refresh(deployment, client, one["refresh_token"]))
    given = {
        "password": PASSWORD,
        "client secret": SECRET,
        "registered client secret": first,
        "rotated client secret": second,
        "code": code,
        "unspent code": unspent,
        "code verifier": VERIFIER,
    }
    for number, tokens in enumerate((one, two)):
        given |= {f"{name} {number}": tokens[name] for name in ("access_token", "refresh_token", "id_token")}
    assert "." not in one["access_token"], "an opaque one, which the database has to know again"
    cookies = [cookie for cookie in browser.http.cookies.jar if cookie.value and len(cookie.value) >= 20]
    assert cookies
    given |= {f"cookie {cookie.name}": cookie.value for cookie in cookies if cookie.value}
    return [(name, secret.encode()) for name, secret in given.items()]


async def kept_sealed(deployment: Deployment) -> list[tuple[str, bytes]]:
    """The master key, and what rests under it."""
    op = deployment.op
    found = [
        ("master key", b64decode(MASTER_KEY, altchars=b"-_")),
        ("key of the audit log", op.audit_key),
        ("key of the forms", op.form_key),
        ("key of pairwise subjects", op.pairwise_key),
    ]
    for key in await signing_keys.every(op.db):
        pem = op.vault.open(key.private_sealed, keyring.sealed_name(key.kid))
        body = b"".join(pem.splitlines()[1:-1])
        found += [(f"{key.algorithm} key", pem), (f"{key.algorithm} key, as DER", b64decode(body))]
        found += [(f"{key.algorithm} key, line {number}", line) for number, line in enumerate(pem.splitlines()[1:-1])]
    return found


def forms(secret: bytes) -> Iterator[bytes]:
    """What a secret looks like to somebody who searches for it."""
    yield secret
    yield secret.hex().encode()
    yield b64encode(secret).rstrip(b"=")
    yield urlsafe_b64encode(secret).rstrip(b"=")
