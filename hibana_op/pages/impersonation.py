"""`/impersonate/{token}`: an administrator looks at whom they are about to act as, begins, and ends it again."""

from starlette.responses import Response

from hibana_op.foundation.errors import PageRefused
from hibana_op.tenancy import impersonation
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit

PATH = "/impersonate/{token}"
END = "/impersonation/end"


async def open_address(visit: Visit) -> Response:
    """Shows as whom an administrator is about to act, and why; begins it."""
    op = visit.site.op
    if visit.method == "POST":
        visit.require_own_form()
    live = [session for session, _ in visit.sessions]
    wish = await impersonation.look(op, visit.path.rpartition("/")[2], live, visit.origin)
    if visit.method == "GET":
        return visit.page(
            "impersonate.html",
            is_plain=True,
            csrf=visit.csrf,
            interaction=None,
            action=visit.path,
            account={"name": wish.user.name, "email": wish.user.email},
            reason=wish.request.reason,
        )
    decision = visit.form.maybe("decision")
    if decision == "cancel":
        return see_other(visit.site.url("/"))
    if decision != "begin":
        raise PageRefused("request_invalid", detail="decision must be begin or cancel")
    begun = await impersonation.begin(op, wish, visit.origin)
    visit.act_as(begun.session, begun.token)
    return see_other(visit.site.url("/account"))


async def end(visit: Visit) -> Response:
    """Ends acting as somebody else: the administrator is themselves again."""
    visit.require_own_form()
    if visit.session is not None and visit.acting_as is not None:
        await impersonation.end(visit.site.op, visit.session, visit.origin)
        visit.act_no_more()
    return see_other(visit.site.url("/"))
