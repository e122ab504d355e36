"""Choosing among the accounts that are signed in in this browser (prompt=select_account)."""

from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.oauth import logout
from hibana_op.pages import apps, steps
from hibana_op.records import interactions, users
from hibana_op.records.interactions import Interaction
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Account:
    """One tile of the page; its id is the session's."""

    id: str
    name: str | None
    email: str
    signed_in: bool
    is_current: bool


async def accounts(visit: Visit) -> Response:
    """Shows the accounts, and takes the choice."""
    progress = await steps.get(visit)
    if visit.method == "GET":
        return await _page(visit, progress)
    visit.require_own_form()
    forgotten, chosen = visit.form.maybe("forget"), visit.form.maybe("account")
    if forgotten is not None:
        await _forget(visit, forgotten)
        return see_other(steps.step_url(visit, "/login/accounts" if visit.sessions else "/login", progress))
    session = visit.choose(chosen) if chosen else None
    if session is None:
        return see_other(steps.step_url(visit, "/login", progress))
    await visit.site.op.db.transact(
        lambda tx: interactions.note_account_chosen(tx, progress.id, session_id=session.id, now=visit.site.op.now())
    )
    return await steps.finish_login(visit, progress)


async def _forget(visit: Visit, session_id: str) -> None:
    for session, _ in list(visit.sessions):
        if session.id == session_id:
            await logout.end_session(visit.site.op, session, reason="forgotten", origin=visit.origin)
            visit.drop(session_id)


async def _page(visit: Visit, progress: Interaction) -> Response:
    people = await people_of(visit)
    tiles = [
        Account(session.id, person.name_in(visit.language), person.email, signed_in=True, is_current=position == 0)
        for position, (session, _) in enumerate(visit.sessions)
        if (person := people.get(session.user_id))
    ]
    return visit.site.renderer.page(
        "accounts.html",
        language=visit.language,
        current_url=steps.step_url(visit, "/login/accounts", progress),
        form_action=steps.form_targets(progress),
        app=await apps.of_interaction(visit, progress),
        csrf=visit.csrf,
        interaction=progress.id,
        accounts=tiles,
    )


async def people_of(visit: Visit) -> dict[str, User]:
    """The people behind the browser's sessions, by id."""

    async def read(tx: Db) -> dict[str, User]:
        found = [await users.find(tx, session.user_id) for session, _ in visit.sessions]
        return {user.id: user for user in found if user}

    return await visit.site.op.db.glance(read)
