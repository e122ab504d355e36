"""Where every way to sign in ends: the proof is noted, and the person led to what is still missing."""

from starlette.responses import Response

from hibana_op.login import sessions
from hibana_op.login.second_factors import SECOND_FACTORS
from hibana_op.login.sessions import Begun, SignIn
from hibana_op.pages import keep_account, passkey_offer, steps
from hibana_op.records import factors
from hibana_op.records.factors import Factor
from hibana_op.records.interactions import Interaction
from hibana_op.records.sessions import Session
from hibana_op.records.users import User
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit

CONTINUE = "/login/continue"
ASKS_WHETHER_TO_STAY = frozenset({"password", "email_link"})


async def proven(
    visit: Visit, progress: Interaction, user: User, factor: Factor, *, remember: bool | None = None
) -> Response:
    """A form proved something: on to the next page, or back to the app."""
    path = await _settle(visit, progress, user, factor, remember=remember)
    if path == CONTINUE and await passkey_offer.is_due(visit, progress, user):
        path = passkey_offer.PATH
    if path == CONTINUE:
        return await steps.finish_login(visit, progress)
    return see_other(steps.step_url(visit, path, progress))


async def settle(
    visit: Visit, progress: Interaction, user: User, factor: Factor, *, remember: bool | None = None
) -> str:
    """A script proved something: the address where its page goes on."""
    path = await _settle(visit, progress, user, factor, remember=remember)
    return steps.step_url(visit, path, progress)


async def go_on(visit: Visit) -> Response:
    """Leads on after a script has signed somebody in."""
    return await steps.finish_login(visit, await steps.get(visit))


def asked_of(visit: Visit, progress: Interaction) -> str | None:
    """The id of the person who is asked for more: who has proven something in this sign-in, or is signed in already."""
    if progress.user_id is not None:
        return progress.user_id
    return visit.session.user_id if visit.session else None


async def _settle(visit: Visit, progress: Interaction, user: User, factor: Factor, *, remember: bool | None) -> str:
    sign_in = SignIn(
        user=user,
        factor=factor,
        interaction_id=progress.id,
        browser_hash=visit.browser_hash,
        remember=remember,
        replaced=next((kept for kept, _ in visit.sessions if kept.user_id == user.id), None),
        builds_on=_builds_on(visit, progress, user, factor),
        origin=visit.origin,
    )
    settled = await sessions.settle(visit.site.op, sign_in)
    if factor.method not in SECOND_FACTORS and progress.user_id != user.id:
        visit.way_in = visit.way_in or factor.method
    if not isinstance(settled, Begun):
        return steps.MORE if settled.methods else steps.SET_UP
    visit.site.metrics.sign_in("success")
    visit.use(settled.session, settled.token)
    if await _is_to_be_known(visit, settled.session, sign_in):
        visit.know(user.id)
    return keep_account.PATH if await keep_account.is_due(visit, user.id) else CONTINUE


async def _is_to_be_known(visit: Visit, session: Session, sign_in: SignIn) -> bool:
    """Whether the browser remembers the account from now on, after it is signed out too.

    Where a page asks whether somebody stays signed in, its hint says to leave that off on a shared device: such a
    device is to remember nothing, whatever is proven later on.
    """
    if session.remember or sign_in.remember is not None or sign_in.replaced is not None:
        return session.remember
    proven = await factors.of_session(visit.site.op.db, session.id)
    return not any(each.method in ASKS_WHETHER_TO_STAY for each, _ in proven)


def _builds_on(visit: Visit, progress: Interaction, user: User, factor: Factor) -> Session | None:
    """A second factor alone is no sign-in; where none is in progress it adds to the session in use."""
    if factor.method not in SECOND_FACTORS or progress.user_id is not None:
        return None
    session = visit.session
    return session if session is not None and session.user_id == user.id else None
