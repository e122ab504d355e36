"""Mail, handed to a real SMTP server on loopback."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default as modern
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from hibana_op.foundation.mail import Mailer, MailFailed, Message, SmtpMailer
from tests.foundation.certificates import Authority
from tests.foundation.strangers import listening
from tests.ports import free_port

SENDER = "火花 <no-reply@id.test>"
PASSWORD = "p@ss/wörd:%"
LOGIN = "mailer:p%40ss%2Fw%C3%B6rd%3A%25@"
# A spelling of 127.0.0.1 that is no loopback address by its looks, so that it is treated as a host elsewhere.
ELSEWHERE = "127.1"

NOT_ONE_ADDRESS = [
    "",
    "alice",
    "@rp.test",
    "alice@",
    "a@b@c.test",
    "alice@rp.test, bob@rp.test",
    "alice@rp.test;bob@rp.test",
    "Alice <alice@rp.test>",
    "alice@rp.test\r\nBcc: bob@rp.test",
    "alice@rp.test\n",
    "alice@rp.test\u0000",
    "alice@rp.test> SIZE=1",
    '"a b"@rp.test',
    "al ice@rp.test",
    "group: alice@rp.test",
    "alice@[127.0.0.1]",
    "a" * 65 + "@rp.test",
    "alice@" + "a" * 254,
    "alice@rp.test\u2028",
]


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


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def content_of(letter: MIMEPart) -> str:
    content = letter.get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


def message(**changes: str) -> Message:
    return Message(**{"to": "alice@rp.test", "subject": "Sign in", "text": "Your code is 123456.\n", **changes})


async def test_a_message_arrives_as_it_was_written() -> None:
    text, html = "コードは 123456 です。\n", "<p>コードは <b>123456</b> です。</p>\n"
    async with office() as postman:
        mailer: Mailer = SmtpMailer(f"smtp://127.0.0.1:{postman.port}", SENDER)
        await mailer.send(message(subject="ログイン用コード 123456 — 火花", text=text, html=html))

    (letter,) = postman.letters
    assert postman.envelopes == [("no-reply@id.test", ["alice@rp.test"])]
    assert postman.greetings == ["id.test"]
    assert letter["Subject"] == "ログイン用コード 123456 — 火花"
    assert (letter["To"], letter["From"]) == ("alice@rp.test", SENDER)
    assert letter["Message-ID"].endswith("@id.test>")
    assert letter["Date"].datetime is not None
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content_type() == "multipart/alternative"
    plain, rich = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert (content_of(plain), content_of(rich)) == (text, html)


async def test_a_message_without_html_is_plain() -> None:
    async with office() as postman:
        await SmtpMailer(f"smtp://localhost:{postman.port}", "no-reply@id.test").send(message())

    (letter,) = postman.letters
    assert letter.get_content_type() == "text/plain"
    assert content_of(letter) == "Your code is 123456.\n"
    assert letter["From"] == "no-reply@id.test"


@pytest.mark.parametrize(
    "text", ["." * 3 + "\n.\n..\nQUIT\n", "x" * 5000 + "\n", "a\r\nb\r\n", "\n\n", "From me\nFrom you\n"], ids=ascii
)
async def test_no_text_ends_its_message_early(text: str) -> None:
    async with office() as postman:
        await SmtpMailer(f"smtp://127.0.0.1:{postman.port}", SENDER).send(message(text=text))

    (letter,) = postman.letters
    assert content_of(letter) == text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    "to",
    NOT_ONE_ADDRESS,
    ids=ascii,
)
async def test_only_one_plain_address_is_written_to(to: str) -> None:
    async with office() as postman:
        with pytest.raises(MailFailed, match="cannot be written"):
            await SmtpMailer(f"smtp://127.0.0.1:{postman.port}", SENDER).send(message(to=to))

        assert (postman.greetings, postman.letters) == ([], [])


@pytest.mark.parametrize("subject", ["Hello\r\nBcc: bob@rp.test", "Hello\nX: y", "Hello\rX: y", "Hello\r\n\r\nbody"])
async def test_no_subject_adds_a_header(subject: str) -> None:
    async with office() as postman:
        with pytest.raises(MailFailed, match="cannot be written"):
            await SmtpMailer(f"smtp://127.0.0.1:{postman.port}", SENDER).send(message(subject=subject))

        assert postman.letters == []


async def test_half_a_character_fails_and_nothing_is_sent() -> None:
    async with office() as postman:
        for change in ("text", "html", "to"):
            with pytest.raises(MailFailed):
                await SmtpMailer(f"smtp://127.0.0.1:{postman.port}", SENDER).send(message(**{change: "a\ud800@b.c"}))

        assert postman.letters == []


async def test_an_address_with_dots_in_odd_places_is_written_to_as_it_stands() -> None:
    async with office() as postman:
        await SmtpMailer(f"smtp://127.0.0.1:{postman.port}", SENDER).send(message(to="a..b.@rp.test"))

    assert postman.envelopes == [("no-reply@id.test", ["a..b.@rp.test"])]


async def test_an_address_outside_ascii_is_written_to_when_the_server_can() -> None:
    async with office() as postman:
        await SmtpMailer(f"smtp://127.0.0.1:{postman.port}", SENDER).send(message(to="花子@例え.test"))

    assert postman.envelopes == [("no-reply@id.test", ["花子@例え.test"])]


async def test_tls_is_used_when_it_is_offered(authority: Authority) -> None:
    async with office(tls_context=authority.server("other.test")) as postman:
        await SmtpMailer(f"smtp://127.0.0.1:{postman.port}", SENDER).send(message())

    assert postman.was_encrypted == [True]


async def test_smtps_begins_with_tls(authority: Authority) -> None:
    async with office(implicit_tls=authority.server(ELSEWHERE)) as postman:
        mailer = SmtpMailer(f"smtps://{ELSEWHERE}:{postman.port}", SENDER, ca_file=str(authority.file))
        await mailer.send(message())

    assert len(postman.letters) == 1


async def test_credentials_travel_under_tls(authority: Authority) -> None:
    async with office(tls_context=authority.server(ELSEWHERE), knows_password=True) as postman:
        mailer = SmtpMailer(f"smtp://{LOGIN}{ELSEWHERE}:{postman.port}", SENDER, ca_file=str(authority.file))
        await mailer.send(message())

    assert (postman.was_encrypted, postman.passwords) == ([True], [PASSWORD])


async def test_credentials_do_not_leave_the_machine_without_tls() -> None:
    async with office(knows_password=True, auth_require_tls=False) as postman:
        with pytest.raises(MailFailed, match="STARTTLS"):
            await SmtpMailer(f"smtp://{LOGIN}{ELSEWHERE}:{postman.port}", SENDER).send(message())

        assert (postman.passwords, postman.letters) == ([], [])


async def test_credentials_may_go_to_this_machine_without_tls() -> None:
    async with office(knows_password=True, auth_require_tls=False) as postman:
        await SmtpMailer(f"smtp://{LOGIN}127.0.0.1:{postman.port}", SENDER).send(message())

    assert (postman.was_encrypted, postman.passwords) == ([False], [PASSWORD])


async def test_a_certificate_elsewhere_is_checked(authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path)
    for context in (
        stranger.server(ELSEWHERE),
        authority.server("other.test"),
        authority.server(ELSEWHERE, expired=True),
    ):
        async with office(tls_context=context, knows_password=True) as postman:
            mailer = SmtpMailer(f"smtp://{LOGIN}{ELSEWHERE}:{postman.port}", SENDER, ca_file=str(authority.file))
            with pytest.raises(MailFailed, match="certificate"):
                await mailer.send(message())
            assert postman.passwords == []
        async with office(implicit_tls=context) as postman:
            mailer = SmtpMailer(f"smtps://{ELSEWHERE}:{postman.port}", SENDER, ca_file=str(authority.file))
            with pytest.raises(MailFailed, match="certificate"):
                await mailer.send(message())


@pytest.mark.parametrize(
    ("step", "reply", "reason"),
    [
        ("RCPT", "550 no alice@rp.test here", "refused the recipient (550)"),
        ("MAIL", "553 not you", "refused the sender (553)"),
        ("DATA", "554 your 123456 is spam", "refused the message (554)"),
    ],
)
async def test_a_refusal_is_told_in_our_words(step: str, reply: str, reason: str) -> None:
    async with office() as postman:
        postman.refuses[step] = reply
        with pytest.raises(MailFailed) as failed:
            await SmtpMailer(f"smtp://127.0.0.1:{postman.port}", SENDER).send(message())

    assert str(failed.value) == f"the mail server {reason}"


async def test_a_wrong_password_is_told_without_it(authority: Authority) -> None:
    async with office(tls_context=authority.server("localhost"), knows_password=True) as postman:
        mailer = SmtpMailer(f"smtp://mailer:hunter2@localhost:{postman.port}", SENDER)
        for attempt in (mailer.check(), mailer.send(message())):
            with pytest.raises(MailFailed) as failed:
                await attempt
            assert str(failed.value) == "the mail server refused the user name or the password (535)"
            assert failed.value.__suppress_context__

    assert "hunter2" in postman.passwords
    assert "hunter2" not in repr(mailer)


async def test_a_server_that_is_not_there_is_told() -> None:
    mailer = SmtpMailer(f"smtp://127.0.0.1:{free_port()}", SENDER)
    for attempt in (mailer.check(), mailer.send(message())):
        with pytest.raises(MailFailed, match="no connection to the mail server"):
            await attempt


async def test_a_name_that_leads_nowhere_is_told() -> None:
    with pytest.raises(MailFailed, match="no connection to the mail server"):
        await SmtpMailer("smtp://nowhere.invalid", SENDER).check()


async def test_a_server_that_says_nothing_is_given_up() -> None:
    async def hush(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(hush) as port:
        with pytest.raises(MailFailed, match="did not answer in time"):
            await SmtpMailer(f"smtp://127.0.0.1:{port}", SENDER, seconds=0.2).send(message())


@pytest.mark.parametrize("says", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff\xfe\x00\r\n", b"", b"421 busy\r\n"])
async def test_a_server_that_speaks_something_else_is_told(says: bytes) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(says)
        writer.close()
        await writer.wait_closed()

    async with listening(speak) as port:
        with pytest.raises(MailFailed, match="mail server"):
            await SmtpMailer(f"smtp://127.0.0.1:{port}", SENDER).check()


async def test_a_check_says_hello_and_sends_nothing(authority: Authority) -> None:
    async with office(tls_context=authority.server("localhost"), knows_password=True) as postman:
        await SmtpMailer(f"smtp://{LOGIN}localhost:{postman.port}", SENDER).check()

    assert postman.greetings
    assert postman.passwords == [PASSWORD]
    assert postman.letters == []


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("smtp://mail.test", "mail.test:25"),
        ("smtp://user:secret@mail.test", "mail.test:587"),
        ("smtps://user:secret@mail.test", "mail.test:465"),
        ("smtp://user:secret@mail.test:2525", "mail.test:2525"),
    ],
)
def test_each_kind_of_url_has_its_usual_port(url: str, shown: str) -> None:
    assert repr(SmtpMailer(url, SENDER)) == f"SmtpMailer({shown})"


@pytest.mark.parametrize("url", ["", "mail.test", "http://mail.test", "smtp://", "smtp://:25", "smtp://mail.test:x"])
def test_what_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- two kinds of words
        SmtpMailer(url, SENDER)


@pytest.mark.parametrize("sender", ["", "no-reply", "a@b.test, c@d.test", "x <a@b.test", "A\r\nB <a@b.test>", "<>"])
def test_what_is_no_sender_is_refused(sender: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        SmtpMailer("smtp://mail.test", sender)


def test_a_message_prints_nothing_but_its_addressee() -> None:
    assert repr(message(html="<b>123456</b>")) == "Message(to='alice@rp.test')"
