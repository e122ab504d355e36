"""What a logout request asks for, and what ends with a session: OpenID Connect RP-Initiated Logout 1.0."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from hibana_op.foundation.errors import InvalidRequest, PageRefused
from hibana_op.foundation.events import SessionEnded
from hibana_op.foundation.explanation import Explanation
from hibana_op.foundation.origin import Origin
from hibana_op.oauth import subjects
from hibana_op.oauth.authorization_checks import read_hint
from hibana_op.oauth.call import Form
from hibana_op.provider import Provider
from hibana_op.records import interactions, session_clients, sessions, token_families
from hibana_op.records.clients import Client
from hibana_op.records.sessions import Session
from hibana_op.storage.database import Session as Db

PARAMETERS = frozenset({"id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales"})


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """A logout request, checked. `hint` is what an ID token of ours says, which the client sent along."""

    client: Client | None
    redirect_uri: str | None
    state: str | None
    hint: Mapping[str, object]

    @property
    def destination(self) -> str | None:
        """Where the browser goes afterwards: the registered address as it is, with the state as it came (§3)."""
        if self.redirect_uri is None or self.state is None:
            return self.redirect_uri
        return with_query(self.redirect_uri, state=self.state)


def with_query(uri: str, **parameters: str) -> str:
    """An address with more parameters; its own query stays. A space is %20, which every reader understands."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(parameters, quote_via=quote, safe='')}"


async def read(op: Provider, form: Form) -> LogoutRequest:
    """Check a logout request; a wrong one is answered by a page and redirects nowhere."""
    hint: dict[str, object] = {}
    if form.maybe("id_token_hint") is not None:
        try:
            hint = await read_hint(op, form.one("id_token_hint"))
        except InvalidRequest as refusal:
            raise PageRefused("request_invalid", detail=refusal.description, because=refusal.because) from None
    client = await _client(op, form, hint)
    redirect_uri = form.maybe("post_logout_redirect_uri")
    if redirect_uri is not None:
        _check_redirect(client, redirect_uri, has_hint=bool(hint))
    return LogoutRequest(client=client, redirect_uri=redirect_uri, state=form.maybe("state"), hint=hint)


async def _client(op: Provider, form: Form, hint: dict[str, object]) -> Client | None:
    client_id, audience = form.maybe("client_id"), hint.get("aud")
    if client_id is not None and audience is not None and client_id != audience:
        because = Explanation("logout_client_differs", (str(audience),), client_id, "client_id")
        detail = "client_id is not the audience of id_token_hint"
        raise PageRefused("request_invalid", detail=detail, because=because)
    known = client_id or (str(audience) if audience is not None else None)
    if known is None:
        return None
    client = await op.remembered.client(known)
    if client is None:
        raise PageRefused("unknown_client", detail="client_id names no client that is registered here")
    return client


def _check_redirect(client: Client | None, redirect_uri: str, *, has_hint: bool) -> None:
    if client is None or not has_hint:
        because = Explanation("logout_hint_missing", parameter="id_token_hint")
        detail = "post_logout_redirect_uri needs an id_token_hint"
        raise PageRefused("request_invalid", detail=detail, because=because)
    registered = client.post_logout_redirect_uris
    if redirect_uri not in registered:
        because = Explanation("logout_redirect_unregistered", registered, redirect_uri, "post_logout_redirect_uri")
        detail = "post_logout_redirect_uri is not one of those registered for this client"
        raise PageRefused("bad_redirect_uri", detail=detail, because=because)


def proven(op: Provider, request: LogoutRequest, live: Iterable[Session]) -> Session | None:
    """The one of a browser's sessions that the hint is about, so that nobody needs to be asked (§2)."""
    if request.client is None:
        return None
    client = request.client
    return next((each for each in live if subjects.is_about_session(op, client, request.hint, each)), None)


async def end_session(op: Provider, session: Session, *, reason: str, origin: Origin) -> list[Client]:
    """End a session with what depends on it: its tokens without offline access, pending codes and interactions.

    The apps that took part are told behind the scenes; these are given back to be told by the browser too.
    """

    async def end(tx: Db) -> list[Client]:
        now = op.now()
        if not await sessions.revoke(tx, session.id, now=now):
            return []
        await token_families.revoke_of_session(tx, session.id, now=now)
        await interactions.finish_of_session(tx, session.id, now=now)
        took_part = await session_clients.of_session(tx, session.id)
        event = SessionEnded(user_id=session.user_id, target_id=session.id, reason=reason)
        await op.emit(tx, event, origin)
        return took_part

    took_part = await op.db.transact(end)
    op.logout_bell.ring()
    return took_part


def frames(op: Provider, session: Session, clients: Iterable[Client]) -> list[str]:
    """The addresses that a browser loads so that each app ends its own session (Front-Channel Logout 1.0 §2)."""
    found = []
    for client in clients:
        uri = client.frontchannel_logout_uri
        if uri is not None and client.frontchannel_logout_session_required:
            uri = with_query(uri, iss=op.issuer, sid=subjects.sid(op, client, session.id))
        if uri is not None:
            found.append(uri)
    return list(dict.fromkeys(found))
