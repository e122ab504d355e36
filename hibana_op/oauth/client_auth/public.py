"""none: a public client only names itself (RFC 6749 §2.1); PKCE and rotation protect what it gets."""

from hibana_op.oauth.call import Call
from hibana_op.oauth.shapes import BadCredential, ClientAuth, Credential
from hibana_op.provider import Provider
from hibana_op.records.clients import Client


def _find(call: Call) -> Credential | None:
    client_id = call.form.maybe("client_id")
    return None if client_id is None else Credential(client_id, None)


async def _prove(op: Provider, client: Client | None, credential: Credential) -> Client:
    if client is None or not client.is_public:
        raise BadCredential("only a public client need not prove anything")
    return client


NONE = ClientAuth("none", _find, _prove)
