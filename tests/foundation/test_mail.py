"""Letters: one message to one person, whatever is written into it."""

import pytest

from hibana_op.foundation.mail import Mailer, MailFailed, SmtpMailer
from tests.foundation.postman import SENDER, content_of, message, office

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


@pytest.mark.parametrize("sender", ["", "no-reply", "a@b.test, c@d.test", "x <a@b.test", "A\r\nB <a@b.test>", "<>"])
def test_what_is_no_sender_is_refused(sender: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        SmtpMailer("smtp://mail.test", sender)


def test_a_message_prints_nothing_but_its_addressee() -> None:
    assert repr(message(html="<b>123456</b>")) == "Message(to='alice@rp.test')"
