"""The door of the console: the organisations that somebody may look after."""

from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.foundation.errors import PageRefused
from hibana_op.login import sessions
from hibana_op.pages.account.person import Me, for_person
from hibana_op.pages.admin import listing
from hibana_op.pages.admin.entry import Rights, rights_of
from hibana_op.pages.admin.frame import prove_first
from hibana_op.pages.admin.rooms import HOME, OVERVIEW
from hibana_op.records import tenants
from hibana_op.records.policies import OWN_ACCOUNT
from hibana_op.records.tenants import Tenant
from hibana_op.storage.database import Session as Db
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, may
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit

ORDER = tenants.ORDERS["slug"]


@dataclass(frozen=True, slots=True)
class Row:
    """An organisation in the list; `is_open`: people may enter it."""

    name: str
    slug: str
    path: str
    is_open: bool


@for_person
async def show(visit: Visit, me: Me) -> Response:
    """Lists the organisations that somebody may look after; where it is one alone, leads straight to it."""
    op = visit.site.op
    rights, own = await op.db.glance(lambda tx: _read(visit, me, tx))
    if _sees_all(rights.held) and not await sessions.is_enough(op, me.session, to=OWN_ACCOUNT):
        return prove_first(visit)
    if _sees_all(rights.counting):
        return await _of_all(visit, me)
    if not own:
        raise _nothing(visit, rights)
    if len(own) == 1:
        return see_other(visit.site.url(f"{HOME}/{own[0].slug}"))
    pager = listing.Pager(None, None)
    return _page(visit, me, own, pager=pager)


async def is_for(visit: Visit, me: Me, tx: Db) -> bool:
    """Whether somebody has anything to do at the console; whoever acts as somebody else has not."""
    if me.session.impersonator_id is not None:
        return False
    rights = await rights_of(visit, me, tx)
    return _sees_all(rights.held) or bool(rights.tenants())


def _nothing(visit: Visit, rights: Rights) -> PageRefused:
    back = visit.site.url("/account")
    if _sees_all(rights.held):
        return PageRefused("console_shut", status=403, back=back)
    return PageRefused("console_nothing", status=403, back=back)


def _sees_all(actor: Actor) -> bool:
    return may(actor, OVERVIEW.permission, IN_DEPLOYMENT)


async def _read(visit: Visit, me: Me, tx: Db) -> tuple[Rights, list[Tenant]]:
    rights = await rights_of(visit, me, tx)
    own = [await tenants.find(tx, each) for each in rights.tenants()] if not _sees_all(rights.counting) else []
    return rights, sorted((each for each in own if each is not None), key=lambda each: (each.name, each.id))


async def _of_all(visit: Visit, me: Me) -> Response:
    """All organisations, for staff of the service provider."""
    q = listing.searched(visit)

    async def read(after: str, limit: int) -> list[Tenant]:
        return await visit.site.op.db.search(lambda tx: tenants.page(tx, q=q, order=ORDER, after=after, limit=limit))

    found, pager = await listing.page(visit, HOME, read, key=ORDER.key, narrowed={"q": q})
    return _page(visit, me, found, pager=pager, q=q)


def _page(visit: Visit, me: Me, found: list[Tenant], *, pager: listing.Pager, q: str | None = None) -> Response:
    now = visit.site.op.now()
    return visit.page(
        "admin/home.html",
        current_url=visit.path,
        is_plain=True,
        csrf=visit.csrf,
        interaction=None,
        me=me.user,
        rows=[Row(each.name, each.slug, f"{HOME}/{each.slug}", each.is_open(now=now)) for each in found],
        pager=pager,
        q=q,
    )
