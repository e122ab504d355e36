"""client_secret_basic and client_secret_post: RFC 6749 §2.3.1."""

import base64
import binascii
from urllib.parse import unquote_plus

from hibana_op.foundation.errors import InvalidClient
from hibana_op.foundation.explanation import Explanation
from hibana_op.foundation.secrets import digest, same, token
from hibana_op.oauth import client_secrets
from hibana_op.oauth.call import Call
from hibana_op.oauth.shapes import BadCredential, ClientAuth, Credential
from hibana_op.provider import Provider
from hibana_op.records.clients import Client

LONGEST_HEADER = 4096
_MALFORMED = Explanation("authorization_header_malformed", parameter="Authorization")
# Compared against when there is no such client, so that the answer takes as long.
_NOBODY = digest(token())


def _find_basic(call: Call) -> Credential | None:
    header = call.headers.get("authorization")
    if header is None:
        return None
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient("the Authorization header must use the Basic scheme here", because=_MALFORMED)
    if len(encoded) > LONGEST_HEADER:
        raise InvalidClient("the Authorization header is too long", because=_MALFORMED)
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise InvalidClient("the Authorization header does not hold base64 of UTF-8 text", because=_MALFORMED) from None
    client_id, colon, secret = text.partition(":")
    if not colon:
        raise InvalidClient("the Authorization header must hold client_id:client_secret", because=_MALFORMED)
    # Both halves are form-encoded inside the base64 (RFC 6749 §2.3.1).
    credential = Credential(unquote_plus(client_id), unquote_plus(secret))
    if "\0" in credential.client_id:
        raise InvalidClient("the client_id in the Authorization header holds a NUL", because=_MALFORMED)
    return credential


def _find_post(call: Call) -> Credential | None:
    secret = call.form.maybe("client_secret")
    return None if secret is None else Credential(call.form.one("client_id"), secret)


async def _prove(op: Provider, client: Client | None, credential: Credential) -> Client:
    offered = digest(credential.proof or "")
    current = same(offered, (client.client_secret_hash if client else None) or _NOBODY)
    kept = client.previous_secret_hash if client and client_secrets.is_in_overlap(op, client) else None
    previous = same(offered, kept or _NOBODY)
    if client is None or not (current or previous):
        raise BadCredential("the secret is not this client's")
    return client


BASIC = ClientAuth("client_secret_basic", _find_basic, _prove)
POST = ClientAuth("client_secret_post", _find_post, _prove)
