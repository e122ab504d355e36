"""Lists of the console, a page at a time; what they are narrowed to stands in the address."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from hibana_op.foundation.vault import Unsealable
from hibana_op.web.visit import Visit

T = TypeVar("T")
MOST = 25
LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Pager:
    """Where a list goes on, and where it begins if this is not its first page."""

    next_path: str | None
    first_path: str | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values of a field."""

    value: str
    label: str
    is_chosen: bool


async def page(
    visit: Visit,
    address: str,
    read: Callable[[str, int], Awaitable[Sequence[T]]],
    *,
    key: Callable[[T], str],
    narrowed: Mapping[str, str],
) -> tuple[list[T], Pager]:
    """One page of a list, and its pager.

    `read` gets what the page before ended with and how many to read at most; a cursor counts in this list alone.
    """
    bound = f"console:{address}"
    after = _opened(visit, bound)
    found = await read(after, MOST + 1)
    shown = list(found[:MOST])
    kept = {name: value for name, value in narrowed.items() if value}
    further = visit.site.op.vault.seal(key(shown[-1]).encode(), bound) if len(found) > MOST else None
    return shown, Pager(
        next_path=f"{address}?{urlencode({**kept, 'after': further})}" if further else None,
        first_path=f"{address}?{urlencode(kept)}" if after else None,
    )


def searched(visit: Visit) -> str:
    """The words that somebody looks for."""
    return (visit.form.maybe("q") or "").strip()[:LONGEST_SEARCH].replace("\0", "")


def chosen(visit: Visit, name: str, known: Sequence[str]) -> str:
    """Which of the known values a list is narrowed to; "" for all."""
    value = visit.form.maybe(name) or ""
    return value if value in known else ""


def _opened(visit: Visit, bound: str) -> str:
    """What the page before ended with; a cursor that is none of ours begins at the beginning."""
    try:
        return visit.site.op.vault.open(visit.form.maybe("after") or "", bound).decode()
    except Unsealable:
        return ""
