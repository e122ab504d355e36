"""Page handlers as ASGI applications: the visit is read, refusals become the error page, cookies are written."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from hibana_op.foundation.errors import LoginRefused, OAuthError, PageRefused
from hibana_op.storage.database import ConstraintBroken
from hibana_op.web import language, refusals, subdomain
from hibana_op.web.browser import Renderer
from hibana_op.web.cookies import cookie_name, read_cookies
from hibana_op.web.http import FORM_TYPE, JSON_TYPE, WrongMethod, read_call, read_headers
from hibana_op.web.look import Look
from hibana_op.web.site import Site
from hibana_op.web.visit import ActingAs, SignedInMeanwhile, Visit, begin
from hibana_op.web.words import say

Handler = Callable[[Visit], Awaitable[Response]]
# In an address of the sign-in page: this person is not to be sent on to another provider.
OTHERWISE = "otherwise"


def page(
    handler: Handler,
    site: Site,
    *,
    methods: tuple[str, ...],
    takes: str = FORM_TYPE,
    while_acting: tuple[str, ...] = (),
) -> ASGIApp:
    """An ASGI application that answers one page, or one script of a page where it takes JSON.

    `while_acting`: the methods that are open to an administrator who acts as somebody else; by default none is.
    """
    for_scripts = takes == JSON_TYPE

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        headers = read_headers(scope)
        try:
            call = await read_call(scope, receive, headers, methods=methods, takes=takes, may_be_empty=for_scripts)
            visit = await begin(site, call, scope["path"])
        except Exception as early:
            refusals.note(site, scope, early)
            if not isinstance(early, OAuthError):
                raise
            response = _early(site, scope, headers, early, methods, for_scripts=for_scripts)
            await response(scope, receive, send)
            return
        try:
            _check_open(visit, while_acting)
            response = await handler(visit)
            if visit.refusal is not None:
                refusals.note(site, scope, visit.refusal, status=response.status_code, asked=visit.asked)
        except LoginRefused as failure:
            if not for_scripts:
                raise
            response = refused_to_script(visit.language, failure, visit.origin.trace_id)
        except Exception as failure:
            refusal = _meaning(site, failure)
            refusals.note(site, scope, refusal or failure, asked=visit.asked)
            if refusal is None:
                raise
            if for_scripts:
                response = refused_to_script(visit.language, refusal, visit.origin.trace_id)
            elif isinstance(refusal, SignedInMeanwhile):
                response = see_other(refusal.next_url)
            else:
                response = refused(
                    site.renderer,
                    visit.language,
                    refusal,
                    visit.origin.trace_id,
                    current_url=_address(scope),
                    look=visit.look,
                    acting_as=visit.acting_as,
                )
        _complete(visit, response)
        await response(scope, receive, send)

    return subdomain.door(site.op, answer)


def _complete(visit: Visit, response: Response) -> None:
    """What every answer carries, whatever it says."""
    visit.set_cookies(response)
    if (visit.asked or visit.form).maybe("display") == "popup":
        # A window that the app opened stays within its reach, or the app would never hear of the answer.
        response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    if visit.method == "GET" and visit.form.maybe("ui_locales"):
        response.set_cookie(**visit.site.renderer.language_cookie(visit.language))


def _check_open(visit: Visit, while_acting: tuple[str, ...]) -> None:
    """PageRefused for what only the person themselves may open."""
    if visit.acting_as is not None and visit.method not in while_acting:
        raise PageRefused("acting_as_another", status=403)


def _meaning(site: Site, failure: Exception) -> PageRefused | None:
    """The refusal that a failure stands for, if it stands for one."""
    if isinstance(failure, PageRefused):
        return failure
    if isinstance(failure, ConstraintBroken) and failure.kind == "foreign key":
        # What the page stood on, an app or a person, was removed a moment ago.
        site.op.remembered.forget()
        return PageRefused("unknown_client")
    return None


def see_other(url: str) -> Response:
    """Redirect after a POST (RFC 9700 §4.12: never 307)."""
    return RedirectResponse(url, status_code=303, headers={"Cache-Control": "no-store"})


def refused(
    renderer: Renderer,
    spoken: str,
    refusal: PageRefused,
    trace_id: str,
    *,
    headers: dict[str, str] | None = None,
    current_url: str | None = None,
    look: Look | None = None,
    acting_as: ActingAs | None = None,
) -> Response:
    """The error page: what happened, what to do, and the id that finds it in the log."""
    response = renderer.page(
        "error.html",
        language=spoken,
        status=refusal.status,
        current_url=current_url,
        look=look.plain if look and acting_as else look,
        acting_as=acting_as,
        title=say(spoken, f"refused_title.{refusal.reason}", **refusal.values),
        message=say(spoken, f"refused.{refusal.reason}", **refusal.values),
        advice=say(spoken, f"refused_advice.{refusal.reason}", **refusal.values),
        trace_id=trace_id,
        time=datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds"),
        code=None,
        detail=refusal.detail or None,
        back_url=refusal.back,
        is_other_way=f"{OTHERWISE}=" in (refusal.back or ""),
    )
    response.headers.update(headers or {})
    return response


def refused_to_script(
    spoken: str,
    refusal: PageRefused | LoginRefused,
    trace_id: str,
    *,
    headers: dict[str, str] | None = None,
) -> Response:
    """The same for a script, with the words that it shows on its page."""
    status = refusal.status if isinstance(refusal, PageRefused) else 400
    told = {
        "error": refusal.reason,
        "message": say(spoken, f"refused.{refusal.reason}", **refusal.values),
        "trace_id": trace_id,
    }
    return JSONResponse(told, status_code=status, headers={"Cache-Control": "no-store", **(headers or {})})


def _early(
    site: Site,
    scope: Scope,
    headers: dict[str, str],
    refusal: OAuthError,
    methods: tuple[str, ...],
    *,
    for_scripts: bool,
) -> Response:
    spoken = _spoken(site.renderer, headers)
    wrong_method = isinstance(refusal, WrongMethod)
    reason = "method" if wrong_method else "request_invalid"
    told = PageRefused(reason, status=refusal.status, detail=refusal.description)
    headers_too = {"Allow": ", ".join(methods)} if wrong_method else None
    if for_scripts:
        return refused_to_script(spoken, told, scope["hibana"].trace_id, headers=headers_too)
    return refused(
        site.renderer,
        spoken,
        told,
        scope["hibana"].trace_id,
        headers=headers_too,
        current_url=_address(scope),
    )


def _address(scope: Scope) -> str | None:
    """Where the same page can be opened in another language: an address that says nothing but which step it is.

    What a form was sent to is no such address, nor one that holds what counts once or what somebody else wrote.
    """
    query = scope["query_string"].decode("latin-1")
    if scope["method"] != "GET" or any(name not in _SAID_AGAIN for name, _ in parse_qsl(query, keep_blank_values=True)):
        return None
    return f"{scope['path']}?{query}" if query else str(scope["path"])


def _spoken(renderer: Renderer, headers: dict[str, str]) -> str:
    """The language of somebody whose visit never began."""
    name = cookie_name(language.COOKIE, secure=renderer.https)
    chosen = read_cookies(headers.get("cookie", "")).get(name)
    return language.choose(ui_locales=None, cookie=chosen, accept_language=headers.get("accept-language"))


_FAILURES = {
    400: "request_invalid",
    404: "not_found",
    405: "method",
    413: "too_large",
    414: "too_large",
    431: "too_large",
    503: "busy",
}
_SAID_AGAIN = frozenset({"interaction", "ui_locales"})
_CODES = {404: "not_found", 503: "temporarily_unavailable"}


def failure_renderer(
    renderer: Renderer,
    speaks_json: Callable[[str], bool],
    told_by: Callable[[str], Callable[[int, str, str], ASGIApp] | None] = lambda path: None,
) -> Callable[[Scope, int, str, str], ASGIApp]:
    """How the edge tells a failure: JSON where programs call, a page where people do.

    `told_by`: who tells it in a form of their own at a path, if somebody does.
    """

    def render(scope: Scope, status: int, reason: str, trace_id: str) -> ASGIApp:
        own = told_by(scope["path"])
        if own is not None:
            return own(status, reason, trace_id)
        if speaks_json(scope["path"]):
            code = _CODES.get(status, "server_error" if status >= 500 else "invalid_request")
            body = {"error": code, "error_description": reason, "trace_id": trace_id}
            return JSONResponse(body, status_code=status, headers={"Cache-Control": "no-store"})
        spoken = _spoken(renderer, read_headers(scope))
        told = PageRefused(_FAILURES.get(status, "server_error"), status=status, detail=reason)
        return refused(renderer, spoken, told, trace_id, current_url=_address(scope))

    return render
