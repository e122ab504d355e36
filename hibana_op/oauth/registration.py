"""Dynamic registration and its management: RFC 7591 §3, OpenID Connect Registration §3, RFC 7592 §2."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hibana_op.foundation import secrets
from hibana_op.foundation.errors import InvalidClientMetadata, InvalidToken
from hibana_op.foundation.events import ClientCreated, ClientDeleted, ClientUpdated, UnusedClientsRemoved
from hibana_op.foundation.explanation import Explanation
from hibana_op.foundation.ids import uuid7
from hibana_op.oauth import client_checks, client_secrets, initial_access, metadata, software_statements, targets
from hibana_op.oauth.call import NO_STORE, Call, Reply
from hibana_op.oauth.client_registry import changed_fields, check_method_change, end_what_it_gave, write_change
from hibana_op.oauth.userinfo import bearer
from hibana_op.provider import Provider
from hibana_op.records import clients, registered_clients
from hibana_op.records.clients import Client
from hibana_op.storage.database import Session

PATH = "/register"
STATEMENT = "software_statement"
# What the answers tell beside the metadata; a change must not send it back (RFC 7592 §2.2).
_NOT_SENT_BACK = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)
# By these, and by what it may ask for, an administrator knew the client that was called verified, or one's own.
_KNOWN_BY = ("client_name", "logo_uri", "client_uri", "policy_uri", "tos_uri", "localized", "redirect_uris")
# Compared against when there is no such client, so that the answer takes as long.
_NOBODY = secrets.digest(secrets.token())


async def register(op: Provider, call: Call) -> Reply:
    """Register the client that a developer describes."""
    token_hash = await initial_access.admit(op, call)
    now = op.now()
    blank = Client(
        client_id=uuid7(),
        client_name=metadata.UNNAMED,
        registration="dcr",
        verified=False,
        profile=op.settings.profile,
        created_at=now,
        updated_at=now,
    )
    drafted, publisher = await _described(op, blank, call.document)
    await client_checks.check_here(op, drafted)
    await client_checks.provide_keys(op, drafted)
    secret, own_token = client_secrets.make(op, drafted), secrets.token()
    client = replace(
        drafted,
        client_secret_hash=secret.hashed if secret else None,
        client_secret_sealed=secret.sealed if secret else None,
        registration_token_hash=secrets.digest(own_token),
    )

    async def write(tx: Session) -> None:
        token_id = None if token_hash is None else await initial_access.spend(tx, token_hash, now=now)
        await clients.insert(tx, replace(client, initial_access_token_id=token_id))
        most = registered_clients.MOST_UNUSED
        gone = await registered_clients.make_room(tx, most=most) if token_id is None else ()
        if gone:
            await op.emit(tx, UnusedClientsRemoved(clients=gone), call.origin)
        event = ClientCreated(
            client_id=client.client_id,
            target_id=client.client_id,
            registration="dcr",
            initial_access_token=token_id,
            software_publisher=publisher,
        )
        await op.emit(tx, event, call.origin)

    await op.db.transact(write)
    return _reply(op, client, own_token, secret=secret.text if secret else None, status=201)


async def show(op: Provider, call: Call) -> Reply:
    """What a client is registered with; never its secret."""
    client, token = await _managed(op, call)
    return _reply(op, client, token)


async def change(op: Provider, call: Call) -> Reply:
    """Describe a client anew: what is left out falls back to its default, and the client gets a new token."""
    before, token = await _managed(op, call)
    values = dict(call.document)
    _check_sent_back(op, before, values)
    described, _ = await _described(op, before, values)
    known = all(getattr(before, name) == getattr(described, name) for name in _KNOWN_BY)
    known = known and not _asks_for_more(before, described)
    after = replace(
        described,
        verified=before.verified and known,
        first_party=before.first_party and known,
        updated_at=op.now(),
    )
    check_method_change(before, after)
    await client_checks.check_here(op, after, before=before)
    await client_checks.provide_keys(op, after)
    new_token = secrets.token()

    async def write(tx: Session) -> None:
        hashes = {"before": secrets.digest(token), "after": secrets.digest(new_token)}
        if not await registered_clients.rotate_token(tx, before.client_id, **hashes):
            raise _wrong_token()
        await write_change(op, tx, before, after, call.origin)
        event = ClientUpdated(
            client_id=before.client_id, target_id=before.client_id, fields=changed_fields(before, after)
        )
        await op.emit(tx, event, call.origin)

    await op.db.transact(write)
    op.remembered.forget()
    return _reply(op, after, new_token)


async def remove(op: Provider, call: Call) -> Reply:
    """Take a client out, with everything that was issued to it."""
    client, _ = await _managed(op, call)

    async def write(tx: Session) -> None:
        if not await clients.delete(tx, client.client_id):
            raise _wrong_token()
        if "client_credentials" in client.grant_types:
            await end_what_it_gave(op, tx, client, call.origin)
        await op.emit(tx, ClientDeleted(client_id=client.client_id, target_id=client.client_id), call.origin)

    await op.db.transact(write)
    op.remembered.forget()
    return Reply(status=204, headers=NO_STORE)


async def _managed(op: Provider, call: Call) -> tuple[Client, str]:
    """The client in the address, if the bearer's token is its own; nobody learns which clients there are."""
    token = bearer(call)
    client = await clients.find(op.db, call.path["client_id"])
    expected = client.registration_token_hash if client else None
    if not secrets.same(secrets.digest(token), expected or _NOBODY) or client is None:
        raise _wrong_token()
    return client, token


