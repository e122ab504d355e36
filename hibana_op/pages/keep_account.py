"""`/login/keep`: somebody signs in whose account is to be deleted, and may keep it."""

from starlette.responses import Response

from hibana_op.foundation.errors import PageRefused
from hibana_op.login import deletion
from hibana_op.pages import steps
from hibana_op.records import deletions, users
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit

PATH = "/login/keep"


async def is_due(visit: Visit, user_id: str) -> bool:
    """Whether the person who just signed in has asked for their account to be deleted."""
    return await deletions.due_of(visit.site.op.db, user_id) is not None


async def keep(visit: Visit) -> Response:
    """Asks whether the account is to stay after all, and goes on with the sign-in either way."""
    if visit.method == "POST":
        visit.require_own_form()
    op, progress = visit.site.op, await steps.get(visit)
    if visit.session is None:
        return see_other(steps.step_url(visit, "/login", progress))
    user = await users.get(op.db, visit.session.user_id)
    due_at = await deletions.due_of(op.db, user.id)
    if visit.method == "POST":
        decision = visit.form.maybe("decision")
        if decision not in ("keep", "later"):
            raise PageRefused("request_invalid", detail="decision must be keep or later")
        if decision == "keep":
            await deletion.cancel(op, user, visit.origin)
    if visit.method == "POST" or due_at is None:
        return await steps.finish_login(visit, progress)
    return visit.page(
        "keep_account.html",
        current_url=steps.step_url(visit, PATH, progress),
        form_action=steps.form_targets(progress),
        due_at=due_at,
        account={"name": user.name, "email": user.email},
        csrf=visit.csrf,
        interaction=progress.id,
    )
