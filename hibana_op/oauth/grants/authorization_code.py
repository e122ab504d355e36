"""The authorization_code grant: RFC 6749 §4.1.3, with PKCE (RFC 7636 §4.6) and resource indicators (RFC 8707)."""

from hibana_op.foundation import secrets
from hibana_op.foundation.errors import InvalidGrant, OAuthError
from hibana_op.foundation.events import CodeReplayed
from hibana_op.foundation.explanation import Explanation
from hibana_op.oauth import family_tokens, pkce, targets
from hibana_op.oauth.call import Call, Form
from hibana_op.oauth.shapes import Approval, Grant, Redemption
from hibana_op.provider import Provider
from hibana_op.records import authorization_codes, token_families
from hibana_op.records.authorization_codes import AuthorizationCode
from hibana_op.records.clients import Client
from hibana_op.storage.database import Session

# A client may slip (a wrong verifier, say) without losing its code; a guesser may not go on.
MOST_FAILURES = 10
SPENT = "code is invalid, expired or already used"


async def begin(op: Provider, client: Client, form: Form, call: Call) -> Redemption:
    """Read the form; the code is looked up and spent in the transaction."""
    text = form.one("code")
    redirect_uri = form.one("redirect_uri")
    verifier = form.maybe("code_verifier")
    resource = await family_tokens.requested_resource(op, client, form)
    ceiling = await targets.read_ceiling(op, client)
    code_hash = secrets.digest(text)

    async def redeem(tx: Session) -> Approval:
        code = await authorization_codes.find(tx, code_hash)
        if code is None:
            raise _refused("code_unknown")
        if code.client_id != client.client_id:  # whoever it was issued to loses nothing by that
            because = Explanation("code_of_another_client", (code.client_id,), client.client_id, "code")
            raise InvalidGrant(SPENT, because=because)
        if code.used_at is not None:
            await _revoke_replayed(tx, op, client, code, call)
            raise _refused("code_spent")
        try:
            _check_binding(code, redirect_uri, verifier)
        except OAuthError:
            await authorization_codes.count_failure(tx, code_hash, limit=MOST_FAILURES, now=op.now())
            raise
        family, person = await family_tokens.load(tx, op, code.family_id, call.origin)
        chosen = await family_tokens.chosen_resource(tx, family, resource, now=op.now())
        if not await authorization_codes.consume(tx, code_hash, now=op.now()):
            if code.expires_at <= op.now():
                raise _refused("code_expired")
            # It was unspent a moment ago: a redemption at the same time was faster.
            await _revoke_replayed(tx, op, client, code, call)
            raise _refused("code_spent")
        return Approval(
            client=client,
            scopes=ceiling.applied(family.scopes, chosen),
            resource=chosen,
            family=family,
            person=person,
            nonce=code.nonce,
            code=text,
            refresh="refresh_token" in client.grant_types,
        )

    return redeem


def _refused(rule: str) -> InvalidGrant:
    """One answer for all that is wrong with a code; which it is, only the deployment learns."""
    return InvalidGrant(SPENT, because=Explanation(rule, parameter="code"))


def _check_binding(code: AuthorizationCode, redirect_uri: str, verifier: str | None) -> None:
    if code.redirect_uri != redirect_uri:
        because = Explanation("code_redirect_uri_differs", (code.redirect_uri,), redirect_uri, "redirect_uri")
        raise InvalidGrant("redirect_uri is not the one of the authorization request", because=because)
    pkce.verify(code.code_challenge, verifier)


async def _revoke_replayed(tx: Session, op: Provider, client: Client, code: AuthorizationCode, call: Call) -> None:
    """A spent code came back from its own client: end what was issued from it (RFC 6749 §4.1.2)."""
    if await token_families.revoke(tx, code.family_id, now=op.now()):
        event = CodeReplayed(client_id=client.client_id, target_id=code.family_id)
        await op.emit(tx, event, call.origin)


GRANT = Grant("authorization_code", frozenset({"code", "redirect_uri", "code_verifier", "resource"}), begin)
