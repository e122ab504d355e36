"""Lists a page at a time: a cursor says after which item the next page begins, and is sealed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from hibana_op.api.operation import Page
from hibana_op.api.problems import Fault, Unprocessable
from hibana_op.foundation.vault import Unsealable
from hibana_op.provider import Provider
from hibana_op.records.ordering import Order

T = TypeVar("T")


def order(orders: Mapping[str, Order], sort: str, *, is_bounded: bool) -> Order:
    """The order that a query names; `is_bounded`: what is listed is of one tenant, or of one person."""
    found = orders[sort]
    if not (is_bounded or found.is_quick):
        raise Unprocessable([Fault("sort", "this order is for what one tenant has: name it by tenant_id")])
    return found


async def page(
    op: Provider,
    query: Any,
    read: Callable[[str, int], Awaitable[Sequence[T]]],
    *,
    of: str,
    key: Callable[[T], str],
    told: Callable[[T], Any],
) -> Page:
    """One page of a list.

    `read` gets what the page before ended with and how many to read at most; `key` says of an item what a page
    ends with, `told` how it is shown. `of` names the list; a cursor counts in that list and its order alone.
    """
    place = f"cursor:{of}:{getattr(query, 'sort', '')}"
    found = await read(_opened(op, query.cursor, place), query.limit + 1)
    shown = found[: query.limit]
    more = op.vault.seal(key(shown[-1]).encode(), place) if len(found) > query.limit else None
    return Page([told(each) for each in shown], more)


def _opened(op: Provider, cursor: str, place: str) -> str:
    """What the page before ended with; the first page has no cursor."""
    if not cursor:
        return ""
    try:
        return op.vault.open(cursor, place).decode()
    except Unsealable:
        raise Unprocessable([Fault("cursor", "this is no cursor of this list and order")]) from None
