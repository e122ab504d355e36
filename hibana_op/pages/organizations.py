"""Picking the tenant to enter, and what to do for whoever is in none that the app is for."""

from collections.abc import Sequence

from starlette.responses import Response

from hibana_op.foundation.errors import PageRefused
from hibana_op.oauth import authorize
from hibana_op.oauth.authorization_checks import AuthorizationRequest
from hibana_op.oauth.response_modes import Answer
from hibana_op.pages import apps, steps
from hibana_op.records import interactions, memberships, users
from hibana_op.records.interactions import Interaction
from hibana_op.records.memberships import Belonging, Shut
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit


async def organizations(visit: Visit) -> Response:
    """Shows the tenants that will do, and takes the choice."""
    if visit.method == "POST":
        visit.require_own_form()
    progress = await steps.get(visit)
    if visit.session is None:
        return see_other(steps.step_url(visit, "/login", progress))
    request = await authorize.read(visit.site.op, steps.form_of(progress))
    if isinstance(request, Answer):
        return steps.send(visit, request)
    fitting = (await steps.entry_of(visit, request, visit.session, progress)).fitting(request.tenant)
    if visit.method == "GET":
        return await _page(visit, progress, request, fitting)
    if visit.form.maybe("decision") == "cancel":
        return await _cancel(visit, progress, request)
    chosen = visit.form.maybe("membership")
    if not any(each.membership_id == chosen for each in fitting) or chosen is None:
        return await _page(visit, progress, request, fitting)
    op = visit.site.op
    await op.db.transact(lambda tx: interactions.pick_tenant(tx, progress.id, membership_id=chosen, now=op.now()))
    return await steps.finish_login(visit, progress)


async def _cancel(visit: Visit, progress: Interaction, request: AuthorizationRequest) -> Response:
    op = visit.site.op
    if not await op.db.transact(lambda tx: interactions.finish(tx, progress.id, now=op.now())):
        raise PageRefused("interaction_expired")
    return steps.send(visit, authorize.deny(op, request))


async def _page(
    visit: Visit, progress: Interaction, request: AuthorizationRequest, fitting: Sequence[Belonging]
) -> Response:
    op, session = visit.site.op, visit.session
    user = await users.find(op.db, session.user_id) if session else None
    shut = await memberships.shut(op.db, user.id, now=op.now()) if user and not fitting else []
    return visit.page(
        "organizations.html",
        current_url=steps.step_url(visit, steps.TENANTS, progress),
        form_action=steps.form_targets(progress),
        app=await apps.of_interaction(visit, progress),
        csrf=visit.csrf,
        interaction=progress.id,
        tenants=fitting,
        shut=_among(shut, request),
        person=user,
    )


def _among(shut: Sequence[Shut], request: AuthorizationRequest) -> Shut | None:
    """The person's own tenant that the app is for, where they may not enter it now."""
    wanted = request.tenant
    found = (each for each in shut if wanted.slug in (None, each.slug) and wanted.id in (None, each.tenant_id))
    return next(found, None)
