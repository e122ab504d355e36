"""The first room of the console: how an organisation stands."""

from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.pages.admin.frame import Desk, console_page, for_room
from hibana_op.pages.admin.rooms import OVERVIEW
from hibana_op.records import invitations, join_codes, memberships, tenant_domains
from hibana_op.records.tenant_domains import TenantDomain
from hibana_op.storage.database import Session as Db
from hibana_op.web.visit import Visit
from hibana_op.web.words import say


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there are of something, and the room in which they are; `most`: how many there may be."""

    label: str
    number: int
    path: str
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of an organisation, as far as somebody may know it."""

    counts: tuple[Counted, ...]
    domains: tuple[TenantDomain, ...] | None


@for_room("overview")
async def show(visit: Visit, desk: Desk) -> Response:
    """Shows the plan, the seats, the domains and how much there is in the other rooms."""
    tenant, now = desk.tenant, visit.site.op.now()
    facts = await visit.site.op.db.read(lambda tx: _facts(visit, desk, tx))
    state = "open" if tenant.is_open(now=now) else "suspended" if tenant.status == "suspended" else "run_out"
    return await console_page(
        visit,
        desk,
        "overview.html",
        facts=facts,
        is_open=state == "open",
        state=say(visit.language, f"console.state.{state}"),
        plan=say(visit.language, f"console.plan.{tenant.plan}") if desk.may(OVERVIEW.permission) else None,
        elsewhere=(f"hibana tenant show {tenant.slug}", f"GET /api/v1/tenants/{tenant.id}"),
        license=say(visit.language, f"console.license.{tenant.license_type}"),
    )


async def _facts(visit: Visit, desk: Desk, tx: Db) -> Facts:
    tenant, now = desk.tenant, visit.site.op.now()
    counted = {
        "members": lambda: memberships.count_seats(tx, tenant.id),
        "join_codes": lambda: join_codes.count_live(tx, tenant.id, now=now),
        "invitations": lambda: invitations.count_open(tx, tenant.id, now=now),
    }
    counts = []
    for room in desk.rooms:
        if room.name in counted and desk.may(room.permission):
            label = say(visit.language, f"console.count.{room.name}")
            most = tenant.max_users if room.name == "members" else None
            counts.append(Counted(label, await counted[room.name](), desk.address(room=room), most))
    domains = tuple(await tenant_domains.of_tenant(tx, tenant.id)) if desk.may("domains:read") else None
    return Facts(tuple(counts), domains)
