"""Who the calling client is: exactly one method, the one the client is registered for (RFC 6749 §2.3)."""

from hibana_op.foundation.errors import InvalidClient, InvalidRequest
from hibana_op.foundation.explanation import Explanation
from hibana_op.foundation.secrets import same
from hibana_op.oauth.call import Call
from hibana_op.oauth.client_auth import METHODS
from hibana_op.oauth.shapes import BadCredential, ClientAuth, Credential
from hibana_op.provider import Provider
from hibana_op.records.clients import Client

# One sentence for an unknown client and for a wrong secret, so that neither can be told from the other.
FAILED = "client authentication failed: the client is unknown or its credentials are wrong"


async def authenticate(op: Provider, call: Call) -> Client:
    """The client that makes this call; InvalidClient when it cannot prove that."""
    method, credential = _offered(call)
    client = await op.remembered.client(credential.client_id)
    try:
        proven = await method.prove(op, client, credential)
    except BadCredential as bad:
        raise InvalidClient(FAILED, detail=str(bad), because=_why(client, method)) from None
    if proven.token_endpoint_auth_method != method.name:
        raise InvalidClient(
            f"this client is registered for {proven.token_endpoint_auth_method}, but used {method.name}",
            because=_why(proven, method),
        )
    return proven


def _why(client: Client | None, method: ClientAuth) -> Explanation:
    """What the deployment learns: the answer is the same for all of it."""
    if client is None:
        return Explanation("unknown_client", parameter="client_id")
    if client.token_endpoint_auth_method != method.name:
        return Explanation("client_authentication_method", (client.token_endpoint_auth_method,), method.name)
    return Explanation("client_assertion_wrong" if method.name.endswith("_jwt") else "client_secret_wrong")


def _offered(call: Call) -> tuple[ClientAuth, Credential]:
    offers = [(method, credential) for method in METHODS.values() if (credential := method.find(call))]
    if not offers:
        raise InvalidClient(
            "no client authentication: send HTTP Basic, client_secret, client_assertion or at least client_id",
            because=Explanation("client_authentication_missing", tuple(METHODS)),
        )
    method, credential = offers[0]
    for other, repeated in offers[1:]:
        if other.name != "none":
            because = Explanation("client_authentication_doubled", sent=f"{method.name} {other.name}")
            raise InvalidRequest(
                f"two ways of client authentication are used at once: {method.name} and {other.name}", because=because
            )
        if not same(repeated.client_id, credential.client_id):
            because = Explanation("client_id_differs", parameter="client_id")
            raise InvalidRequest("client_id differs from the client that the request authenticates as", because=because)
    return method, credential
