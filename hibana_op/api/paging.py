"""Lists a page at a time: a cursor says after which item the next page begins, and cannot be made up."""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from hibana_op.api.operation import Page
from hibana_op.api.problems import Fault, Unprocessable
from hibana_op.foundation import base64url
from hibana_op.provider import Provider

T = TypeVar("T")
_TAG = 9  # bytes of a keyed digest: enough that nobody hits one, in twelve characters


def after(op: Provider, cursor: str, *, of: str) -> str:
    """What the page before ended with, "" for the first page; `of` names the list that the cursor is of."""
    if not cursor:
        return ""
    try:
        raw = base64url.decode(cursor)
        tag, value = raw[:_TAG], raw[_TAG:].decode()
    except ValueError:
        raise _bad() from None
    if not hmac.compare_digest(tag, _tag(op, of, value)):
        raise _bad()
    return value


def cursor(op: Provider, value: str, *, of: str) -> str:
    """Where the next page begins."""
    return base64url.encode(_tag(op, of, value) + value.encode())


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
    ends with, `told` how it is shown. `of` names the list with whatever its order depends on.
    """
    found = await read(after(op, query.cursor, of=of), query.limit + 1)
    shown = found[: query.limit]
    more = cursor(op, key(shown[-1]), of=of) if len(found) > query.limit else None
    return Page([told(each) for each in shown], more)


def _tag(op: Provider, of: str, value: str) -> bytes:
    return hmac.digest(op.form_key, f"cursor\0{of}\0{value}".encode(), "sha256")[:_TAG]


def _bad() -> Unprocessable:
    return Unprocessable([Fault("cursor", "this is no cursor of this list")])
