"""After a sign-in with a password: the offer of a passkey, in browsers that can make one."""

from starlette.responses import Response

from hibana_op.pages import steps
from hibana_op.pages.account.person import FRESH_FOR
from hibana_op.records import factors, passkeys
from hibana_op.records.interactions import Interaction
from hibana_op.records.users import User
from hibana_op.web.cookies import cookie_name
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit

PATH = "/login/passkey-offer"
DECLINED = "no_offer"
_A_YEAR = 31_536_000


async def is_due(visit: Visit, progress: Interaction, user: User) -> bool:
    """Whether to offer one: the form's script said that this browser can, and the person has none and did not say no.

    Who only proved themselves once more on the way to a page of ours is not held up.
    """
    if visit.form.maybe("passkeys") is None or progress.return_path is not None:
        return False
    if cookie_name(DECLINED, secure=visit.site.op.settings.is_https) in visit.cookies:
        return False
    return not await passkeys.of_user(visit.site.op.db, user.id)


async def may_be_silent(visit: Visit, progress: Interaction) -> bool:
    """Whether a browser may make a passkey here without asking: a password was the last thing proven, just now."""
    session = visit.session
    if session is None or not progress.signed_in or progress.session_id != session.id:
        return False
    if visit.site.op.now() - session.auth_time > FRESH_FOR:
        return False
    proven = await factors.of_session(visit.site.op.db, session.id)
    return bool(proven) and proven[-1][0].method == "password"


async def offer(visit: Visit) -> Response:
    """Offers to make a passkey before the person goes on."""
    if visit.method == "POST":
        visit.require_own_form()
    progress = await steps.get(visit)
    onward = steps.step_url(visit, "/login/continue", progress)
    if visit.session is None:
        return see_other(steps.step_url(visit, "/login", progress))
    if visit.method == "POST":
        response = see_other(onward)
        if visit.form.maybe("decision") == "never":
            _remember(visit, response)
        return response
    return visit.page(
        "passkey_offer.html",
        current_url=steps.step_url(visit, PATH, progress),
        form_action=steps.form_targets(progress),
        csrf=visit.csrf,
        interaction=progress.id,
        onward=onward,
        silently=await may_be_silent(visit, progress),
    )


def _remember(visit: Visit, response: Response) -> None:
    secure = visit.site.op.settings.is_https
    response.set_cookie(
        cookie_name(DECLINED, secure=secure),
        "1",
        max_age=_A_YEAR,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
