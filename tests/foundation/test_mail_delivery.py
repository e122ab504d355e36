"""Handing letters over: TLS, credentials, and what goes wrong."""

import asyncio
from pathlib import Path

import pytest

from hibana_op.foundation.mail import MailFailed, SmtpMailer
from tests.foundation.certificates import Authority
from tests.foundation.postman import ELSEWHERE, LOGIN, PASSWORD, SENDER, message, office
from tests.foundation.strangers import listening
from tests.ports import free_port


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
