"""Signing out: OpenID Connect RP-Initiated Logout 1.0, with a question whenever the wish is not proven."""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.responses import Response

from hibana_op.foundation.errors import PageRefused
from hibana_op.oauth import logout as requests
from hibana_op.oauth.logout import LogoutRequest
from hibana_op.pages import accounts, apps
from hibana_op.records.sessions import Session
from hibana_op.records.users import User
from hibana_op.web import looks
from hibana_op.web.browser import host_of, origin_of
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit

# How long browsers without scripts show the page between; they load its frames before they begin to count.
PAUSE = 2


async def logout(visit: Visit) -> Response:
    """Ends the session that is asked about, or asks."""
    request = await requests.read(visit.site.op, visit.form)
    visit.look = await looks.of_tenant(visit.site.op, request.client.tenant_id if request.client else None)
    decision = visit.form.maybe("decision") if visit.method == "POST" else None
    if decision is None and visit.method == "POST" and visit.is_new_browser:
        # An app's form comes without our cookies (SameSite): ask the browser to come by itself, with them.
        return see_other(_address(visit))
    live = [session for session, _ in visit.sessions]
    if not live:
        return await _end(visit, request, None)
    if decision is None:
        session = requests.proven(visit.site.op, request, live)
        return await _end(visit, request, session) if session else await _confirm(visit, request)
    visit.require_own_form()
    if decision == "logout":
        return await _end(visit, request, (await _meant(visit))[0])
    if decision == "stay":
        return see_other(visit.site.url("/"))
    raise PageRefused("request_invalid", detail="decision must be logout or stay")


def _kept(visit: Visit) -> dict[str, str]:
    return {name: visit.form.one(name) for name in sorted(requests.PARAMETERS) if visit.form.maybe(name)}


def _address(visit: Visit) -> str:
    kept = _kept(visit)
    return f"{visit.site.url('/logout')}?{urlencode(kept)}" if kept else visit.site.url("/logout")


async def _meant(visit: Visit) -> tuple[Session | None, User | None]:
    """The session to end and its person: whom `logout_hint` names, else the one in use."""
    people = await accounts.people_of(visit)
    live = [(session, people.get(session.user_id)) for session, _ in visit.sessions]
    hint = (visit.form.maybe("logout_hint") or "").strip().casefold()
    named = [each for each in live if hint and hint in _names(*each)]
    return next(iter(named or live), (None, None))


def _names(session: Session, user: User | None) -> set[str]:
    """What an app may know a signed-in person by."""
    names = {user.id, user.email.casefold(), (user.preferred_username or "").casefold()} if user else set[str]()
    return names | {session.id}


async def _confirm(visit: Visit, request: LogoutRequest) -> Response:
    _, user = await _meant(visit)
    return visit.page(
        "logout.html",
        current_url=_address(visit),
        form_action=[origin_of(request.redirect_uri)] if request.redirect_uri else [],
        account={"name": user.name, "email": user.email} if user else None,
        app=apps.shown(request.client, visit.language) if request.client else None,
        csrf=visit.csrf,
        request=_kept(visit),
    )


async def _end(visit: Visit, request: LogoutRequest, session: Session | None) -> Response:
    """Sign out one account; another one in this browser stays signed in."""
    frames: list[str] = []
    if session is not None:
        op = visit.site.op
        took_part = await requests.end_session(op, session, reason="logout", origin=visit.origin)
        visit.drop(session.id)
        frames = requests.frames(op, session, took_part)
    if frames:
        return _everywhere(visit, request, frames)
    if request.destination is not None:
        return see_other(request.destination)
    return visit.page("logged_out.html", current_url=visit.site.url("/logout"), app=_app(visit, request))


def _everywhere(visit: Visit, request: LogoutRequest, frames: Sequence[str]) -> Response:
    """The page that loads each app's own end (Front-Channel Logout 1.0 §2), and then leads on by itself."""
    response = visit.page(
        "logged_out_everywhere.html",
        frames=[origin_of(uri) for uri in frames],
        app=_app(visit, request),
        logout_uris=frames,
        destination=request.destination,
        host=host_of(request.destination) if request.destination else None,
    )
    if request.destination is not None:
        response.headers["Refresh"] = f"{PAUSE}; url={request.destination}"
    return response


def _app(visit: Visit, request: LogoutRequest) -> dict[str, str | None] | None:
    if request.client is None:
        return None
    app = apps.shown(request.client, visit.language)
    return {"name": app.name, "uri": app.client_uri}
