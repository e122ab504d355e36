"""What people are told by mail about their own account."""

import re
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.shipped import folder
from hibana_op.provider import Provider
from hibana_op.records.outbox import OutgoingMessage
from hibana_op.records.users import User

BRAND = "Hibana"
_LANGUAGES = ("ja", "en")
# Only names from these lists reach the mail: whoever signs in chooses the User-Agent, and could write anything there.
# The first that fits is meant, since browsers also carry the names of those they want to be taken for.
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_UNKNOWN = "–"
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")


def is_mail_wanted(op: Provider) -> bool:
    """Whether mail goes anywhere: to a mail server, or to the outbox page of a development deployment."""
    return op.settings.smtp.url is not None or op.settings.mode == "dev"


def new_sign_in(op: Provider, user: User, origin: Origin) -> OutgoingMessage:
    """The notice that somebody signed in from a browser that was not known before."""
    now = op.now()
    subject, _, text = _template("new_sign_in", _language(user)).partition("\n")
    values = {
        "brand": BRAND,
        "account": user.email,
        "time": _local_time(now, user.zoneinfo),
        "browser": _browser(origin.user_agent or ""),
        "address": origin.ip or _UNKNOWN,
        "issuer": op.issuer,
    }
    return OutgoingMessage(
        id=uuid7(),
        recipient=user.email,
        subject=subject.format(**values),
        text_body=text.lstrip("\n").format(**values),
        created_at=now,
        next_attempt_at=now,
    )


@cache
def _template(name: str, language: str) -> str:
    """A mail: its first line is the subject."""
    return (folder("templates") / "mail" / f"{name}.{language}.txt").read_text(encoding="utf-8")


def _language(user: User) -> str:
    primary = (user.locale or "").replace("_", "-").partition("-")[0].lower()
    if primary in _LANGUAGES:
        return primary
    return "en" if primary else "ja"


def _local_time(now: int, zone: str | None) -> str:
    moment = datetime.fromtimestamp(now, UTC)
    if zone and _ZONE.fullmatch(zone):
        try:
            return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"
        except (OSError, ValueError, KeyError):
            pass  # not a zone that this machine knows
    return f"{moment:%Y-%m-%d %H:%M} (UTC)"


def _browser(user_agent: str) -> str:
    found = [next((name for mark, name in names if mark in user_agent), None) for names in (_BROWSERS, _SYSTEMS)]
    return " / ".join(filter(None, found)) or _UNKNOWN
