"""Who an account page is about, how fresh their proof is, and the frame around every such page."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from hibana_op.foundation.acr import ONE_FACTOR
from hibana_op.foundation.errors import PageRefused
from hibana_op.login import second_steps, sessions
from hibana_op.pages.steps import TENANT
from hibana_op.records import deletions, memberships, users
from hibana_op.records.sessions import Session
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db
from hibana_op.web.pages import Handler, see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import catalogue, say

FRESH_FOR = 600
SECURITY = "/account/security"
SECTIONS = ("home", "profile", "security", "sessions", "apps", "linked", "organizations", "activity", "data")


@dataclass(frozen=True, slots=True)
class Me:
    """The person who is signed in, and the session they are in; whether they proved all that they have set up."""

    session: Session
    user: User
    is_fully_proven: bool


PersonHandler = Callable[[Visit, Me], Awaitable[Response]]


def for_person(handler: PersonHandler) -> Handler:
    """A page for somebody who is signed in; others sign in first, and come back."""

    @wraps(handler)
    async def answer(visit: Visit) -> Response:
        me = await _me(visit)
        return await handler(visit, me) if me is not None else _sign_in_first(visit)

    return answer


def for_person_freshly(handler: PersonHandler, *, back: str = SECURITY) -> Handler:
    """A page for somebody who signed in within ten minutes; after a POST that came too late they begin at `back`."""

    @wraps(handler)
    async def answer(visit: Visit, me: Me) -> Response:
        if is_fresh(visit, me):
            return await handler(visit, me)
        if visit.method == "GET":
            return see_other(login_url(visit, own_path(visit), again=True))
        if _speaks_json(visit):
            return _json_refusal("proof_too_old", 403, login_url(visit, back, again=True))
        raise too_old(visit, back)

    return for_person(answer)


def is_fresh(visit: Visit, me: Me) -> bool:
    """Whether the person proved who they are a moment ago, by no less than they have set up (ASVS 7.5.1)."""
    if me.session.impersonator_id is not None:
        return False  # the proof is somebody else's
    return me.is_fully_proven and visit.site.op.now() - me.session.auth_time <= FRESH_FOR


def too_old(visit: Visit, back: str) -> PageRefused:
    """What somebody is told who has to sign in again before a change; then they begin at `back`."""
    return PageRefused("proof_too_old", status=403, back=login_url(visit, back, again=True))


async def account_page(
    visit: Visit,
    me: Me,
    template: str,
    *,
    section: str,
    status: int = 200,
    form_action: Sequence[str] = (),
    **context: object,
) -> Response:
    """Render `templates/account/TEMPLATE` in the frame; `?done=WORD` in the address says `[account.done]` WORD."""
    done = f"account.done.{visit.form.maybe('done')}"
    is_done = visit.method == "GET" and done in catalogue(visit.language)
    given: dict[str, Any] = {"error": None, "interaction": None, **context}
    return visit.page(
        f"account/{template}",
        status=status,
        current_url=visit.path,
        form_action=form_action,
        is_plain=True,
        csrf=visit.csrf,
        me=me.user,
        section=section,
        sections=SECTIONS,
        done=say(visit.language, done) if is_done else None,
        deletion_due_at=await deletions.due_of(visit.site.op.db, me.user.id),
        **given,
    )


async def _me(visit: Visit) -> Me | None:
    session = visit.session
    if session is None:
        return None

    async def read(tx: Db) -> Me | None:
        user = await users.find(tx, session.user_id)
        if user is None:
            return None
        only = await sessions.confinement(tx, session)
        if only is not None and not await memberships.is_of_one_alone(tx, user.id, only):
            return None  # a tenant's own provider says who somebody is in the tenant, and they are more than that
        is_enough = session.acr != ONE_FACTOR or not any(way.is_due for way in await second_steps.of(tx, user))
        return Me(session, user, is_enough)

    return await visit.site.op.db.glance(read)


def _sign_in_first(visit: Visit) -> Response:
    back = own_path(visit) if visit.method == "GET" else "/account"
    url = login_url(visit, back, again=visit.session is not None)
    return _json_refusal("signed_out", 401, url) if _speaks_json(visit) else see_other(url)


def own_path(visit: Visit) -> str:
    """The path of the page, below the issuer's own."""
    return visit.path.removeprefix(visit.site.op.settings.issuer_path)


def login_url(visit: Visit, back: str, *, again: bool = False) -> str:
    """Where somebody signs in who is led back to a page; with `again`, although they are signed in."""
    query = {"return": back, "again": "1"} if again else {"return": back}
    named = visit.form.maybe(TENANT)
    if named is not None and visit.method == "GET":
        query[TENANT] = named
    return f"{visit.site.url('/login')}?{urlencode(query, safe='/')}"


def _speaks_json(visit: Visit) -> bool:
    return visit.headers.get("content-type", "").partition(";")[0].strip() == "application/json"


def _json_refusal(error: str, status: int, next_url: str) -> Response:
    headers = {"Cache-Control": "no-store"}
    return JSONResponse({"error": error, "next": next_url}, status_code=status, headers=headers)
