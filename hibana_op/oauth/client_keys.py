"""The keys of a client: those it registered as `jwks`, or those that its `jwks_uri` shows (RFC 7591 §2)."""

from collections.abc import Callable

from hibana_op.foundation import jose
from hibana_op.foundation.jose import Header, KeySet
from hibana_op.foundation.outbound import OutboundRefused
from hibana_op.provider import Provider
from hibana_op.records.clients import Client


class NoKeys(Exception):
    """The client has no keys, or they cannot be had now; the reason is for the log."""


async def verifying(op: Provider, client: Client, header: Header) -> KeySet:
    """The keys that a token of the client may be signed with; asked for anew when the one it names is missing."""
    return await find(op, client, lambda keys: bool(keys.verifying(header.alg, header.kid)))


async def find(op: Provider, client: Client, fits: Callable[[KeySet], bool]) -> KeySet:
    """The client's keys; a client that changes them at its `jwks_uri` is understood at once if the old do not fit."""
    if client.jwks_uri is not None:
        try:
            return await op.key_sets.get(client.jwks_uri, fits=fits)
        except OutboundRefused as refused:
            raise NoKeys(f"jwks_uri: {refused}") from None
    return await op.remembered.made(f"keys of {client.client_id}", lambda: _registered(op, client))


async def _registered(op: Provider, known: Client) -> KeySet:
    # Who asks may know the client as it was a moment ago; what is kept from now on is of the client as it is.
    client = await op.remembered.client(known.client_id) or known
    if client.jwks is None:
        raise NoKeys("the client has registered no keys")
    try:
        return jose.read_key_set(client.jwks)
    except jose.BadKeySet as bad:
        raise NoKeys(f"jwks: {bad}") from None
