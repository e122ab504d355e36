"""Token revocation: RFC 7009. A client gives up its own tokens; everybody else's stay as they are."""

from hibana_op.foundation import secrets
from hibana_op.foundation.events import TokenRevoked
from hibana_op.foundation.origin import Origin
from hibana_op.oauth import access_token
from hibana_op.oauth.access_token import LiveToken
from hibana_op.oauth.authentication import authenticate
from hibana_op.oauth.call import NO_STORE, Call, Reply
from hibana_op.provider import Provider
from hibana_op.records import access_tokens, refresh_tokens, token_families
from hibana_op.records.clients import Client
from hibana_op.storage.database import Session


async def revoke(op: Provider, call: Call) -> Reply:
    """End a token; the answer is 200 also for one that is not known or not the caller's (§2.2)."""
    client = await authenticate(op, call)
    text = call.form.one("token")
    live = await access_token.read(op, text)
    if live is None:
        await op.db.transact(lambda tx: _revoke_refresh(tx, op, client, text, call.origin))
    elif live.claims.get("client_id") == client.client_id:
        await op.db.transact(lambda tx: _revoke_access(tx, op, live, text, call.origin))
    return Reply(headers=NO_STORE)


async def _revoke_access(tx: Session, op: Provider, live: LiveToken, text: str, origin: Origin) -> None:
    now = op.now()
    if live.is_opaque:
        await access_tokens.revoke_opaque(tx, secrets.digest(text), now=now)
    else:
        await access_tokens.revoke_jti(tx, live.claims["jti"], expires_at=live.claims["exp"], now=now)
    family_id = live.family.id if live.family else None
    await op.emit(
        tx, TokenRevoked(client_id=live.claims["client_id"], target_id=family_id, kind="access_token"), origin
    )


async def _revoke_refresh(tx: Session, op: Provider, client: Client, text: str, origin: Origin) -> None:
    """A refresh token takes its whole family along (§2.1), access tokens included."""
    token = await refresh_tokens.find(tx, secrets.digest(text))
    family = await token_families.find_live(tx, token.family_id, now=op.now()) if token else None
    if family is None or family.client_id != client.client_id:
        return
    await token_families.revoke(tx, family.id, now=op.now())
    await op.emit(tx, TokenRevoked(client_id=client.client_id, target_id=family.id, kind="refresh_token"), origin)
