"""Choosing among the accounts that this browser knows: those that are signed in, and those that were."""

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

PATH = "/login/accounts"


@dataclass(frozen=True, slots=True)
class Account:
    """One tile; its id is the session's, or a handle where there is none."""

    id: str
    name: str | None
    email: str
    signed_in: bool
    is_current: bool


async def accounts(visit: Visit) -> Response:
    """Shows the accounts, and takes the choice."""
    if visit.method == "GET":
        return await _page(visit, await steps.get(visit))
    visit.require_own_form()
    progress = await steps.find(visit) or await steps.begin_without_app(visit)
    forgotten, chosen = visit.form.maybe("forget"), visit.form.maybe("account")
    if forgotten is not None:
        await _forget(visit, forgotten)
        return see_other(steps.step_url(visit, PATH if visit.sessions or visit.known else "/login", progress))
    user = await _named(visit, chosen) if chosen else None
    if user is None:
        return see_other(steps.step_url(visit, "/login", progress))
    op = visit.site.op
    session = visit.choose(chosen) if chosen else None

    async def note(tx: Db) -> None:
        # Wherever the person has to prove something after all, nobody asks who they are.
        await interactions.name_person(tx, progress.id, identifier=user.email, now=op.now())
        if session is not None:
            await interactions.note_account_chosen(tx, progress.id, session_id=session.id, now=op.now())

    await op.db.transact(note)
    if session is None:
        return see_other(steps.step_url(visit, "/login", progress))
    return await steps.finish_login(visit, progress)


async def _named(visit: Visit, chosen: str) -> User | None:
    """The person whose tile was chosen, if this browser shows such a tile."""
    signed_in = [session.user_id for session, _ in visit.sessions if session.id == chosen]
    known = [user_id for user_id in visit.known if visit.handle_of(user_id) == chosen]
    for user_id in (*signed_in, *known):
        user = await users.find(visit.site.op.db, user_id)
        return user if user is not None and user.is_active else None
    return None


async def _forget(visit: Visit, forgotten: str) -> None:
    """Take an account out of the browser, and end its session here."""
    for session, _ in list(visit.sessions):
        if session.id == forgotten:
            await logout.end_session(visit.site.op, session, reason="forgotten", origin=visit.origin)
            visit.drop(session.id)
            visit.forget(session.user_id)
    for user_id in visit.known:
        if visit.handle_of(user_id) == forgotten:
            visit.forget(user_id)


async def _page(visit: Visit, progress: Interaction) -> Response:
    return visit.page(
        "accounts.html",
        current_url=steps.step_url(visit, PATH, progress),
        form_action=steps.form_targets(progress),
        app=await apps.of_interaction(visit, progress),
        csrf=visit.csrf,
        interaction=progress.id,
        accounts=await tiles(visit),
    )


async def tiles(visit: Visit) -> list[Account]:
    """The accounts that this browser knows, those signed in first; one that is gone is remembered no more."""
    if not visit.sessions and not visit.known:
        return []
    people = await people_of(visit)
    for user_id in visit.known:
        if user_id not in people:
            visit.forget(user_id)
    here = {session.user_id for session, _ in visit.sessions}
    shown = [(session.id, session.user_id) for session, _ in visit.sessions]
    shown += [(visit.handle_of(user_id), user_id) for user_id in visit.known if user_id not in here]
    return [
        Account(
            id,
            person.name_in(visit.language),
            person.email,
            signed_in=user_id in here,
            is_current=position == 0 and bool(here),
        )
        for position, (id, user_id) in enumerate(shown)
        if (person := people.get(user_id)) is not None and person.is_active
    ]


async def people_of(visit: Visit) -> dict[str, User]:
    """The people whom this browser knows, by id."""
    wanted = {*(session.user_id for session, _ in visit.sessions), *visit.known}
    return await visit.site.op.db.glance(lambda tx: users.several(tx, wanted))
