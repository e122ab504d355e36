"""A sign-in from step to step: every page ends here, and here alone it is decided what comes next."""

from urllib.parse import urlencode, urlsplit

from starlette.responses import Response

from hibana_op.foundation.errors import OAuthError, PageRefused
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.secrets import same
from hibana_op.oauth import authorize
from hibana_op.oauth.authorize import AskAccount, AskConsent, Issue
from hibana_op.oauth.call import Form
from hibana_op.oauth.response_modes import Answer
from hibana_op.records import consents, interactions
from hibana_op.records.interactions import Interaction
from hibana_op.web import language
from hibana_op.web.browser import origin_of
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit

INTERACTION_LIFETIME = 3600


async def find(visit: Visit) -> Interaction | None:
    """The interaction that a page names; None for a visit without one, a page when it is over or not this browser's."""
    interaction_id = visit.form.maybe("interaction")
    if interaction_id is None:
        return None
    found = await interactions.find_open(visit.site.op.db, interaction_id, now=visit.site.op.now())
    if found is None:
        raise PageRefused("interaction_expired")
    if not same(found.browser_hash, visit.browser_hash):
        raise PageRefused("other_browser", status=403)
    _speak_as_asked(visit, found)
    return found


async def get(visit: Visit) -> Interaction:
    """The interaction that a page cannot do without."""
    found = await find(visit)
    if found is None:
        raise PageRefused("interaction_expired", detail="the address names no interaction")
    return found


def _speak_as_asked(visit: Visit, interaction: Interaction) -> None:
    """The app's `ui_locales` counts until the person chooses a language themselves."""
    asked = form_of(interaction).maybe("ui_locales")
    if asked and visit.form.maybe("ui_locales") is None and language.COOKIE not in visit.cookies:
        visit.language = language.choose(
            ui_locales=asked, cookie=None, accept_language=visit.headers.get("accept-language")
        )


def form_of(interaction: Interaction) -> Form:
    """The authorization request's parameters as they came."""
    return Form({name: tuple(values) for name, values in (interaction.request or {}).items()})


async def advance(visit: Visit, form: Form, progress: Interaction | None) -> Response:
    """Decide anew what is missing, and lead there: to the next page, or back to the app with a code."""
    op = visit.site.op
    request = await authorize.read(op, form)
    if isinstance(request, Answer):
        return send(visit, request)
    session = visit.session
    allowed = await consents.of(op.db, session.user_id, request.client.client_id) if session else {}
    try:
        decision = authorize.decide(request, session, allowed, progress, now=op.now())
    except OAuthError as refusal:
        return send(visit, authorize.refuse(op, request.back, refusal))
    if isinstance(decision, Issue):
        return send(visit, await authorize.issue(op, decision, progress, visit.origin))
    if progress is None:
        progress = await _begin(visit, form)
    if isinstance(decision, AskConsent):
        return see_other(step_url(visit, "/consent", progress))
    if isinstance(decision, AskAccount) or _several_to_choose_from(visit, progress):
        return see_other(step_url(visit, "/login/accounts", progress))
    return see_other(step_url(visit, "/login", progress))


def _several_to_choose_from(visit: Visit, progress: Interaction) -> bool:
    asked = form_of(progress).maybe("prompt") or ""
    return "select_account" in asked.split() and bool(visit.sessions) and not progress.account_chosen


async def finish_login(visit: Visit, progress: Interaction | None) -> Response:
    """After a sign-in or a choice of account: on with the request, or to the front page."""
    if progress is None:
        return see_other(visit.site.url("/"))
    renewed = await interactions.find_open(visit.site.op.db, progress.id, now=visit.site.op.now())
    if renewed is None:
        raise PageRefused("interaction_expired")
    if renewed.request is None:
        await visit.site.op.db.transact(lambda tx: interactions.finish(tx, renewed.id, now=visit.site.op.now()))
        return see_other(visit.site.url("/"))
    return await advance(visit, form_of(renewed), renewed)


async def begin_without_app(visit: Visit) -> Interaction:
    """A sign-in that no app asked for; it ends at the front page."""
    return await _begin(visit, Form())


async def _begin(visit: Visit, form: Form) -> Interaction:
    now = visit.site.op.now()
    interaction = Interaction(
        id=uuid7(),
        browser_hash=visit.browser_hash,
        client_id=form.maybe("client_id"),
        request={name: list(values) for name, values in form.values.items() if values} or None,
        identifier=form.maybe("login_hint"),
        created_at=now,
        expires_at=now + INTERACTION_LIFETIME,
    )
    await visit.site.op.db.transact(lambda tx: interactions.insert(tx, interaction))
    return interaction


def form_targets(interaction: Interaction) -> list[str]:
    """Where the forms of an interaction may lead in the end, for the page's Content-Security-Policy.

    Browsers hold every redirect after a form against `form-action`, the last one to the app included. An app
    on localhost may go on to another port of its own.
    """
    redirect_uri = form_of(interaction).maybe("redirect_uri")
    if redirect_uri is None:
        return []
    source = origin_of(redirect_uri)
    host = urlsplit(redirect_uri).hostname or ""
    local = host in ("localhost", "127.0.0.1") and redirect_uri.startswith("http:")
    return [source, f"http://{host}:*"] if local else [source]


def step_url(visit: Visit, path: str, interaction: Interaction | None) -> str:
    """The address of a step."""
    query = f"?{urlencode({'interaction': interaction.id})}" if interaction else ""
    return visit.site.url(path) + query


def send(visit: Visit, answer: Answer) -> Response:
    """Carry an answer back to the app."""
    if answer.mode == "form_post":
        return visit.site.renderer.form_post(answer.redirect_uri, answer.fields, language=visit.language)
    return see_other(answer.location)
