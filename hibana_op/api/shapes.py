"""What the API takes and gives: closed shapes that validate what comes in and describe themselves (OpenAPI 3.1)."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct

from hibana_op.foundation.clock import LAST_MOMENT
from hibana_op.foundation.errors import InvalidRecord

# RFC 3339, always with an offset; given out in UTC.
Moment = Annotated[datetime, Meta(tz=True)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=2000)]
Limit = Annotated[int, Meta(ge=1, le=100, description="How many at most.")]
Cursor = Annotated[str, Meta(max_length=3072, description="The next_cursor of the page before.")]
Id = Annotated[str, Meta(min_length=1, max_length=255)]


class Taken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body or a query: what it does not name cannot be sent."""


class Given(Struct, frozen=True, kw_only=True):
    """An answer."""


class Listing(Taken, frozen=True, kw_only=True):
    """What every list takes."""

    limit: Limit = 50
    cursor: Cursor = ""


class Searching(Listing, frozen=True, kw_only=True):
    """What a list takes that can be searched by words."""

    q: Annotated[str, Meta(max_length=200, description="Part of a name or address.")] = ""


class OfTenant(Listing, frozen=True, kw_only=True):
    """What the list of a collection takes that belongs to tenants."""

    tenant_id: Annotated[str, Meta(max_length=255, description="Of which tenant; your own when you are confined.")] = ""


class SearchingTenant(OfTenant, frozen=True, kw_only=True):
    """The same, and words to look for."""

    q: Annotated[str, Meta(max_length=200, description="Part of a name or address.")] = ""


def moment(seconds: int | None) -> datetime | None:
    """A time of the database as the API tells it."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def at(seconds: int) -> datetime:
    """The same for a time that is always there."""
    return datetime.fromtimestamp(seconds, UTC)


def seconds(given: datetime | None) -> int | None:
    """A time that the API was told, as the database keeps it; one that it could not tell again is refused."""
    if given is None:
        return None
    kept = int(given.timestamp())
    if not 0 <= kept <= LAST_MOMENT:
        raise InvalidRecord("a time must lie between the years 1970 and 10000")
    return kept


def changes(body: Struct) -> dict[str, Any]:
    """The members that a merge patch holds (RFC 7396): those that were sent, null included."""
    found = {name: getattr(body, name) for name in body.__struct_fields__}
    return {name: value for name, value in found.items() if value is not UNSET}


def told_of(record: object, kind: type[Given], **more: Any) -> Any:
    """An answer made of a record's fields of the same names; times become RFC 3339, `more` is what differs."""
    values = {}
    for each in msgspec.structs.fields(kind):
        if each.name in more:
            values[each.name] = more[each.name]
            continue
        value = getattr(record, each.name)
        values[each.name] = moment(value) if each.name.endswith("_at") else value
    return kind(**values)
