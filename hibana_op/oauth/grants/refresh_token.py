"""The refresh_token grant: RFC 6749 §6, rotating, with reuse detection (RFC 9700 §4.14.2)."""

from hibana_op.foundation import secrets
from hibana_op.foundation.errors import InvalidGrant
from hibana_op.foundation.events import RefreshTokenReused
from hibana_op.foundation.explanation import Explanation
from hibana_op.oauth import family_tokens, targets
from hibana_op.oauth.call import Call, Form
from hibana_op.oauth.shapes import Approval, Grant, Redemption
from hibana_op.provider import Provider
from hibana_op.records import refresh_tokens, sessions, token_families
from hibana_op.records.clients import Client
from hibana_op.records.refresh_tokens import RefreshToken
from hibana_op.records.token_families import TokenFamily
from hibana_op.storage.database import Session

# A client whose registration allows a leeway may get this many successors of one token, all of one family.
MOST_SIBLINGS = 3
DEAD = "refresh_token is invalid, expired, revoked or already used"


async def begin(op: Provider, client: Client, form: Form, call: Call) -> Redemption:
    """Read the form; the token is looked up and spent in the transaction."""
    text = form.one("refresh_token")
    scopes = targets.split_scope(form.maybe("scope"))
    resource = await family_tokens.requested_resource(op, client, form)
    ceiling = await targets.read_ceiling(op, client)
    token_hash = secrets.digest(text)

    async def redeem(tx: Session) -> Approval:
        token = await refresh_tokens.find(tx, token_hash)
        family = await token_families.find_live(tx, token.family_id, now=op.now()) if token else None
        if token is None:
            raise _refused("refresh_token_unknown")
        if family is None:
            raise _refused("approval_ended")
        if family.client_id != client.client_id:
            raise _refused("refresh_token_of_another_client")
        # Everything that may be wrong with the request is checked before the token is spent.
        narrowed = family_tokens.narrowed_scopes(family, scopes)
        chosen = await family_tokens.chosen_resource(tx, family, resource, now=op.now())
        await _check_session(tx, op, family)
        family, person = await family_tokens.load(tx, op, family.id, call.origin)
        rotates = client.refresh_token_rotation or client.is_public
        spent = _spend(tx, op, client, token) if rotates else _extend(tx, op, client, token, family)
        if not await spent:
            await _refuse_reuse(tx, op, client, token, call)
        return Approval(
            client=client,
            scopes=ceiling.applied(narrowed, chosen),
            resource=chosen,
            family=family,
            person=person,
            refresh=rotates,
            refresh_token=None if rotates else text,
        )

    return redeem


async def _spend(tx: Session, op: Provider, client: Client, token: RefreshToken) -> bool:
    if await refresh_tokens.consume(tx, token.token_hash, now=op.now()):
        return True
    if client.refresh_token_leeway == 0:
        return False
    since = op.now() - client.refresh_token_leeway
    return await refresh_tokens.consume_again(tx, token.token_hash, since=since, siblings=MOST_SIBLINGS)


async def _extend(tx: Session, op: Provider, client: Client, token: RefreshToken, family: TokenFamily) -> bool:
    idle_until = op.now() + client.refresh_token_idle_lifetime
    return await refresh_tokens.extend(
        tx, token.token_hash, expires_at=min(idle_until, family.expires_at), now=op.now()
    )


async def _check_session(tx: Session, op: Provider, family: TokenFamily) -> None:
    """Without offline access, a refresh token lasts no longer than the session it came from."""
    if family.offline:
        return
    if family.session_id is None or not await sessions.is_unended(tx, family.session_id, now=op.now()):
        because = Explanation("refresh_session_ended", ("offline_access",), " ".join(family.scopes))
        description = "the session this refresh token belongs to has ended; ask for offline_access to outlive it"
        raise InvalidGrant(description, because=because)


async def _refuse_reuse(tx: Session, op: Provider, client: Client, token: RefreshToken, call: Call) -> None:
    """A token that is already spent ends its whole family; an expired one is only refused."""
    if token.used_at is None and token.expires_at <= op.now():
        raise _refused("refresh_token_expired")
    await token_families.revoke(tx, token.family_id, now=op.now())
    await op.emit(tx, RefreshTokenReused(client_id=client.client_id, target_id=token.family_id), call.origin)
    raise _refused("refresh_token_reused")


def _refused(rule: str) -> InvalidGrant:
    """One answer for all that is wrong with a refresh token; which it is, only the deployment learns."""
    return InvalidGrant(DEAD, because=Explanation(rule, parameter="refresh_token"))


GRANT = Grant("refresh_token", frozenset({"refresh_token", "scope", "resource"}), begin)
