"""What people are told by mail about their own account."""

import html
from functools import cache

from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.shipped import folder
from hibana_op.login import devices
from hibana_op.login.mail_times import Day, Moment
from hibana_op.provider import Provider
from hibana_op.records import outbox
from hibana_op.records.outbox import OutgoingMessage
from hibana_op.records.users import User
from hibana_op.storage.database import Session

_LANGUAGES = ("ja", "en")
_PIECE = 16


def is_mail_wanted(op: Provider) -> bool:
    """Whether mail goes anywhere: to a mail server, or to the outbox page of a development deployment."""
    return op.settings.smtp.url is not None or op.settings.mode == "dev"


def message(
    op: Provider,
    to: User | str,
    name: str,
    *,
    origin: Origin | None = None,
    language: str | None = None,
    **values: str | Day | Moment,
) -> OutgoingMessage:
    """The mail `templates/mail/NAME.*.txt` to a person, or to an address in a language; `queue` has it sent.

    It may say {brand}, {account}, {issuer}, what is in `values`, and with an `origin` also {time}, {browser} and
    {address}. A line that begins with {issuer} becomes a link.
    """
    now = op.now()
    user = None if isinstance(to, str) else to
    recipient, speaks = (to if isinstance(to, str) else to.email), _language(user, language)
    given: dict[str, str | Day | Moment] = {
        "brand": op.remembered.brand,
        "account": recipient,
        "issuer": op.issuer,
        **values,
    }
    if origin is not None:
        given |= _circumstances(user, origin, now)
    filling = {each: value if isinstance(value, str) else value.told(speaks) for each, value in given.items()}
    subject, _, text = _template(name, speaks).partition("\n")
    body = text.lstrip("\n").format(**filling)
    return OutgoingMessage(
        id=uuid7(),
        recipient=recipient,
        subject=subject.format(**filling),
        text_body=body,
        html_body=_html(body, op.issuer),
        created_at=now,
        next_attempt_at=now,
    )


async def queue(op: Provider, tx: Session, mail: OutgoingMessage) -> None:
    """Have a mail sent, in the transaction of what it tells about; where there is no mail, nothing is kept."""
    if is_mail_wanted(op):
        await outbox.insert(tx, op.vault, mail)


def new_sign_in(op: Provider, user: User, origin: Origin) -> OutgoingMessage:
    """The notice that somebody signed in from a browser that was not known before."""
    return message(op, user, "new_sign_in", origin=origin)


def moment(at: int, user: User | None = None) -> Moment:
    """A time to the minute, where the person lives."""
    return Moment(at, user.zoneinfo if user else None)


def _circumstances(user: User | None, origin: Origin, now: int) -> dict[str, str | Moment]:
    return {
        "time": moment(now, user),
        "browser": devices.name_of(origin.user_agent),
        "address": origin.ip or devices.UNKNOWN,
    }


def _html(text: str, issuer: str) -> str:
    """The same words as simple HTML: what strangers may have written in them stays text."""
    paragraphs = [
        "<br>".join(_html_line(line, issuer) for line in paragraph.splitlines())
        for paragraph in text.strip().split("\n\n")
    ]
    return "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


def _html_line(line: str, issuer: str) -> str:
    shown = html.escape(line)
    # Only an address of ours becomes a link: nobody else's text can lead anywhere.
    is_link = line.startswith(f"{issuer}/") and " " not in line
    return f'<a href="{shown}">{_breakable(line)}</a>' if is_link else shown


def _breakable(address: str) -> str:
    """A long address that a narrow window can break: it is one word otherwise, and would be cut off."""
    return "<wbr>".join(html.escape(address[at : at + _PIECE]) for at in range(0, len(address), _PIECE))


@cache
def _template(name: str, language: str) -> str:
    """A mail: its first line is the subject."""
    return (folder("templates") / "mail" / f"{name}.{language}.txt").read_text(encoding="utf-8")


def _language(user: User | None, asked: str | None) -> str:
    """The person's own language, else the one that their page speaks."""
    told = (user.locale if user else None) or asked or ""
    primary = told.replace("_", "-").partition("-")[0].lower()
    if primary in _LANGUAGES:
        return primary
    return "en" if primary else "ja"
