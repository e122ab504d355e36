"""A sign-in from step to step: every page ends here, and here alone it is decided what comes next."""

from dataclasses import replace
from urllib.parse import urlencode, urlsplit

from starlette.responses import Response

from hibana_op.foundation.acr import ONE_FACTOR
from hibana_op.foundation.errors import OAuthError, PageRefused
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.secrets import same
from hibana_op.login import flow, second_steps, sessions
from hibana_op.oauth import authorization_answer, authorize, subjects
from hibana_op.oauth.authorization_checks import AuthorizationRequest
from hibana_op.oauth.authorize import AskAccount, AskConsent, AskLogin, AskMore, AskTenant, Issue, Standing
from hibana_op.oauth.call import Form
from hibana_op.oauth.entering import NOWHERE, Entry
from hibana_op.oauth.response_modes import Answer
from hibana_op.oauth.session_management import session_state
from hibana_op.records import consents, factors, interactions, memberships, users
from hibana_op.records.interactions import Interaction
from hibana_op.records.memberships import Belonging
from hibana_op.records.policies import Destination
from hibana_op.records.sessions import Session
from hibana_op.storage.database import Session as Db
from hibana_op.web import language, looks
from hibana_op.web.browser import origin_of
from hibana_op.web.cookies import cookie_name
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit

MORE = "/login/mfa"
SET_UP = "/login/set-up"
TENANTS = "/login/organizations"
TENANT = "tenant"  # in an address: whose look the sign-in wears, and in an app's request, which tenant it is for
Asked = AskLogin | AskAccount | AskTenant | AskMore | AskConsent
INTERACTION_LIFETIME = 3600
LONGEST_QUERY = 15 * 1024  # below what the edge takes as an address


async def find(visit: Visit) -> Interaction | None:
    """The interaction that a page names; None for a visit without one, a page when it is over or not this browser's."""
    interaction_id = visit.form.maybe("interaction")
    return None if interaction_id is None else await resume(visit, interaction_id)


async def resume(visit: Visit, interaction_id: str) -> Interaction:
    """An interaction that is still open, in the browser that began it."""
    found = await interactions.find_open(visit.site.op.db, interaction_id, now=visit.site.op.now())
    if found is None:
        raise PageRefused("interaction_expired")
    if not same(found.browser_hash, visit.browser_hash):
        raise PageRefused("other_browser", status=403)
    visit.asked = form_of(found)
    visit.look = await looks.of_tenant(visit.site.op, found.tenant_id)
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
    chosen = cookie_name(language.COOKIE, secure=visit.site.op.settings.is_https)
    if asked and visit.form.maybe("ui_locales") is None and chosen not in visit.cookies:
        visit.language = language.choose(
            ui_locales=asked, cookie=None, accept_language=visit.headers.get("accept-language")
        )


def form_of(interaction: Interaction) -> Form:
    """The authorization request's parameters as they came."""
    return Form({name: tuple(values) for name, values in (interaction.request or {}).items()})


def wants_new_account(interaction: Interaction | None) -> bool:
    """Whether the app would rather see the person sign up than sign in (prompt=create)."""
    return interaction is not None and "create" in (form_of(interaction).maybe("prompt") or "").split()


async def advance(visit: Visit, form: Form, progress: Interaction | None) -> Response:
    """Decide anew what is missing, and lead there: to the next page, or back to the app with an answer."""
    op = visit.site.op
    request = await authorize.read(op, form)
    if isinstance(request, Answer):
        return send(visit, request)
    if progress is None and visit.method == "POST" and visit.is_new_browser:
        return _again_by_get(visit)
    tenant_id = request.tenant.id or await _id_of(visit, request.tenant.slug)
    visit.look = await looks.of_tenant(op, tenant_id)
    session = visit.session if progress else _session_for(visit, request)
    entry = await entry_of(visit, request, session, progress) if session else NOWHERE
    entered = entry.membership(request.tenant)
    is_short = session is not None and not await sessions.is_enough(op, session, to=_destination(request, entered))
    if is_short:  # it takes more than what the session was begun with: the person signs in anew
        session, entry = None, NOWHERE
    subject = subjects.subject(op, request.client, session.user_id) if session else None
    allowed = await consents.of(op.db, session.user_id, request.client.client_id) if session else {}
    standing = await _standing(visit, request, session) if session else authorize.NOTHING
    try:
        decision = authorize.decide(
            request, session, allowed, progress, subject=subject, standing=standing, entry=entry, now=op.now()
        )
        if visit.acting_as is not None:
            authorize.check_acted(decision)
        if isinstance(decision, Issue):
            return send(
                visit,
                await authorization_answer.give(
                    op, request, decision.session, progress, visit.origin, entered=decision.entered
                ),
            )
    except OAuthError as refusal:
        return send(visit, authorize.refuse(op, request.back, refusal))
    if progress is None:
        progress = await _begin(visit, form, tenant_id)
    if is_short and entered is not None:
        await _note_entered(visit, progress, entered)
    return see_other(step_url(visit, _path_of(visit, decision, progress), progress))


def _destination(request: AuthorizationRequest, entered: Belonging | None) -> Destination:
    membership_id = entered.membership_id if entered else None
    named = request.tenant.id or request.tenant.slug
    return Destination(client_id=request.client.client_id, tenant=named, membership_id=membership_id)


async def _note_entered(visit: Visit, progress: Interaction, entered: Belonging) -> None:
    """Let the sign-in know the tenant whose demands it has to meet, where the request does not name it."""
    now, membership_id = visit.site.op.now(), entered.membership_id
    await visit.site.op.db.transact(
        lambda tx: interactions.pick_tenant(tx, progress.id, membership_id=membership_id, now=now)
    )


