"""The client_credentials grant: RFC 6749 §4.4."""

from hibana_op.foundation.errors import UnauthorizedClient
from hibana_op.foundation.explanation import Explanation
from hibana_op.oauth import family_tokens, targets
from hibana_op.oauth.call import Call, Form
from hibana_op.oauth.shapes import Approval, Grant, Redemption
from hibana_op.provider import Provider
from hibana_op.records.clients import Client
from hibana_op.storage.database import Session


async def begin(op: Provider, client: Client, form: Form, call: Call) -> Redemption:
    """Find what the client may have in its own name; there is nothing to spend."""
    if client.is_public:
        raise UnauthorizedClient(
            "a public client cannot act on its own behalf (RFC 6749 §4.4)", because=Explanation("client_is_public")
        )
    target = await targets.for_client(op, client, scope=form.maybe("scope"), resources=form.every("resource"))
    approval = Approval(client=client, scopes=target.scopes, resource=target.resources[0] if target.resources else None)

    async def redeem(tx: Session) -> Approval:
        if client.tenant_id is not None:
            await family_tokens.check_address(tx, client.tenant_id, None, call.origin)
        return approval

    return redeem


GRANT = Grant("client_credentials", frozenset({"scope", "resource"}), begin)
