"""Who the calling client is: exactly one method, the one the client is registered for (RFC 6749 §2.3)."""

from hibana_op.foundation.errors import InvalidClient, InvalidRequest
from hibana_op.foundation.secrets import same
from hibana_op.oauth.call import Call
from hibana_op.oauth.client_auth import METHODS
from hibana_op.oauth.shapes import ClientAuth, Credential
from hibana_op.provider import Provider
from hibana_op.records.clients import Client

# One sentence for an unknown client and for a wrong secret, so that neither can be told from the other.
FAILED = "client authentication failed: the client is unknown or its credentials are wrong"


async def authenticate(op: Provider, call: Call) -> Client:
    """The client that makes this call; InvalidClient when it cannot prove that."""
    method, credential = _offered(call)
    client = await op.remembered.client(credential.client_id)
    if not method.prove(op, client, credential) or client is None:
        raise InvalidClient(FAILED)
    if client.token_endpoint_auth_method != method.name:
        raise InvalidClient(
            f"this client is registered for {client.token_endpoint_auth_method}, but used {method.name}"
        )
    return client


def _offered(call: Call) -> tuple[ClientAuth, Credential]:
    offers = [(method, credential) for method in METHODS.values() if (credential := method.find(call))]
    if not offers:
        raise InvalidClient("no client authentication: send HTTP Basic, client_secret or at least client_id")
    method, credential = offers[0]
    for other, repeated in offers[1:]:
        if other.name != "none":
            raise InvalidRequest(f"two ways of client authentication are used at once: {method.name} and {other.name}")
        if not same(repeated.client_id, credential.client_id):
            raise InvalidRequest("client_id differs from the client that the request authenticates as")
    return method, credential
