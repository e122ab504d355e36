"""`/signing-keys`: the keys that sign and decrypt tokens; their private parts never leave the server."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hibana_op.api.operation import Asked, Operation, Page
from hibana_op.api.shapes import Given, Listing, Taken, at, moment
from hibana_op.foundation import jose
from hibana_op.foundation.errors import NotFound
from hibana_op.operations import keys
from hibana_op.provider import Provider
from hibana_op.records import signing_keys
from hibana_op.records.signing_keys import StoredKey

Algorithm = Annotated[str, Meta(pattern=f"^({'|'.join(jose.KEY_ALGORITHMS)})$")]


class SigningKeyShown(Given, frozen=True, kw_only=True):
    """A key, its public part, and what it is good for at this moment."""

    kid: str
    algorithm: str
    state: str
    public_jwk: dict[str, Any]
    created_at: datetime
    active_from: datetime
    retires_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


class NextKey(Taken, frozen=True, kw_only=True):
    """The algorithm whose key changes."""

    algorithm: Algorithm = "RS256"


class KeyRetired(Given, frozen=True, kw_only=True):
    """A key that counts no more, and the one in its place if it was needed."""

    kid: str
    replacement: SigningKeyShown | None


async def list_keys(op: Provider, asked: Asked) -> Page:
    """Every key; there are a few."""
    now = op.now()
    return Page([_shown(each, now) for each in await signing_keys.every(op.db)], None)


async def show(op: Provider, asked: Asked) -> SigningKeyShown:
    """One key."""
    found = await signing_keys.find(op.db, asked.id)
    if found is None:
        raise NotFound(f"no key is named {asked.id}")
    return _shown(found, op.now())


async def rotate(op: Provider, asked: Asked) -> SigningKeyShown:
    """Publish the next key."""
    body: NextKey = asked.body
    return _shown(await keys.rotate(op, body.algorithm, asked.origin), op.now())


async def retire(op: Provider, asked: Asked) -> KeyRetired:
    """Revoke a key at once."""
    done = await keys.retire(op, asked.id, asked.origin)
    replacement = _shown(done.replacement, op.now()) if done.replacement else None
    return KeyRetired(kid=done.kid, replacement=replacement)


def _shown(key: StoredKey, now: int) -> SigningKeyShown:
    return SigningKeyShown(
        kid=key.kid,
        algorithm=key.algorithm,
        state=key.state(now),
        public_jwk=msgspec.json.decode(key.public_jwk),
        created_at=at(key.created_at),
        active_from=at(key.active_from),
        retires_at=moment(key.retires_at),
        expires_at=moment(key.expires_at),
        revoked_at=moment(key.revoked_at),
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/signing-keys",
        permission="signing-keys:read",
        summary="List the keys that sign and decrypt",
        handler=list_keys,
        query=Listing,
        gives=SigningKeyShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/signing-keys",
        permission="signing-keys:rotate",
        summary="Publish the next key of an algorithm; its time comes when every app can know it",
        handler=rotate,
        takes=NextKey,
        gives=SigningKeyShown,
        status=201,
        location="/signing-keys/{kid}",
    ),
    Operation(
        method="GET",
        path="/signing-keys/{id}",
        permission="signing-keys:read",
        summary="Show a key",
        handler=show,
        gives=SigningKeyShown,
    ),
    Operation(
        method="POST",
        path="/signing-keys/{id}/retire",
        permission="signing-keys:retire",
        summary="Revoke a key at once: nothing that it signed counts any more",
        handler=retire,
        gives=KeyRetired,
    ),
)
