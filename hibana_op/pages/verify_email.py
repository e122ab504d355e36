"""Where links to a mailbox lead: an account is made, or an address confirmed. Opening one changes nothing yet."""

from starlette.responses import Response

from hibana_op.login import links, own_account
from hibana_op.pages import signup, steps
from hibana_op.records.verification_tokens import VerificationToken
from hibana_op.web.visit import Visit
from hibana_op.web.words import say


async def verify_email(visit: Visit) -> Response:
    """Says that mail is on its way, or takes up the link in it."""
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
    await own_account.confirm_email(visit.site.op, link, visit.origin)
    return visit.site.renderer.page(
        "done.html",
        language=visit.language,
        title=say(visit.language, "confirm_email.done"),
        message=say(visit.language, "confirm_email.done_detail", email=link.email),
        next_url=visit.site.url("/account"),
        next_label=say(visit.language, "confirm_email.to_account"),
    )


async def _sent(visit: Visit) -> Response:
    progress = await steps.get(visit)
    return visit.site.renderer.page(
        "mail_sent.html",
        language=visit.language,
        current_url=steps.step_url(visit, "/verify-email", progress),
        csrf=visit.csrf,
        interaction=progress.id,
        email=progress.identifier,
    )


def _ask(visit: Visit, link: VerificationToken, token: str) -> Response:
    return visit.site.renderer.page(
        "confirm_email.html",
        language=visit.language,
        current_url=f"{visit.site.url('/verify-email')}?token={token}",
        csrf=visit.csrf,
        interaction=None,
        token=token,
        email=link.email,
        is_new=link.purpose == links.CHANGE_EMAIL,
    )
