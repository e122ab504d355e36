"""The keys of a client: public ones, and the right ones for what it wants (RFC 7591 §2, OpenID Connect Core §10)."""

from typing import Any

from hibana_op.foundation import jose
from hibana_op.foundation.errors import InvalidClientMetadata
from hibana_op.foundation.jose import KeySet
from hibana_op.oauth.metadata.readers import refuse
from hibana_op.records.clients import Client

_ENCRYPTED = ("id_token_encrypted_response_alg", "userinfo_encrypted_response_alg")


def key_set(name: str, value: Any) -> dict[str, Any]:
    """A set of public keys, as it is kept."""
    if not isinstance(value, dict):
        raise refuse(name, "must be an object with an array of keys")
    try:
        jose.read_key_set(value)
    except jose.BadKeySet as bad:
        raise refuse(name, f"cannot be taken: {bad}") from None
    return {"keys": value["keys"]}


def check_keys(client: Client) -> None:
    """InvalidClientMetadata unless there are keys for what the client signs and has encrypted for it.

    What a `jwks_uri` shows may change at any time, so it is not looked at now.
    """
    if client.jwks is not None and client.jwks_uri is not None:
        raise InvalidClientMetadata("jwks and jwks_uri exclude each other")
    keys = None if client.jwks is None else jose.read_key_set(client.jwks)
    if client.token_endpoint_auth_method == "private_key_jwt":  # noqa: S105 - the name of a method
        registered = client.token_endpoint_auth_signing_alg
        algorithms = jose.SIGNING_ALGORITHMS if registered is None else (registered,)
        _check(client, keys, "token_endpoint_auth_method private_key_jwt", verifying=algorithms)
    if client.request_object_signing_alg in jose.SIGNING_ALGORITHMS:
        algorithms = (client.request_object_signing_alg,)
        _check(client, keys, f"request_object_signing_alg {algorithms[0]}", verifying=algorithms)
    for member in _ENCRYPTED:
        algorithm = getattr(client, member)
        if algorithm is not None:
            _check(client, keys, f"{member} {algorithm}", encrypting=algorithm)


def _check(
    client: Client, keys: KeySet | None, wish: str, *, verifying: tuple[str, ...] = (), encrypting: str = ""
) -> None:
    if keys is None:
        if client.jwks_uri is None:
            raise InvalidClientMetadata(f"{wish} needs jwks or jwks_uri")
    elif not any(keys.verifying(algorithm, None) for algorithm in verifying) and not keys.encrypting(encrypting):
        raise InvalidClientMetadata(f"{wish} needs a key in jwks that can be used for it")