def _wrong_token() -> InvalidToken:
    because = Explanation("registration_token_wrong", parameter="Authorization")
    return InvalidToken("the registration access token is not this client's, or was replaced", because=because)


async def _described(op: Provider, client: Client, values: Mapping[str, Any]) -> tuple[Client, str | None]:
    """The client as a developer describes it, and the publisher whose statement took part in that."""
    statement = values.get(STATEMENT)
    claims: Mapping[str, Any] = {}
    if statement is not None:
        claims = await software_statements.verify(op, statement)
        # The publisher's word counts for more, in every language (§2.3).
        values = {name: value for name, value in values.items() if name.partition("#")[0] not in claims}
    found = metadata.read_members({**values, **claims}, by_administrator=False)
    members = {**metadata.absent(), **metadata.complete(found, with_refresh=False), STATEMENT: statement}
    members["scope"] = await _narrowed(op, found.get("scope"))
    described = replace(client, **members)
    if client.registration_token_hash is None:  # it is new; later an administrator may have decided otherwise
        described = replace(described, require_pkce=described.is_public or described.profile != "oidc")
    return metadata.check_together(described), claims.get("iss")


async def _narrowed(op: Provider, scope: str | None) -> str | None:
    """Of the scopes that a developer asks for, those about people's accounts: others are an administrator's to give."""
    if scope is None:
        return None
    known = await targets.account_scopes(op)
    kept = [value for value in scope.split() if value in known]
    if not kept:
        raise InvalidClientMetadata("scope names nothing that a client can be registered with here")
    return " ".join(kept)


def _asks_for_more(before: Client, after: Client) -> bool:
    """Whether a client may ask for scopes that it could not ask for before; without a list it may ask for all."""
    if before.scope is None:
        return False
    return after.scope is None or not set(after.scope.split()) <= set(before.scope.split())


def _check_sent_back(op: Provider, client: Client, values: dict[str, Any]) -> None:
    """RFC 7592 §2.2: the request names its client, and brings back nothing that only the provider decides."""
    if values.pop("client_id", None) != client.client_id:
        raise InvalidClientMetadata("client_id must be there, and be that of the client in the address")
    for name in _NOT_SENT_BACK:
        if name in values:
            raise InvalidClientMetadata(f"{name} must not be sent back")
    secret = values.pop("client_secret", None)
    if secret is not None and not _is_secret_of(op, client, secret):
        raise InvalidClientMetadata("client_secret is not the present one, and nobody chooses another")


def _is_secret_of(op: Provider, client: Client, offered: Any) -> bool:
    if not isinstance(offered, str):
        return False
    kept = client.client_secret_hash
    if client.client_secret_sealed is not None:
        kept = next((secrets.digest(secret.decode()) for secret in client_secrets.opened(op, client)), None)
    return secrets.same(secrets.digest(offered), kept or _NOBODY)


def _reply(op: Provider, client: Client, token: str, *, secret: str | None = None, status: int = 200) -> Reply:
    body = metadata.information(client, secret=secret, to_administrator=False) | {
        "registration_client_uri": f"{op.issuer}{PATH}/{client.client_id}",
        "registration_access_token": token,
    }
    return Reply(body=body, status=status, headers=NO_STORE)
