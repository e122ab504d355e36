"""Where links and codes to a mailbox lead: an account is made, or an address confirmed. Looking changes nothing."""

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused
from hibana_op.login import confirmation, links, own_account, sign_up
from hibana_op.pages import signup, steps
from hibana_op.records.verification_tokens import VerificationToken
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import say


async def verify_email(visit: Visit) -> Response:
    """Says that mail is on its way, or takes up the link or the code in it."""
    if visit.method == "POST":
        visit.require_own_form()
    token = visit.form.maybe("token")
    if token is None:
        return await _sent(visit)
    link = await signup.find_link(visit, token, links.VERIFY_EMAIL, links.CHANGE_EMAIL)
    if link.user_id is None:
        return await signup.new_account(visit, link, action=visit.site.url("/verify-email"), token=token)
    if visit.method == "GET":
        return _ask(visit, link, token)
    return await _confirm(visit, link)


async def _confirm(visit: Visit, link: VerificationToken) -> Response:
    await own_account.confirm_email(visit.site.op, link, visit.origin)
    return visit.page(
        "done.html",
        title=say(visit.language, "confirm_email.done"),
        message=say(visit.language, "confirm_email.done_detail", email=link.email),
        next_url=visit.site.url("/account"),
        next_label=say(visit.language, "confirm_email.to_account"),
    )


async def _sent(visit: Visit) -> Response:
    """The page where somebody waits for mail: of the sign-up that it names, else of a change of address."""
    wanted = visit.form.maybe("email") if visit.method == "POST" else None
    progress = await steps.find(visit) if wanted is not None else await steps.get(visit)
    email = (progress.identifier if progress else wanted) or ""
    if visit.method == "GET":
        return signup.ask_code(visit, progress, email)
    op, answer = visit.site.op, visit.form.maybe("code") or ""
    try:
        found = await confirmation.find(op, email, browser_hash=visit.browser_hash, answer=answer)
        if found.user_id is not None:
            return await _confirm(visit, found)
        return see_other(await sign_up.take_code(op, found))
    except LoginRefused as refusal:
        return signup.ask_code(visit, progress, email, refusal=refusal)


def _ask(visit: Visit, link: VerificationToken, token: str) -> Response:
    return visit.page(
        "confirm_email.html",
        current_url=f"{visit.site.url('/verify-email')}?token={token}",
        csrf=visit.csrf,
        interaction=None,
        token=token,
        email=link.email,
        is_new=link.purpose == links.CHANGE_EMAIL,
    )
