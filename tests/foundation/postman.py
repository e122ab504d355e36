"""A mail server on loopback, and what it received."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default as modern
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from hibana_op.foundation.mail import Message

SENDER = "火花 <no-reply@id.test>"
PASSWORD = "p@ss/wörd:%"
LOGIN = "mailer:p%40ss%2Fw%C3%B6rd%3A%25@"
# A spelling of 127.0.0.1 that is no loopback address by its looks, so that it is treated as a host elsewhere.
ELSEWHERE = "127.1"


@dataclass(slots=True)
class Postman:
    """A server and what it received."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str | None, list[str]]] = field(default_factory=list)
    was_encrypted: list[bool] = field(default_factory=list)
    greetings: list[str] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.greetings.append(hostname)
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "RCPT" in self.refuses:
            return self.refuses["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "MAIL" in self.refuses:
            return self.refuses["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        letter = message_from_bytes(envelope.content, policy=modern)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        self.was_encrypted.append(session.ssl is not None)
        return self.refuses.get("DATA", "250 OK")

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        """Remember what was tried, and let the right password in."""
        self.passwords.append(data.password.decode())
        is_right = (data.login, data.password.decode()) == (b"mailer", PASSWORD)
        return AuthResult(success=is_right, handled=False)


@asynccontextmanager
async def office(
    *, knows_password: bool = False, implicit_tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[Postman]:
    """A mail server that runs while the block does."""
    postman = Postman()
    loop = asyncio.get_running_loop()
    if knows_password:
        options["authenticator"] = postman.authenticate

    def serve() -> SMTP:
        return SMTP(postman, hostname="post.test", loop=loop, enable_SMTPUTF8=True, **options)

    server = await loop.create_server(serve, "127.0.0.1", 0, ssl=implicit_tls)
    postman.port = server.sockets[0].getsockname()[1]
    async with server:
        yield postman


def content_of(letter: MIMEPart) -> str:
    content = letter.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def message(**changes: str) -> Message:
    return Message(**{"to": "alice@rp.test", "subject": "Sign in", "text": "Your code is 123456.\n", **changes})
