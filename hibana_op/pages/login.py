"""Signing in, one question a page: who you are, then your password."""

import re

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused, PageRefused
from hibana_op.login import notices, policy, recovered
from hibana_op.login.federation import choice
from hibana_op.login.methods import METHODS
from hibana_op.login.policy import Policy
from hibana_op.login.shapes import Attempt
from hibana_op.pages import accounts, apps, federation, sign_in, signup, steps
from hibana_op.records import interactions, users
from hibana_op.records.factors import Factor
from hibana_op.records.interactions import Interaction
from hibana_op.web.pages import OTHERWISE, see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

EMAIL_PATH = "/login/email"
ANOTHER = "another"  # in the address: none of the accounts that the browser knows is wanted
LONGEST_IDENTIFIER = 320
LONGEST_PASSWORD = 1024
_SLUG = re.compile(r"[a-z0-9-]{1,64}")
_OWN_PATH = re.compile(r"/(?:account|admin)(?:/[A-Za-z0-9_-]+)*")


async def identify(visit: Visit) -> Response:
    """Asks who is signing in."""
    progress = await steps.find(visit)
    return_path = visit.form.maybe("return")
    if visit.method == "GET" and progress is None and return_path is not None:
        return await _begin_towards(visit, return_path)
    if visit.method == "GET" and progress is None and await steps.is_named(visit):
        return see_other(steps.step_url(visit, "/login", await steps.begin_without_app(visit)))
    if visit.method == "GET":
        named = progress.identifier if progress and visit.form.maybe(ANOTHER) is None else None
        return await _identify_page(visit, progress, named or "")
    visit.require_own_form()
    slug = visit.form.maybe("provider")
    if slug is not None:
        return await _leave(visit, progress, slug)
    username = (visit.form.maybe("username") or "").strip()
    if not username or len(username) > LONGEST_IDENTIFIER:
        return await _identify_page(visit, progress, username, field_error="missing_username")
    return await _take_name(visit, progress or await steps.begin_without_app(visit), username)


async def _take_name(visit: Visit, progress: Interaction, username: str) -> Response:
    await _name(visit, progress, username)
    otherwise = visit.form.maybe(OTHERWISE) is not None
    responsible = None if otherwise else await choice.for_domain(visit.site.op, username)
    if responsible is not None and responsible in await choice.offered(visit.site.op, progress.client_id):
        return await _leave(visit, progress, responsible.slug)
    path = next_path(visit, await policy.of_app(visit.site.op.db, progress.client_id))
    if path is None:
        return await _identify_page(visit, progress, username, field_error="no_way_by_name")
    return see_other(steps.step_url(visit, path, progress))


def next_path(visit: Visit, demanded: Policy) -> str | None:
    """Where somebody goes on who has said who they are; None where only a button leads in."""
    if policy.PASSWORD in demanded.methods:
        return "/login/password"
    return EMAIL_PATH if offers_mail(visit, demanded) else None


def offers_mail(visit: Visit, demanded: Policy) -> bool:
    """Whether a sign-in may begin with a link or a code by mail."""
    return policy.EMAIL in demanded.methods and notices.is_mail_wanted(visit.site.op)


async def _leave(visit: Visit, progress: Interaction | None, slug: str) -> Response:
    """On to another provider, by a button or because it answers for the domain of an address."""
    if not _SLUG.fullmatch(slug):
        raise PageRefused("federation_unavailable", status=404)
    if progress is None:
        progress = await steps.begin_without_app(visit)
    return see_other(steps.step_url(visit, f"/federation/{slug}/start", progress))


async def _begin_towards(visit: Visit, path: str) -> Response:
    """A page of ours needs somebody signed in; with `again`, somebody who has proven it just now."""
    if not _OWN_PATH.fullmatch(path):
        raise PageRefused("request_invalid", detail="return must be a path of the account pages or the console")
    if visit.session is not None and visit.form.maybe("again") is None:
        return see_other(visit.site.url(path))
    progress = await steps.begin_without_app(visit, return_path=path)
    if visit.session is not None:
        user = await users.find(visit.site.op.db, visit.session.user_id)
        await _name(visit, progress, user.email if user else None)
    return see_other(steps.step_url(visit, "/login", progress))


