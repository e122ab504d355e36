"""A forgotten password: a link by mail, then a new one. It never signs in; that takes all that a sign-in takes."""

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused, PageRefused
from hibana_op.foundation.pace import no_sooner_than
from hibana_op.login import links, new_password, notices, recovery
from hibana_op.pages import apps, signup, steps
from hibana_op.records import users
from hibana_op.records.interactions import Interaction
from hibana_op.records.verification_tokens import VerificationToken
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

LONGEST_IDENTIFIER = 320


async def recover(visit: Visit) -> Response:
    """Asks who forgot their password, and sends them a link; whether there is such a person stays unsaid."""
    progress = await steps.find(visit)
    if visit.method == "GET" and visit.form.maybe("sent") is not None:
        return _sent(visit, progress)
    if visit.method == "GET":
        return await _page(visit, progress, (progress.identifier if progress else None) or "")
    visit.require_own_form()
    username = (visit.form.maybe("username") or "").strip()
    if not username or len(username) > LONGEST_IDENTIFIER:
        return await _page(visit, progress, username, refusal=LoginRefused("missing_username"))
    try:
        async with no_sooner_than(signup.ANSWER_AFTER):
            await recovery.request(
                visit.site.op,
                username,
                language=visit.language,
                interaction_id=progress.id if progress else None,
                origin=visit.origin,
            )
    except LoginRefused as refusal:
        return await _page(visit, progress, username, refusal=refusal)
    return see_other(_sent_url(visit, progress))


async def _page(
    visit: Visit, progress: Interaction | None, username: str, *, refusal: LoginRefused | None = None
) -> Response:
    return visit.page(
        "recover.html",
        status=signup.status_of(refusal),
        current_url=steps.step_url(visit, "/recover", progress),
        app=await apps.of_interaction(visit, progress),
        csrf=visit.csrf,
        interaction=progress.id if progress else None,
        has_mail=notices.is_mail_wanted(visit.site.op),
        username=username,
        error=signup.words_of(visit, refusal),
    )


def _sent_url(visit: Visit, progress: Interaction | None) -> str:
    return f"{steps.step_url(visit, '/recover', progress)}{'&' if progress else '?'}sent=1"


def _sent(visit: Visit, progress: Interaction | None) -> Response:
    return visit.page(
        "mail_sent.html",
        current_url=_sent_url(visit, progress),
        csrf=visit.csrf,
        interaction=progress.id if progress else None,
        email=None,
        error=None,
    )


async def reset(visit: Visit) -> Response:
    """Asks for the new password of the person to whom a link was sent."""
    if visit.method == "POST":
        visit.require_own_form()
    token = visit.form.maybe("token") or ""
    link = await signup.find_link(visit, token, links.RESET_PASSWORD)
    if visit.method == "GET":
        return await _reset_page(visit, link, token, end_others=True)
    end_others = visit.form.maybe("end_others") is not None
    try:
        password = visit.form.maybe("password") or ""
        await recovery.reset(visit.site.op, link, password, end_others=end_others, origin=visit.origin)
    except LoginRefused as refusal:
        return await _reset_page(visit, link, token, end_others=end_others, refusal=refusal)
    return visit.page(
        "done.html",
        title=say(visit.language, "reset.done"),
        message=say(visit.language, "reset.done_detail"),
        next_url=steps.step_url(visit, "/login", await signup.interaction_of(visit, link)),
        next_label=say(visit.language, "login.title"),
    )


async def _reset_page(
    visit: Visit, link: VerificationToken, token: str, *, end_others: bool, refusal: LoginRefused | None = None
) -> Response:
    user = await users.find(visit.site.op.db, link.user_id or "")
    if user is None:
        raise PageRefused("link_spent")
    return visit.page(
        "reset.html",
        status=signup.status_of(refusal),
        current_url=f"{visit.site.url('/reset')}?token={token}",
        csrf=visit.csrf,
        interaction=None,
        token=token,
        email=link.email,
        end_others=end_others,
        shortest=await new_password.shortest_of(visit.site.op, user),
        error=signup.words_of(visit, refusal),
    )


async def change_password(visit: Visit) -> Response:
    """Where password managers look for the page (W3C, A Well-Known URL for Changing Passwords)."""
    return see_other(visit.site.url("/account/password"))
