"""The organisations of a person: which one is active, how to join another, and the way out of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused, NotFound, PageRefused
from hibana_op.pages import apps, join, positions
from hibana_op.pages.account.person import Me, account_page, for_person
from hibana_op.pages.apps import App
from hibana_op.pages.positions import Standing
from hibana_op.records import clients, invitations, memberships, tenants
from hibana_op.records import positions as positions_of
from hibana_op.records.memberships import Belonging, Shut
from hibana_op.records.tenant_domains import OpenTenant
from hibana_op.storage.database import Session as Db
from hibana_op.tenancy import accepting, by_domain, membership
from hibana_op.tenancy.membership import LastOwner
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

PATH = join.ORGANIZATIONS
MOST_APPS = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """An invitation to this person."""

    id: str
    tenant: str
    standing: Standing
    expires_at: int


@dataclass(frozen=True, slots=True)
class Found:
    """All that the page shows."""

    belongings: tuple[Belonging, ...]
    standings: Mapping[str, Standing]
    apps: Mapping[str, tuple[App, ...]]
    shut: tuple[Shut, ...]
    waiting: tuple[Waiting, ...]
    open_to: tuple[OpenTenant, ...]


@for_person
async def show(visit: Visit, me: Me) -> Response:
    """Lists the organisations; enters, joins or leaves one, and answers invitations."""
    found = await visit.site.op.db.read(lambda tx: _read(visit, me, tx))
    if visit.method == "GET":
        leaving = next((each for each in found.belongings if each.membership_id == visit.form.maybe("leave")), None)
        return await (_page(visit, me, found) if leaving is None else _ask(visit, me, leaving))
    visit.require_own_form()
    try:
        return await _act(visit, me)
    except LoginRefused as refusal:
        return await _page(visit, me, found, error=say(visit.language, f"refused.{refusal.reason}", **refusal.values))
    except LastOwner:
        return await _page(visit, me, found, error=say(visit.language, "account.organizations.last_owner"))
    except NotFound:
        return see_other(visit.site.url(PATH))  # it is gone already


async def _act(visit: Visit, me: Me) -> Response:
    op, form = visit.site.op, visit.form
    if (entered := form.maybe("enter")) is not None:
        await membership.enter(op, me.user.id, entered, session_id=me.session.id)
        return _done(visit, "organization_entered")
    if (left := form.maybe("leave")) is not None:
        await membership.leave(op, me.user.id, left, origin=visit.origin)
        return _done(visit, "organization_left")
    if (declined := form.maybe("decline")) is not None:
        await accepting.decline(op, me.user.id, declined, origin=visit.origin)
        return _done(visit, "invitation_declined")
    if (accepted := form.maybe("accept")) is not None:
        member = await accepting.accept(op, me.user.id, accepted, origin=visit.origin)
    elif (joined := form.maybe("join")) is not None:
        member = await by_domain.join(op, me.user.id, joined, origin=visit.origin)
    else:
        raise PageRefused("request_invalid", detail="enter, leave, accept, decline or join must be given")
    return await join.enter(visit, me.session, None, member)


def _done(visit: Visit, word: str) -> Response:
    return see_other(f"{visit.site.url(PATH)}?done={word}")


async def _read(visit: Visit, me: Me, tx: Db) -> Found:
    now, told = visit.site.op.now(), partial(positions.told, visit.language)
    belongings = await memberships.belongings(tx, me.user.id, now=now)
    shut = await memberships.shut(tx, me.user.id, now=now)
    of_them = {each.tenant_id for each in belongings} | {each.tenant_id for each in shut}
    pending = await invitations.pending_to(tx, me.user.email, now=now) if me.user.email_verified else []
    waiting = [
        Waiting(each.id, tenant.name, told(await positions_of.offered(tx, each)), each.expires_at)
        for each in pending
        if (tenant := await tenants.find(tx, each.tenant_id))
    ]
    open_to = [each for each in await by_domain.open_to(tx, me.user, now=now) if each.tenant_id not in of_them]
    standings = {
        tenant_id: told(position) for tenant_id, position in (await positions_of.of_person(tx, me.user.id)).items()
    }
    own_apps = {each.tenant_id: await _apps(visit, tx, each.tenant_id) for each in belongings}
    return Found(tuple(belongings), standings, own_apps, tuple(shut), tuple(waiting), tuple(open_to))


async def _apps(visit: Visit, tx: Db, tenant_id: str) -> tuple[App, ...]:
    """The apps of an organisation that say where they are opened."""
    found = await clients.page(tx, tenant_id=tenant_id, limit=MOST_APPS)
    shown = [apps.shown(each, visit.language) for each in found]
    return tuple(each for each in shown if each.client_uri)


async def _page(visit: Visit, me: Me, found: Found, *, error: str | None = None) -> Response:
    return await account_page(
        visit,
        me,
        "organizations.html",
        section="organizations",
        status=400 if error else 200,
        found=found,
        active=me.session.active_membership_id,
        error=error,
    )


async def _ask(visit: Visit, me: Me, leaving: Belonging) -> Response:
    return await account_page(visit, me, "leave_organization.html", section="organizations", leaving=leaving)
