"""Where a person is signed in, and the way out of it from here."""

from starlette.responses import Response

from hibana_op.foundation.errors import PageRefused
from hibana_op.login import devices
from hibana_op.oauth import logout
from hibana_op.pages.account.person import Me, account_page, for_person, is_fresh, too_old
from hibana_op.records import children, sessions
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit

PATH = "/account/sessions"


@for_person
async def show(visit: Visit, me: Me) -> Response:
    """Lists the sessions, this one first; ends another one, or all others."""
    if visit.method == "GET":
        return await _page(visit, me)
    visit.require_own_form()
    if not is_fresh(visit, me):
        raise too_old(visit, PATH)
    others = [each for each in await _live(visit, me) if each.id != me.session.id]
    ended, done = visit.form.maybe("end"), "session_ended"
    if ended == "others":
        done = "sessions_ended"
    elif ended is None:
        raise PageRefused("request_invalid", detail="end must name a session, or say others")
    else:
        others = [each for each in others if each.id == ended]
    for session in others:
        await logout.end_session(visit.site.op, session, reason="ended_by_person", origin=visit.origin)
    return see_other(f"{visit.site.url(PATH)}?done={done}")


async def _live(visit: Visit, me: Me) -> list[sessions.Session]:
    return await sessions.live_of_user(visit.site.op.db, me.user.id, now=visit.site.op.now())


async def _page(visit: Visit, me: Me) -> Response:
    rows = [
        {
            "id": each.id,
            "is_current": each.id == me.session.id,
            "acting_for": each.impersonation_reason,
            "device": devices.name_of(each.user_agent),
            "ip_address": each.ip_address or devices.UNKNOWN,
            "auth_time": each.auth_time,
            "last_seen_at": each.last_seen_at,
        }
        for each in sorted(await _live(visit, me), key=lambda each: each.id != me.session.id)
    ]
    has_agents = bool(await children.of_parent(visit.site.op.db, me.user.id))
    return await account_page(
        *(visit, me, "sessions.html"),
        section="sessions",
        rows=rows,
        is_fresh=is_fresh(visit, me),
        has_agents=has_agents,
    )
