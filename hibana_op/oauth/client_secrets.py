"""The secrets of clients: kept as a hash, or sealed where a signature is made with the secret itself."""

import logging
from dataclasses import dataclass

from hibana_op.foundation import secrets
from hibana_op.foundation.vault import Unsealable
from hibana_op.provider import Provider
from hibana_op.records.clients import Client, sealed_name

HASHED = ("client_secret_basic", "client_secret_post")
SEALED = ("client_secret_jwt",)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret that was just made, and the one form in which it is kept."""

    text: str
    hashed: str | None
    sealed: str | None


def kind(client: Client) -> str | None:
    """How the client's secret is kept, None when its method needs no secret."""
    if client.token_endpoint_auth_method in HASHED:
        return "hashed"
    return "sealed" if client.token_endpoint_auth_method in SEALED else None


def make(op: Provider, client: Client) -> NewSecret | None:
    """A secret of the kind that the client's method needs; None when it needs none."""
    match kind(client):
        case "hashed":
            text = secrets.token()
            return NewSecret(text, secrets.digest(text), None)
        case "sealed":
            text = secrets.token() + secrets.token()  # HS512 wants a key of 64 octets or more (RFC 7518 §3.2)
            return NewSecret(text, None, op.vault.seal(text.encode(), sealed_name(client.client_id)))
    return None


def opened(op: Provider, client: Client) -> list[bytes]:
    """The sealed secrets that count now, the present one first."""
    previous = client.previous_secret_sealed if is_in_overlap(op, client) else None
    found = []
    for sealed in (client.client_secret_sealed, previous):
        if sealed is None:
            continue
        try:
            found.append(op.vault.open(sealed, sealed_name(client.client_id)))
        except Unsealable:
            # The master key was changed under a server that runs.
            _log.warning("a client's secret rests under another master key; start this server anew with it")
    return found


def is_in_overlap(op: Provider, client: Client) -> bool:
    """Whether the secret before a rotation still counts."""
    return client.previous_secret_expires_at is not None and client.previous_secret_expires_at > op.now()
