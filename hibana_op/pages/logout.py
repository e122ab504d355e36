"""Signing out: OpenID Connect RP-Initiated Logout 1.0, with a question whenever the wish is not proven."""

from urllib.parse import urlencode

from starlette.responses import Response

from hibana_op.foundation.errors import PageRefused
from hibana_op.oauth import logout as requests
from hibana_op.oauth.logout import LogoutRequest
from hibana_op.pages import apps
from hibana_op.records import users
from hibana_op.web.browser import origin_of
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit


async def logout(visit: Visit) -> Response:
    """Ends the session that is asked about, or asks."""
    request = await requests.read(visit.site.op, visit.form)
    decision = visit.form.maybe("decision") if visit.method == "POST" else None
    if decision is None:
        if visit.session is None or request.is_proven_for(visit.session):
            return await _end(visit, request)
        return await _confirm(visit, request)
    visit.require_own_form()
    if decision == "logout":
        return await _end(visit, request)
    if decision == "stay":
        return see_other(visit.site.url("/"))
    raise PageRefused("request_invalid", detail="decision must be logout or stay")


async def _confirm(visit: Visit, request: LogoutRequest) -> Response:
    session = visit.session
    user = await users.find(visit.site.op.db, session.user_id) if session else None
    kept = {name: visit.form.one(name) for name in requests.PARAMETERS if visit.form.maybe(name)}
    return visit.site.renderer.page(
        "logout.html",
        language=visit.language,
        current_url=f"{visit.site.url('/logout')}?{urlencode(kept)}" if kept else visit.site.url("/logout"),
        form_action=[origin_of(request.redirect_uri)] if request.redirect_uri else [],
        account={"name": user.name, "email": user.email} if user else None,
        app=apps.shown(request.client, visit.language) if request.client else None,
        csrf=visit.csrf,
        request=kept,
    )


async def _end(visit: Visit, request: LogoutRequest) -> Response:
    """Sign out the account in use; another one in this browser stays signed in."""
    session = visit.session
    if session is not None:
        await requests.end_session(visit.site.op, session, reason="logout", origin=visit.origin)
        visit.drop(session.id)
    if request.redirect_uri is not None:
        return see_other(_with_state(request.redirect_uri, request.state))
    app = apps.shown(request.client, visit.language) if request.client else None
    return visit.site.renderer.page(
        "logged_out.html",
        language=visit.language,
        current_url=visit.site.url("/logout"),
        app={"name": app.name, "uri": app.client_uri} if app else None,
    )


def _with_state(uri: str, state: str | None) -> str:
    if state is None:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'state': state})}"
