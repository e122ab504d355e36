"""Signing in, one question a page: who you are, then your password."""

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused
from hibana_op.login import sessions
from hibana_op.login.methods import METHODS
from hibana_op.login.sessions import SignIn
from hibana_op.login.shapes import Attempt
from hibana_op.pages import apps, steps
from hibana_op.records import interactions
from hibana_op.records.interactions import Interaction
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

LONGEST_IDENTIFIER = 320
LONGEST_PASSWORD = 1024


async def identify(visit: Visit) -> Response:
    """Asks who is signing in."""
    progress = await steps.find(visit)
    if visit.method == "GET":
        return await _identify_page(visit, progress, (progress.identifier if progress else None) or "")
    visit.require_own_form()
    username = (visit.form.maybe("username") or "").strip()
    if not username or len(username) > LONGEST_IDENTIFIER:
        return await _identify_page(visit, progress, username, field_error="missing_username")
    if progress is None:
        progress = await steps.begin_without_app(visit)
    await visit.site.op.db.transact(
        lambda tx: interactions.name_person(tx, progress.id, identifier=username, now=visit.site.op.now())
    )
    return see_other(steps.step_url(visit, "/login/password", progress))


async def _identify_page(
    visit: Visit, progress: Interaction | None, username: str, *, field_error: str | None = None
) -> Response:
    return visit.site.renderer.page(
        "login.html",
        language=visit.language,
        status=400 if field_error else 200,
        current_url=steps.step_url(visit, "/login", progress),
        app=await apps.of_interaction(visit, progress),
        csrf=visit.csrf,
        interaction=progress.id if progress else None,
        username=username,
        error=None,
        field_error=say(visit.language, f"refused.{field_error}") if field_error else None,
        notice=say(visit.language, "login.by_invitation") if steps.wants_new_account(progress) else None,
        account_choices=bool(visit.sessions) and progress is not None,
    )


async def password(visit: Visit) -> Response:
    """Asks for the password."""
    progress = await steps.get(visit)
    username = progress.identifier
    if username is None:
        return see_other(steps.step_url(visit, "/login", progress))
    if visit.method == "GET":
        return await _password_page(visit, progress, username)
    visit.require_own_form()
    secret = visit.form.maybe("password") or ""
    if not secret:
        return await _password_page(visit, progress, username, refusal=LoginRefused("missing_password"))
    if len(secret) > LONGEST_PASSWORD:
        return await _password_page(visit, progress, username, refusal=LoginRefused("wrong_credentials"))
    return await _try_password(visit, progress, username, secret)


async def _try_password(visit: Visit, progress: Interaction, username: str, secret: str) -> Response:
    method = METHODS["password"]
    try:
        attempt = Attempt(identifier=username, answer=secret, origin=visit.origin)
        user = await method.finish(visit.site.op, attempt)
        sign_in = SignIn(
            user=user,
            method=method,
            browser_hash=visit.browser_hash,
            remember=visit.form.maybe("remember") is not None,
            interaction_id=progress.id,
            replaced=next((kept for kept, _ in visit.sessions if kept.user_id == user.id), None),
            origin=visit.origin,
        )
        session, token = await sessions.begin(visit.site.op, sign_in)
    except LoginRefused as refusal:
        visit.site.metrics.sign_in("failure")
        return await _password_page(visit, progress, username, refusal=refusal)
    visit.site.metrics.sign_in("success")
    visit.use(session, token)
    return await steps.finish_login(visit, progress)


async def _password_page(
    visit: Visit, progress: Interaction, username: str, *, refusal: LoginRefused | None = None
) -> Response:
    locked = refusal is not None and refusal.reason == "too_many_attempts"
    return visit.site.renderer.page(
        "password.html",
        language=visit.language,
        status=(429 if locked else 400) if refusal else 200,
        current_url=steps.step_url(visit, "/login/password", progress),
        form_action=steps.form_targets(progress),
        app=await apps.of_interaction(visit, progress),
        csrf=visit.csrf,
        interaction=progress.id,
        username=username,
        remember=visit.form.maybe("remember") is not None,
        error=say(visit.language, f"refused.{refusal.reason}", **refusal.values) if refusal else None,
    )
