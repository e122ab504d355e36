"""Times as mails write them: in the words of the reader's language, and where the reader lives."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day, of UTC."""

    at: int

    def told(self, language: str) -> str:
        """2026年11月21日, 21 November 2026."""
        return _date(datetime.fromtimestamp(self.at, UTC), language)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time to the minute, in the zone that a person chose, else in the deployment's own."""

    at: int
    zone: str | None = None

    def told(self, language: str) -> str:
        """2026年11月21日 17:00（JST）, 21 November 2026, 17:00 (JST)."""
        time, zone = _local(self.at, self.zone)
        if language == "ja":
            return f"{_date(time, language)} {time:%H:%M}（{zone}）"
        return f"{_date(time, language)}, {time:%H:%M} ({zone})"


def _date(time: datetime, language: str) -> str:
    if language == "ja":
        return f"{time.year}年{time.month}月{time.day}日"
    return f"{time.day} {_MONTHS[time.month - 1]} {time.year}"


def _local(at: int, zone: str | None) -> tuple[datetime, str]:
    time = datetime.fromtimestamp(at, UTC)
    if zone and _ZONE.fullmatch(zone):
        try:
            return time.astimezone(ZoneInfo(zone)), zone
        except (OSError, ValueError, KeyError):
            pass  # not a zone that this machine knows
    here = time.astimezone()  # as the deployment's own clock shows it
    return here, f"{here:%Z}"