async def _name(visit: Visit, progress: Interaction, identifier: str | None) -> None:
    op = visit.site.op
    await op.db.transact(lambda tx: interactions.name_person(tx, progress.id, identifier=identifier, now=op.now()))


async def _identify_page(
    visit: Visit, progress: Interaction | None, username: str, *, field_error: str | None = None
) -> Response:
    client_id = progress.client_id if progress else None
    demanded = await policy.of_app(visit.site.op.db, client_id)
    may_federate = policy.PROVIDER in demanded.methods
    providers = await choice.offered(visit.site.op, client_id) if may_federate else []
    may_sign_up = await signup.is_open(visit, progress)
    is_choosing = not username and field_error is None and visit.form.maybe(ANOTHER) is None
    known = await accounts.tiles(visit) if is_choosing else []
    is_by_invitation = steps.wants_new_account(progress) and not may_sign_up
    return visit.page(
        "login.html",
        status=400 if field_error else 200,
        current_url=_address(visit, progress),
        app=await apps.of_interaction(visit, progress),
        csrf=visit.csrf,
        interaction=progress.id if progress else None,
        username=username,
        error=None,
        field_error=say(visit.language, f"refused.{field_error}") if field_error else None,
        notice=say(visit.language, "login.by_invitation") if is_by_invitation else None,
        may_sign_up=may_sign_up,
        may_name=may_federate or next_path(visit, demanded) is not None,
        may_use_passkeys=policy.PASSKEY in demanded.methods,
        accounts=known,
        account_choices=bool(visit.sessions or visit.known) and progress is not None and not known,
        providers=sorted(providers, key=lambda each: each.slug != visit.last_way_in),
        last_used=visit.last_way_in,
        otherwise=visit.form.maybe(OTHERWISE) is not None,
        # Whoever is signed in at a provider comes back and on to the app without another page.
        form_action=[
            *(steps.form_targets(progress) if progress else ()),
            *federation.form_targets(visit.site.op, providers),
        ],
    )


def _address(visit: Visit, progress: Interaction | None) -> str:
    """The page as it is, for the links to other languages."""
    address = steps.step_url(visit, "/login", progress)
    is_plain = visit.form.maybe(ANOTHER) is None
    return address if is_plain else f"{address}{'&' if progress else '?'}{ANOTHER}=1"


async def password(visit: Visit) -> Response:
    """Asks for the password."""
    progress = await steps.get(visit)
    username = progress.identifier
    if username is None:
        return see_other(steps.step_url(visit, "/login", progress))
    if visit.method == "GET":
        demanded = await policy.of_app(visit.site.op.db, progress.client_id)
        if policy.PASSWORD not in demanded.methods:
            return see_other(steps.step_url(visit, "/login", progress))
        return await _password_page(visit, progress, username, may_have_mail=offers_mail(visit, demanded))
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
        attempt = Attempt(
            identifier=username,
            answer=secret,
            origin=visit.origin,
            browser_hash=visit.browser_hash,
            begins=progress,
        )
        user = await method.finish(visit.site.op, attempt)
        proves = await recovered.proves(visit.site.op.db, user.id)
        factor = Factor(method=method.name, proves=proves, amr=method.amr, proven_at=visit.site.op.now())
        remember = visit.form.maybe("remember") is not None
        return await sign_in.proven(visit, progress, user, factor, remember=remember)
    except LoginRefused as refusal:
        visit.site.metrics.sign_in("failure")
        return await _password_page(visit, progress, username, refusal=refusal)


async def _password_page(
    visit: Visit,
    progress: Interaction,
    username: str,
    *,
    may_have_mail: bool | None = None,
    refusal: LoginRefused | None = None,
) -> Response:
    if may_have_mail is None:
        may_have_mail = offers_mail(visit, await policy.of_app(visit.site.op.db, progress.client_id))
    locked = refusal is not None and refusal.reason == "too_many_attempts"
    return visit.page(
        "password.html",
        status=(429 if locked else 400) if refusal else 200,
        current_url=steps.step_url(visit, "/login/password", progress),
        form_action=steps.form_targets(progress),
        app=await apps.of_interaction(visit, progress),
        csrf=visit.csrf,
        interaction=progress.id,
        username=username,
        may_have_mail=may_have_mail,
        remember=visit.form.maybe("remember") is not None,
        error=say(visit.language, f"refused.{refusal.reason}", **refusal.values) if refusal else None,
    )
