"""`/account/agents`: the accounts that belong to a person, such as their agents; suspend, resume, sign out."""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused, NotFound, PageRefused, TooStrong
from hibana_op.foundation.origin import Origin
from hibana_op.login import family
from hibana_op.pages.account.person import Me, account_page, for_person, is_fresh, too_old
from hibana_op.provider import Provider
from hibana_op.records import children, sessions
from hibana_op.tenancy.administrators import require_may_suspend_child
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

PATH = "/account/agents"
# What a button is called → what it does, and what is said when that is done.
_ACTS: dict[str, tuple[Callable[[Provider, str, str, Origin], Awaitable[None]], str]] = {
    "suspend": (partial(family.suspend, guard=require_may_suspend_child), "agent_suspended"),
    "resume": (family.resume, "agent_resumed"),
    "end": (family.sign_out, "agent_signed_out"),
}


@for_person
async def show(visit: Visit, me: Me) -> Response:
    """Lists the accounts that belong to a person's; suspends one, lets it act again, or signs it out."""
    if visit.method == "GET":
        return await _page(visit, me)
    visit.require_own_form()
    if not is_fresh(visit, me):
        raise too_old(visit, PATH)
    for name, (act, done) in _ACTS.items():
        child_id = visit.form.maybe(name)
        if child_id is not None:
            try:
                await act(visit.site.op, me.user.id, child_id, visit.origin)
            except LoginRefused as refusal:
                return await _page(visit, me, refused=refusal.reason)
            except TooStrong:
                return await _page(visit, me, refused="child_too_strong")
            except NotFound:
                return see_other(visit.site.url(PATH))  # it changed a moment ago; the page shows how it is
            return see_other(f"{visit.site.url(PATH)}?done={done}")
    raise PageRefused("request_invalid", detail="suspend, resume or end must name an account")


async def _page(visit: Visit, me: Me, *, refused: str = "") -> Response:
    op = visit.site.op
    rows = [
        {
            "id": child.id,
            "name": child.name or child.email,
            "email": child.email,
            "kind": child.kind,
            "status": child.status,
            "is_resumable": child.is_resumable,
            "last_login_at": child.last_login_at,
            "sessions": len(await sessions.live_of_user(op.db, child.id, now=op.now())),
        }
        for child in await children.of_parent(op.db, me.user.id)
    ]
    error = say(visit.language, f"refused.{refused}") if refused else None
    fresh = is_fresh(visit, me)
    status = 400 if error else 200
    return await account_page(
        visit, me, "agents.html", section="sessions", status=status, rows=rows, is_fresh=fresh, error=error
    )
