"""What a logout request asks for: OpenID Connect RP-Initiated Logout 1.0."""

from dataclasses import dataclass

from hibana_op.foundation.errors import InvalidRequest, PageRefused
from hibana_op.foundation.events import SessionEnded
from hibana_op.foundation.origin import Origin
from hibana_op.oauth.authorization_checks import read_hint
from hibana_op.oauth.call import Form
from hibana_op.provider import Provider
from hibana_op.records import interactions, sessions, token_families
from hibana_op.records.clients import Client
from hibana_op.records.sessions import Session
from hibana_op.storage.database import Session as Db

PARAMETERS = frozenset({"id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales"})


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """A logout request, checked. `session_id` and `subject` come from a hint that we issued."""

    client: Client | None
    redirect_uri: str | None
    state: str | None
    subject: str | None
    session_id: str | None

    def is_proven_for(self, session: Session | None) -> bool:
        """Whether the hint is about this very session, so that nobody needs to be asked (§2)."""
        if session is None or self.subject is None:
            return False
        return session.user_id == self.subject and self.session_id in (None, session.id)


async def read(op: Provider, form: Form) -> LogoutRequest:
    """Check a logout request; a wrong one is answered by a page and redirects nowhere."""
    hint: dict[str, object] = {}
    if form.maybe("id_token_hint") is not None:
        try:
            hint = await read_hint(op, form.one("id_token_hint"))
        except InvalidRequest as refusal:
            raise PageRefused("request_invalid", detail=refusal.description) from None
    client = await _client(op, form, hint)
    redirect_uri = form.maybe("post_logout_redirect_uri")
    if redirect_uri is not None:
        _check_redirect(client, redirect_uri, has_hint=bool(hint))
    return LogoutRequest(
        client=client,
        redirect_uri=redirect_uri,
        state=form.maybe("state"),
        subject=str(hint["sub"]) if "sub" in hint else None,
        session_id=str(hint["sid"]) if "sid" in hint else None,
    )


async def _client(op: Provider, form: Form, hint: dict[str, object]) -> Client | None:
    client_id, audience = form.maybe("client_id"), hint.get("aud")
    if client_id is not None and audience is not None and client_id != audience:
        raise PageRefused("request_invalid", detail="client_id is not the audience of id_token_hint")
    known = client_id or (str(audience) if audience is not None else None)
    if known is None:
        return None
    client = await op.remembered.client(known)
    if client is None:
        raise PageRefused("unknown_client", detail="client_id names no client that is registered here")
    return client


def _check_redirect(client: Client | None, redirect_uri: str, *, has_hint: bool) -> None:
    if client is None or not has_hint:
        raise PageRefused("request_invalid", detail="post_logout_redirect_uri needs an id_token_hint")
    if redirect_uri not in client.post_logout_redirect_uris:
        raise PageRefused(
            "bad_redirect_uri", detail="post_logout_redirect_uri is not one of those registered for this client"
        )


async def end_session(op: Provider, session: Session, *, reason: str, origin: Origin) -> None:
    """End a session with what depends on it: its tokens without offline access, pending codes and interactions."""

    async def end(tx: Db) -> None:
        now = op.now()
        if await sessions.revoke(tx, session.id, now=now):
            await token_families.revoke_of_session(tx, session.id, now=now)
            await interactions.finish_of_session(tx, session.id, now=now)
            event = SessionEnded(user_id=session.user_id, target_id=session.id, reason=reason)
            await op.emit(tx, event, origin)

    await op.db.transact(end)
