"""Signing in by mail: a link and a code are sent; they count in the browser that asked, and in no other."""

from urllib.parse import urlencode

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.pace import no_sooner_than
from hibana_op.login import links, policy
from hibana_op.login.methods import email_link
from hibana_op.login.shapes import Attempt
from hibana_op.pages import apps, login, sign_in, signup, steps
from hibana_op.pages.mfa import typed_code
from hibana_op.records.interactions import Interaction
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit

LINK_PATH = "/login/link"


async def by_mail(visit: Visit) -> Response:
    """Sends a link and a code to whoever is signing in, and takes the code."""
    if visit.method == "POST":
        visit.require_own_form()
    progress = await steps.get(visit)
    demanded = await policy.of_app(visit.site.op.db, progress.client_id)
    if progress.identifier is None or not login.offers_mail(visit, demanded):
        return see_other(steps.step_url(visit, "/login", progress))
    has_password = policy.PASSWORD in demanded.methods
    if visit.method == "GET":
        return await _page(visit, progress, has_password, is_sent=visit.form.maybe("sent") is not None)
    is_sent = visit.form.maybe("send") is None
    try:
        # Whether there is such a person must not show, neither here nor in how long it takes.
        async with no_sooner_than(signup.ANSWER_AFTER):
            if is_sent:
                return await _take(visit, progress)
            await email_link.request(visit.site.op, _attempt(visit, progress, ""), language=visit.language)
    except LoginRefused as refusal:
        if is_sent:
            visit.site.metrics.sign_in("failure")
        is_sent = is_sent or refusal.reason == "code_just_sent"
        return await _page(visit, progress, has_password, is_sent=is_sent, refusal=refusal)
    return see_other(f"{steps.step_url(visit, login.EMAIL_PATH, progress)}&sent=1")


async def _take(visit: Visit, progress: Interaction) -> Response:
    user = await email_link.finish(visit.site.op, _attempt(visit, progress, typed_code(visit)))
    factor = email_link.proven(now=visit.site.op.now())
    return await sign_in.proven(visit, progress, user, factor, remember=_is_remembered(visit))


def _attempt(visit: Visit, progress: Interaction, answer: str) -> Attempt:
    return Attempt(
        identifier=progress.identifier or "",
        answer=answer,
        origin=visit.origin,
        browser_hash=visit.browser_hash,
        begins=progress,
    )


def _is_remembered(visit: Visit) -> bool:
    return visit.form.maybe("remember") is not None


async def _page(
    visit: Visit,
    progress: Interaction,
    has_password: bool,
    *,
    is_sent: bool,
    refusal: LoginRefused | None = None,
) -> Response:
    here = steps.step_url(visit, login.EMAIL_PATH, progress)
    return visit.page(
        "email_link.html",
        status=signup.status_of(refusal),
        current_url=f"{here}&sent=1" if is_sent else here,
        form_action=steps.form_targets(progress),
        app=await apps.of_interaction(visit, progress),
        csrf=visit.csrf,
        interaction=progress.id,
        account=progress.identifier,
        is_sent=is_sent,
        has_password=has_password,
        remember=_is_remembered(visit),
        error=signup.words_of(visit, refusal),
    )


async def follow(visit: Visit) -> Response:
    """Takes the link in the mail: in the browser that asked for it one button goes on; to open it changes nothing."""
    if visit.method == "POST":
        visit.require_own_form()
    op, token = visit.site.op, visit.form.maybe("token") or ""
    link = await signup.find_link(visit, token, links.MAGIC_LINK)
    progress = await signup.interaction_of(visit, link)
    if progress is not None and visit.method == "POST":
        user = await email_link.follow(op, link, progress)
        factor = email_link.proven(now=op.now())
        return await sign_in.proven(visit, progress, user, factor, remember=_is_remembered(visit))
    return visit.page(
        "email_link_open.html",
        status=200 if progress else 403,
        current_url=f"{visit.site.url(LINK_PATH)}?{urlencode({'token': token})}",
        form_action=steps.form_targets(progress) if progress else [],
        app=await apps.of_interaction(visit, progress),
        csrf=visit.csrf,
        interaction=progress.id if progress else None,
        account=link.email,
        token=token,
        error=None,
    )
