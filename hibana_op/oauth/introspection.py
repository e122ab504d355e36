"""Token introspection: RFC 7662. Only a token's own client and the resource it is for may look."""

from typing import Any

from hibana_op.foundation import secrets
from hibana_op.foundation.errors import InvalidClient
from hibana_op.foundation.explanation import Explanation
from hibana_op.oauth import access_token, acting, subjects
from hibana_op.oauth.access_token import LiveToken
from hibana_op.oauth.authentication import authenticate
from hibana_op.oauth.call import NO_STORE, Call, Reply
from hibana_op.oauth.claims import load_person
from hibana_op.oauth.shapes import Person
from hibana_op.provider import Provider
from hibana_op.records import refresh_tokens, sessions, token_families
from hibana_op.records.clients import Client
from hibana_op.storage.database import Session

# The same for an unknown, expired, revoked and somebody else's token (§2.2).
INACTIVE: dict[str, Any] = {"active": False}


async def introspect(op: Provider, call: Call) -> Reply:
    """Whether a token counts, and what it says."""
    client = await authenticate(op, call)
    if client.is_public:
        because = Explanation("introspection_by_public_client")
        raise InvalidClient("introspection is for clients that authenticate with a secret", because=because)
    text = call.form.one("token")
    live = await access_token.read(op, text)
    if live is not None:
        return _reply(_described(live) if await _may_see(op, client, live) else INACTIVE)
    return _reply(await op.db.glance(lambda tx: _refresh_token(tx, op, client, text)))


def _reply(body: dict[str, Any]) -> Reply:
    return Reply(body=body, headers=NO_STORE)


async def _may_see(op: Provider, client: Client, live: LiveToken) -> bool:
    if live.claims.get("client_id") == client.client_id:
        return True
    audience = str(live.claims.get("aud"))
    resource = await op.remembered.resource(audience)
    return resource is not None and resource.client_id == client.client_id


def _described(live: LiveToken) -> dict[str, Any]:
    body = {"active": True, "token_type": "Bearer", **live.claims}
    if live.person is not None and live.claims.get("sub") == live.person.user.id:
        body["username"] = _username(live.person)
    return body


def _username(person: Person) -> str:
    """What people sign in with; never told beside a pairwise subject, which it would give away."""
    return person.user.preferred_username or person.user.email


async def _refresh_token(tx: Session, op: Provider, client: Client, text: str) -> dict[str, Any]:
    now = op.now()
    token = await refresh_tokens.find(tx, secrets.digest(text))
    if token is None or token.used_at is not None or token.expires_at <= now:
        return INACTIVE
    family = await token_families.find_live(tx, token.family_id, now=now)
    if family is None or family.client_id != client.client_id:
        return INACTIVE
    ended = family.session_id is None or not await sessions.is_unended(tx, family.session_id, now=now)
    if ended and not family.offline:
        return INACTIVE
    sub = subjects.subject(op, client, family.user_id)
    body = {
        "active": True,
        "iss": op.issuer,
        "sub": sub,
        "client_id": family.client_id,
        "scope": " ".join(family.scopes),
        "iat": token.created_at,
        "exp": token.expires_at,
        **acting.claims(op, client, family),
    }
    person = await load_person(tx, family.user_id, now=now, membership_id=family.membership_id)
    if person is not None and sub == person.user.id:
        body["username"] = _username(person)
    return body
