"""How a person signs in: one page, to which each way in gives its own block."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.responses import Response

from hibana_op.pages.account import factors, passkeys, password
from hibana_op.pages.account.person import SECURITY, Me, account_page, for_person
from hibana_op.provider import Provider
from hibana_op.web.visit import Visit

PATH = SECURITY
Block = Callable[[Provider, Me], Awaitable[Mapping[str, object]]]
# Each fills `templates/account/blocks/NAME.html`, in this order.
BLOCKS: Mapping[str, Block] = {"passkeys": passkeys.block, "password": password.block, "factors": factors.block}


@for_person
async def show(visit: Visit, me: Me) -> Response:
    """Shows every way in, and what stands beside it."""
    told: dict[str, Any] = {}
    for block in BLOCKS.values():
        told |= await block(visit.site.op, me)
    return await account_page(visit, me, "security.html", section="security", blocks=tuple(BLOCKS), **told)
