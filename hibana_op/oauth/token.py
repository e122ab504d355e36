"""The token endpoint's phases: RFC 6749 §3.2, OpenID Connect Core §3.1.3."""

from hibana_op.foundation.errors import InvalidRequest, OAuthError, UnauthorizedClient, UnsupportedGrantType
from hibana_op.foundation.events import TokenRefused
from hibana_op.foundation.explanation import Explanation
from hibana_op.oauth import issue
from hibana_op.oauth.authentication import authenticate
from hibana_op.oauth.call import NO_STORE, Call, Reply
from hibana_op.oauth.grants import GRANTS
from hibana_op.oauth.issue import Prepared
from hibana_op.oauth.shapes import Grant
from hibana_op.provider import Provider
from hibana_op.records.clients import Client
from hibana_op.storage.database import Session


async def token(op: Provider, call: Call) -> Reply:
    """Exchange a grant for tokens."""
    client = await authenticate(op, call)
    name = call.form.maybe("grant_type")
    if name is None:
        because = Explanation("parameter_missing", tuple(GRANTS), parameter="grant_type")
        raise InvalidRequest("grant_type is missing", because=because)
    grant = GRANTS.get(name)
    if grant is None:
        because = Explanation("grant_type_unknown", tuple(GRANTS), name, "grant_type")
        raise UnsupportedGrantType(f"grant_type must be one of {', '.join(GRANTS)}", because=because)
    try:
        return await _exchange(op, call, client, grant)
    except OAuthError as refusal:
        await _note_refusal(op, call, client, grant, refusal)
        raise


async def _exchange(op: Provider, call: Call, client: Client, grant: Grant) -> Reply:
    if grant.name not in client.grant_types:
        because = Explanation("grant_type_unregistered", client.grant_types, grant.name, "grant_type")
        raise UnauthorizedClient(f"this client is not registered for the grant_type {grant.name}", because=because)
    redeem = await grant.begin(op, client, call.form.only(grant.reads), call)
    mappings = await op.remembered.mappings()

    async def spend_and_record(tx: Session) -> Prepared:
        approval = await redeem(tx)
        return await issue.record(tx, op, approval, grant=grant.name, mappings=mappings, origin=call.origin)

    prepared = await op.db.transact(spend_and_record)
    return Reply(body=await issue.sign(op, prepared, mappings=mappings), headers=NO_STORE)


async def _note_refusal(op: Provider, call: Call, client: Client, grant: Grant, refusal: OAuthError) -> None:
    event = TokenRefused(client_id=client.client_id, grant=grant.name, error=refusal.code, reason=refusal.description)
    await op.db.transact(lambda tx: op.emit(tx, event, call.origin))