async def entry_of(
    visit: Visit, request: AuthorizationRequest, session: Session, progress: Interaction | None
) -> Entry:
    """The tenants that the person of a session may enter; not read where it makes no difference."""
    if not request.tenant.is_any:
        return NOWHERE
    op = visit.site.op

    async def read(tx: Db) -> list[Belonging]:
        only = await sessions.confinement(tx, session)
        found = await memberships.belongings(tx, session.user_id, now=op.now())
        return [each for each in found if only in (None, each.tenant_id)]

    belongings = await op.db.glance(read)
    return Entry(tuple(belongings), progress.membership_id if progress else None, session.active_membership_id)


async def _standing(visit: Visit, request: AuthorizationRequest, session: Session) -> Standing:
    """What the person of a session has proven, and could; not read where it makes no difference."""
    op = visit.site.op
    if not request.acr.values and session.acr == ONE_FACTOR:
        return authorize.NOTHING

    async def read(tx: Db) -> Standing:
        kept = await factors.of_session(tx, session.id)
        user = await users.find(tx, session.user_id)
        open_ways = await second_steps.of(tx, user) if user else []
        proven = flow.things(flow.counted(kept, now=op.now()))
        return Standing(proven, tuple(frozenset(way.proves) for way in open_ways))

    return await op.db.glance(read)


def _path_of(visit: Visit, decision: Asked, progress: Interaction) -> str:
    """The page that asks for what is missing."""
    if isinstance(decision, AskTenant):
        return TENANTS
    if isinstance(decision, AskMore):
        return MORE
    if isinstance(decision, AskConsent):
        return "/consent"
    if isinstance(decision, AskAccount) or _several_to_choose_from(visit, progress):
        return "/login/accounts"
    if wants_new_account(progress) and visit.site.op.settings.signup == "open":
        return "/signup"
    return "/login"


def _again_by_get(visit: Visit) -> Response:
    """A request that an app's page posts comes without our cookies (SameSite=Lax); the redirect comes with them."""
    query = urlencode(visit.form.values, doseq=True)
    if len(query) > LONGEST_QUERY:
        raise PageRefused("request_invalid", detail="the request is too long to be posted; send it by reference")
    return see_other(f"{visit.site.url('/authorize')}?{query}")


def _session_for(visit: Visit, request: AuthorizationRequest) -> Session | None:
    """The session of the person that the request is about, where there is one in this browser; else the one in use."""
    if request.subjects is not None:
        for session, _ in visit.sessions:
            if subjects.subject(visit.site.op, request.client, session.user_id) in request.subjects:
                # With prompt=none nothing may change in the browser.
                is_in_place = session is visit.session or "none" in request.prompt
                return session if is_in_place else visit.choose(session.id)
    return visit.session


def _several_to_choose_from(visit: Visit, progress: Interaction) -> bool:
    asked = form_of(progress).maybe("prompt") or ""
    return "select_account" in asked.split() and bool(visit.sessions or visit.known) and not progress.account_chosen


async def finish_login(visit: Visit, progress: Interaction) -> Response:
    """After a sign-in or a choice of account: on with the request, or to where it was begun."""
    renewed = await interactions.find_open(visit.site.op.db, progress.id, now=visit.site.op.now())
    if renewed is None:
        raise PageRefused("interaction_expired")
    if renewed.request is None:
        await visit.site.op.db.transact(lambda tx: interactions.finish(tx, renewed.id, now=visit.site.op.now()))
        return see_other(visit.site.url(renewed.return_path or "/"))
    return await advance(visit, form_of(renewed), renewed)


async def begin_without_app(visit: Visit, *, return_path: str | None = None) -> Interaction:
    """A sign-in that no app asked for; it ends at a path of ours, else at the front page.

    Its pages wear the look of the tenant that the address names.
    """
    tenant_id = await _id_of(visit, visit.form.maybe(TENANT))
    return await _begin(visit, Form(), tenant_id, return_path=return_path)


async def is_named(visit: Visit) -> bool:
    """Whether the address names a tenant that is open, so that the sign-in wears its look."""
    return await _id_of(visit, visit.form.maybe(TENANT)) is not None


async def _id_of(visit: Visit, slug: str | None) -> str | None:
    """The id of the tenant of this name, while it is open."""
    found = await visit.site.op.remembered.tenant_called(slug) if slug and slug.isprintable() else None
    return found.id if found is not None else None


async def _begin(visit: Visit, form: Form, tenant_id: str | None, *, return_path: str | None = None) -> Interaction:
    now = visit.site.op.now()
    interaction = Interaction(
        id=uuid7(),
        browser_hash=visit.browser_hash,
        client_id=form.maybe("client_id"),
        request={name: list(values) for name, values in form.values.items() if values} or None,
        identifier=form.maybe("login_hint"),
        return_path=return_path,
        tenant_id=tenant_id,
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
    visit.refusal = answer.refusal
    if visit.session is not None:
        # OpenID Connect Session Management §3: with it an app notices when the person signs out here.
        state = session_state(answer.client_id, answer.redirect_uri, visit.browser_state)
        answer = replace(answer, fields={**answer.fields, "session_state": state})
    if answer.mode == "form_post":
        return visit.site.renderer.form_post(
            answer.redirect_uri, answer.fields, language=visit.language, look=visit.look
        )
    return see_other(answer.location)
