"""none: a public client only names itself (RFC 6749 §2.1); PKCE and rotation protect what it gets."""

from hibana_op.oauth.call import Call
from hibana_op.oauth.shapes import ClientAuth, Credential
from hibana_op.provider import Provider
from hibana_op.records.clients import Client


def _find(call: Call) -> Credential | None:
    client_id = call.form.maybe("client_id")
    return None if client_id is None else Credential(client_id, None)


def _prove(op: Provider, client: Client | None, credential: Credential) -> bool:
    return client is not None and client.is_public


NONE = ClientAuth("none", _find, _prove)
