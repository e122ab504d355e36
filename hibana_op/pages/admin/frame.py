"""The frame around every room of the console: who comes in, and what stands beside and above the page."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from starlette.responses import Response

from hibana_op.foundation.errors import PageRefused
from hibana_op.login import sessions
from hibana_op.pages.account.person import Me, for_person, is_fresh, login_url, own_path, too_old
from hibana_op.pages.admin import rooms
from hibana_op.pages.admin.entry import Rights, not_found, rights_of, shut_to
from hibana_op.pages.admin.rooms import HOME, OVERVIEW, ROOMS, Room, is_admitted
from hibana_op.records import tenants
from hibana_op.records.memberships import Shut
from hibana_op.records.policies import Destination
from hibana_op.records.tenants import SPECIAL, Tenant
from hibana_op.storage.database import Session as Db
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, Where, may
from hibana_op.web.pages import Handler, see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import catalogue, say

ORGANIZATIONS = "/account/organizations"
_SLUG = re.compile(r"[a-z0-9-]{1,63}")


@dataclass(frozen=True, slots=True)
class Desk:
    """Who sits in which room of which organisation, what of their rights counts, and the rooms open to them."""

    me: Me
    actor: Actor
    tenant: Tenant
    room: Room
    rooms: tuple[Room, ...]
    has_others: bool

    def may(self, permission: str, where: Where | None = None) -> bool:
        """Whether they may do something in the whole organisation, or in a place of it."""
        return may(self.actor, permission, where or Where(tenant_id=self.tenant.id))

    def places(self, permission: str) -> list[Where]:
        """Where they may do something: in the whole organisation, or in their units."""
        return rooms.places(self.actor, permission, self.tenant.id)

    def address(self, *more: str, room: Room | None = None) -> str:
        """The path of a room, by default of this one, or of something in it."""
        return "/".join((f"{HOME}/{self.tenant.slug}{(room or self.room).address}", *more))


@dataclass(frozen=True, slots=True)
class Link:
    """One line of the list of rooms."""

    label: str
    path: str
    is_current: bool


DeskHandler = Callable[[Visit, Desk], Awaitable[Response]]


def for_room(name: str, *, freshly: bool = False) -> Callable[[DeskHandler], Handler]:
    """A page of a room, for those who may see it; every change, with `freshly` the page too, takes a fresh proof."""
    room = rooms.called(name)

    def decorate(handler: DeskHandler) -> Handler:
        @wraps(handler)
        async def answer(visit: Visit, me: Me) -> Response:
            if visit.method == "POST":
                visit.require_own_form()
            desk = await _sit_down(visit, me, room)
            if desk is None or ((freshly or visit.method == "POST") and not is_fresh(visit, me)):
                return prove_first(visit)
            return await handler(visit, desk)

        return for_person(answer)

    return decorate


def prove_first(visit: Visit) -> Response:
    """Lead to the sign-in and back to this page; who sent a form too late reads that nothing was changed."""
    if visit.method == "POST":
        raise too_old(visit, own_path(visit))
    return see_other(login_url(visit, own_path(visit), again=True))


def parts_of(visit: Visit) -> list[str]:
    """What follows the console's own address, part by part: the organisation, the room, the thing in it."""
    return own_path(visit).removeprefix(HOME).strip("/").split("/")


def done(visit: Visit, address: str, word: str) -> Response:
    """Back to a page, which says that something was done."""
    return see_other(f"{visit.site.url(address)}?done={word}")


async def console_page(
    visit: Visit, desk: Desk, template: str, *, status: int = 200, elsewhere: Sequence[str] = (), **context: object
) -> Response:
    """Render `templates/admin/TEMPLATE` in the frame; `?done=WORD` in the address says `[console.done]` WORD.

    `elsewhere`: the commands and calls of the API that do the same.
    """
    word = f"console.done.{visit.form.maybe('done')}"
    is_done = visit.method == "GET" and word in catalogue(visit.language)
    given: dict[str, Any] = {"error": None, "interaction": None, **context}
    return visit.page(
        f"admin/{template}",
        status=status,
        current_url=visit.path,
        is_plain=True,
        csrf=visit.csrf,
        me=desk.me.user,
        tenant=desk.tenant,
        room=say(visit.language, f"console.room.{desk.room.name}"),
        rooms=[
            Link(say(visit.language, f"console.room.{each.name}"), desk.address(room=each), each is desk.room)
            for each in desk.rooms
        ],
        has_others=desk.has_others,
        is_fresh=is_fresh(visit, desk.me),
        here=own_path(visit),
        back=desk.address(),
        done=say(visit.language, word) if is_done else None,
        elsewhere=elsewhere,
        **given,
    )


async def ask_first(visit: Visit, desk: Desk, act: str, *, cancel: str, **values: str) -> Response:
    """The question whether somebody really wants to do something that is not easily undone."""
    if not is_fresh(visit, desk.me):
        return prove_first(visit)
    return await console_page(
        visit,
        desk,
        "ask.html",
        question=say(visit.language, f"console.ask.{act}", **values),
        detail=say(visit.language, f"console.ask.{act}_detail"),
        submit=say(visit.language, f"console.ask.{act}_submit"),
        decision=act,
        cancel=cancel,
    )


async def _sit_down(visit: Visit, me: Me, room: Room) -> Desk | None:
    """A place at the console; None for whoever has to prove more first. Refuses everybody else."""
    op, slug = visit.site.op, parts_of(visit)[0]

    async def read(tx: Db) -> tuple[Tenant, Rights, Shut | None]:
        tenant = await tenants.find_by_slug(tx, slug) if _SLUG.fullmatch(slug) else None
        if tenant is None or tenant.id in SPECIAL:
            raise not_found()
        return tenant, await rights_of(visit, me, tx), await shut_to(visit, me, tx, tenant.id)

    tenant, rights, shut = await op.db.glance(read)
    if not is_admitted(rights.held, tenant.id):
        if shut is not None:
            raise PageRefused("console_closed", status=403, back=visit.site.url(ORGANIZATIONS))
        raise not_found()
    if not await sessions.is_enough(op, me.session, to=Destination(tenant=tenant.id)):
        return None
    actor = rights.counting
    if not is_admitted(actor, tenant.id):
        raise PageRefused("console_shut", status=403, back=visit.site.url(ORGANIZATIONS))
    open_rooms = tuple(each for each in ROOMS if each is OVERVIEW or rooms.places(actor, each.permission, tenant.id))
    if room not in open_rooms:
        raise PageRefused("console_forbidden", status=403, back=visit.site.url(f"{HOME}/{tenant.slug}"))
    has_others = len(rights.tenants()) > 1 or may(actor, OVERVIEW.permission, IN_DEPLOYMENT)
    return Desk(me, actor, tenant, room, open_rooms, has_others)
