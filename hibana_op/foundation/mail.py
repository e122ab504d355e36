"""Mail going out: one message to one person, handed to an SMTP server (RFC 5321, RFC 3207, RFC 4954)."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as MAIL_FORM
from email.utils import make_msgid
from ipaddress import ip_address
from pathlib import Path
from ssl import SSLError
from typing import Protocol
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

# One mailbox, without anything that a header or an SMTP command could read as more than one.
_MAILBOX = re.compile(r"[^\s@,;:<>()\[\]\\\"\x00-\x1f\x7f]{1,64}@[^\s@,;:<>()\[\]\\\"\x00-\x1f\x7f]{1,253}")


class MailFailed(Exception):
    """A message that was not accepted; the reason holds neither content nor credentials."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message to one person; it may carry a code or a link, so only the addressee shows when it is printed."""

    to: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(default="", repr=False)


class Mailer(Protocol):
    """Whatever can deliver a message; `channel`: which ones."""

    @property
    def channel(self) -> str:
        """The kind of messages it delivers: email or sms."""
        ...

    async def send(self, message: Message) -> None:
        """Deliver a message, or raise MailFailed."""
        ...


class SmtpMailer:
    """Hands messages to the server of an `smtp://` or `smtps://` URL, each over a connection of its own."""

    channel = "email"

    def __init__(self, url: str, sender: str, *, ca_file: Path | str | None = None, seconds: float = 10.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("a mail server is written smtp://user:password@host:port, or smtps://")
        self._sender = _sender(sender)
        self._host = parts.hostname
        self._is_tls = parts.scheme == "smtps"
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._port = parts.port or (465 if self._is_tls else 587 if self._user else 25)
        self._ca_file = str(ca_file) if ca_file is not None else None
        self._seconds = seconds  # for one step; a whole message may take three times as long

    def __repr__(self) -> str:
        return f"SmtpMailer({self._host}:{self._port})"

    async def send(self, message: Message) -> None:
        """Deliver a message, or raise MailFailed."""
        letter = self._letter(message)
        async with self._connected() as smtp:
            await smtp.send_message(letter, recipients=[message.to])

    async def check(self) -> None:
        """Connect, say hello and sign in as for a message, but send none; MailFailed says what is wrong."""
        async with self._connected() as smtp:
            await smtp.noop()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        is_here = _is_loopback(self._host)
        smtp = SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            local_hostname=self._sender.domain,
            timeout=self._seconds,
            use_tls=self._is_tls,
            # Credentials leave the machine under TLS or not at all; without them TLS is used when offered.
            start_tls=True if self._user and not self._is_tls and not is_here else None,
            # Nobody stands between us and this machine, and its mail server's certificate is often self-signed.
            validate_certs=not is_here,
            cert_bundle=self._ca_file,
        )
        try:
            async with asyncio.timeout(3 * self._seconds), smtp:
                yield smtp
        except (SMTPException, OSError, ValueError) as error:
            raise MailFailed(_reason(error)) from None

    def _letter(self, message: Message) -> EmailMessage:
        letter = EmailMessage(policy=MAIL_FORM)
        try:
            letter["To"] = _mailbox(message.to)
            letter["From"] = self._sender
            letter["Subject"] = message.subject
            letter["Date"] = datetime.now(UTC)
            letter["Message-ID"] = make_msgid(domain=self._sender.domain)
            letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies, please
            letter.set_content(message.text)
            if message.html:
                letter.add_alternative(message.html, subtype="html")
        except ValueError:
            raise MailFailed("the message cannot be written: its address, subject or text has a fault") from None
        return letter


def _mailbox(text: str, name: str = "") -> Address:
    if not _MAILBOX.fullmatch(text):
        raise ValueError("not one e-mail address")
    user, _, domain = text.partition("@")
    return Address(name, user, domain)


def _sender(text: str) -> Address:
    """A sender as the settings have it: `no-reply@example.com`, or `Example <no-reply@example.com>`."""
    name, bracket, rest = text.strip().rpartition("<")
    if bracket and rest.endswith(">"):
        return _mailbox(rest.removesuffix(">"), name.strip().strip('"'))
    return _mailbox(text.strip())


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# In our words: the server's own might repeat what it was sent. The first kind that fits speaks.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (SSLError, "the mail server's certificate or TLS version is not acceptable"),
    (SMTPAuthenticationError, "the mail server refused the user name or the password"),
    (SMTPSenderRefused, "the mail server refused the sender"),
    (SMTPRecipientsRefused, "the mail server refused the recipient"),
    (SMTPResponseException, "the mail server refused the message"),
    (SMTPNotSupported, "the mail server takes only ASCII addresses"),
    (TimeoutError, "the mail server did not answer in time"),
    (OSError, "no connection to the mail server could be made, or it broke off"),
    (SMTPException, "the mail server offers no TLS (STARTTLS), or no way to sign in that is known here"),
)


def _reason(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error.__cause__, SSLError) else error
    reason = next((words for kind, words in _REASONS if isinstance(cause, kind)), "the mail could not be sent")
    refused = error.recipients[0] if isinstance(error, SMTPRecipientsRefused) else error
    code = getattr(refused, "code", None)
    return f"{reason} ({code})" if code else reason
