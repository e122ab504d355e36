"""`/join`: a code is typed, the organisation shown, and joined; on the way to an app, or by itself."""

from urllib.parse import urlencode

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused, PageRefused
from hibana_op.foundation.vault import Unsealable
from hibana_op.pages import apps, positions, signup, steps
from hibana_op.records import interactions, users
from hibana_op.records import positions as positions_of
from hibana_op.records.interactions import Interaction
from hibana_op.records.memberships import Membership
from hibana_op.records.sessions import Session
from hibana_op.tenancy import join_codes, membership
from hibana_op.tenancy.join_codes import Preview
from hibana_op.web import looks
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit

PATH = "/join"
ORGANIZATIONS = "/account/organizations"
LONGEST = 64


async def join(visit: Visit) -> Response:
    """Takes a join code, and lets whoever is signed in become a member."""
    if visit.method == "GET":
        return await _open(visit)
    visit.require_own_form()
    progress = await steps.find(visit)
    typed = (visit.form.maybe("join_code") or "")[:LONGEST]
    decision = visit.form.maybe("decision")
    if decision == "cancel":
        return await _go_on(visit, progress)
    if decision not in (None, "join"):
        raise PageRefused("request_invalid", detail="decision must be join or cancel")
    if not join_codes.plain(typed):
        return await _ask(visit, progress, typed, refusal=LoginRefused("missing_code"))
    if visit.session is None:
        return await _sign_in_first(visit, progress, typed)
    act = _look if decision is None else _join
    return await act(visit, visit.session, progress, typed)


async def _open(visit: Visit) -> Response:
    """The field for the code; for somebody who typed it before they signed in, what it is for."""
    progress, kept = await steps.find(visit), _opened(visit)
    if visit.session is not None and kept is not None:
        return await _look(visit, visit.session, progress, kept)
    return await _ask(visit, progress, (visit.form.maybe("code") or kept or "")[:LONGEST])


async def enter(
    visit: Visit, session: Session, progress: Interaction | None, member: Membership, *, done: str = "joined"
) -> Response:
    """The organisation that was joined becomes the active one; on with the way to the app, if there is one."""
    await membership.enter(
        visit.site.op,
        session.user_id,
        member.id,
        session_id=session.id,
        interaction_id=progress.id if progress else None,
    )
    if progress is None:
        return see_other(f"{visit.site.url(ORGANIZATIONS)}?done={done}")
    return await _go_on(visit, progress)


async def _join(visit: Visit, session: Session, progress: Interaction | None, typed: str) -> Response:
    before = visit.site.op.now()
    try:
        member = await join_codes.join(visit.site.op, session.user_id, typed, origin=visit.origin)
    except LoginRefused as refusal:
        return await _ask(visit, progress, typed, refusal=refusal)
    is_new = (member.joined_at or 0) >= before
    return await enter(visit, session, progress, member, done="joined" if is_new else "organization_entered")


async def _go_on(visit: Visit, progress: Interaction | None) -> Response:
    """Back to where somebody came from; a sign-in on the detour to this page counts for the way to the app."""
    if progress is None:
        return see_other(visit.site.url(ORGANIZATIONS))
    session, op = visit.session, visit.site.op
    if session is not None and session.auth_time >= progress.created_at:
        await op.db.transact(
            lambda tx: interactions.note_signed_in(tx, progress.id, session_id=session.id, now=op.now())
        )
    return await steps.finish_login(visit, progress)


async def _sign_in_first(visit: Visit, progress: Interaction | None, typed: str) -> Response:
    """The code waits, sealed for this browser, while its owner signs in; then they come back here."""
    op = visit.site.op
    kept = op.vault.seal(join_codes.plain(typed).encode(), _bound_to(visit))
    query = {"kept": kept, **({"interaction": progress.id} if progress else {})}
    detour = await steps.begin_without_app(visit, return_path=f"{PATH}?{urlencode(query)}")
    named = progress.identifier if progress else None
    if named is not None:
        await op.db.transact(lambda tx: interactions.name_person(tx, detour.id, identifier=named, now=op.now()))
    return see_other(steps.step_url(visit, "/login", detour))


def _opened(visit: Visit) -> str | None:
    """The code that waited for its owner to sign in in this browser."""
    kept = visit.form.maybe("kept")
    if kept is None:
        return None
    try:
        return visit.site.op.vault.open(kept, _bound_to(visit)).decode()
    except Unsealable:
        return None


def _bound_to(visit: Visit) -> str:
    return f"join:kept:{visit.browser_hash}"


async def _look(visit: Visit, session: Session, progress: Interaction | None, typed: str) -> Response:
    try:
        found = await join_codes.look_up(visit.site.op, session.user_id, typed, origin=visit.origin)
    except LoginRefused as refusal:
        return await _ask(visit, progress, typed, refusal=refusal)
    return await _preview(visit, session, progress, typed, found)


async def _preview(
    visit: Visit, session: Session, progress: Interaction | None, typed: str, found: Preview
) -> Response:
    op = visit.site.op
    visit.look = await looks.of_tenant(op, found.tenant.id)
    user = await users.find(op.db, session.user_id)
    if found.member is not None:
        position = (await positions_of.of_person(op.db, session.user_id))[found.tenant.id]
    else:
        position = await positions_of.offered(op.db, found.code)
    return visit.page(
        "join_preview.html",
        form_action=steps.form_targets(progress) if progress else [],
        app=await apps.of_interaction(visit, progress),
        csrf=visit.csrf,
        interaction=progress.id if progress else None,
        join_code=typed,
        tenant=found.tenant,
        is_member=found.member is not None,
        standing=positions.told(visit.language, position),
        email=user.email if user else "",
    )


async def _ask(
    visit: Visit, progress: Interaction | None, typed: str, *, refusal: LoginRefused | None = None
) -> Response:
    return visit.page(
        "join.html",
        status=signup.status_of(refusal),
        current_url=steps.step_url(visit, PATH, progress),
        form_action=steps.form_targets(progress) if progress else [],
        app=await apps.of_interaction(visit, progress),
        csrf=visit.csrf,
        interaction=progress.id if progress else None,
        join_code=typed,
        is_signed_in=visit.session is not None,
        is_by_invitation=visit.session is None and visit.site.op.settings.signup != "open",
        error=signup.words_of(visit, refusal),
    )
