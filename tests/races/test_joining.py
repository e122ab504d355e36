"""Seats are counted exactly by several workers too: rows P05 and T06."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import pytest

from hibana_op.config import load
from hibana_op.provider import Provider, open_provider
from hibana_op.records import join_codes, memberships
from hibana_op.tenancy import actors
from hibana_op.tenancy import join_codes as rules
from hibana_op.tenancy.seats import Seat
from tests.deployment import Page
from tests.make import make_user
from tests.server import HibanaProcess
from tests.tenancy.authority import HERE, make_tenant
from tests.visitor import Visitor

PEOPLE = 12
SEATS = 3


async def opened(server: HibanaProcess) -> Provider:
    """The deployment of a server, beside its own processes."""
    settings = load(server.settings, file=None, flags={}, mode="serve")
    return await open_provider(settings, cheap_passwords=True)


async def signed_in(server: HibanaProcess, email: str, stack: AsyncExitStack) -> Visitor:
    visitor = await stack.enter_async_context(Visitor(server, email=email))
    await visitor.sign_in()
    return visitor


@pytest.mark.parametrize("hibana_server", [("sqlite", 2), ("postgres", 2)], ids=["sqlite", "postgres"], indirect=True)
async def test_P05_of_twelve_people_at_two_workers_three_join_by_a_code_for_three(hibana_server: HibanaProcess) -> None:
    op = await opened(hibana_server)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(op.close)
        tenant, actor = await make_tenant(op), await actors.command(op)
        code, text = await rules.create(op, actor, tenant.id, seat=Seat(), max_uses=SEATS, origin=HERE)
        people = [await make_user(op) for _ in range(PEOPLE)]
        visitors = [await signed_in(hibana_server, each.email, stack) for each in people]
        asked = [Page.read(await each.http.get("/join")) for each in visitors]
        shown = [Page.read(await each.submit(page, join_code=text)) for each, page in zip(visitors, asked, strict=True)]

        landed = await asyncio.gather(
            *(each.submit(page, decision="join") for each, page in zip(visitors, shown, strict=True))
        )

        found = Counter((answer.status_code, answer.url.path) for answer in landed)
        assert found == {(200, "/account/organizations"): SEATS, (400, "/join"): PEOPLE - SEATS}
        assert await memberships.count_seats(op.db, tenant.id) == SEATS
        kept = await join_codes.find(op.db, tenant.id, code.id)
        assert kept is not None
        assert kept.used_count == SEATS
