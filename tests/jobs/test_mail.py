"""Waiting mail reaches the mail server once, waits longer after each failure, and stops nothing."""

import asyncio
from dataclasses import replace
from pathlib import Path

from hibana_op.foundation import sms
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.mail import SmtpMailer
from hibana_op.jobs.mail import LEASE, MOST_ATTEMPTS, MOST_ATTEMPTS_OF_SMS, deliver_forever, deliver_one
from hibana_op.operations.doctor import Answer, examine
from hibana_op.records import outbox
from hibana_op.records.outbox import OutgoingMessage
from tests.app_server import app_server
from tests.deployment import Deployment, Page, deploy
from tests.foundation.certificates import Authority
from tests.foundation.postman import ELSEWHERE, Postman, content_of, office
from tests.make import make_user
from tests.ports import free_port


def _mailer(port: int) -> SmtpMailer:
    return SmtpMailer(f"smtp://127.0.0.1:{port}", "no-reply@id.example")


async def _queue(deployment: Deployment, subject: str = "Hello") -> OutgoingMessage:
    now = deployment.op.now()
    message = OutgoingMessage(
        id=uuid7(),
        recipient="alice@rp.test",
        subject=subject,
        text_body="A private line\n",
        created_at=now,
        next_attempt_at=now,
    )
    await deployment.op.db.transact(lambda tx: outbox.insert(tx, deployment.op.vault, message))
    return message


async def _kept(deployment: Deployment) -> OutgoingMessage:
    (message,) = await outbox.latest(deployment.op.db, deployment.op.vault)
    return message


async def _letters(postman: Postman, number: int) -> None:
    async with asyncio.timeout(10):
        while len(postman.letters) < number:  # noqa: ASYNC110 - the postman rings no bell
            await asyncio.sleep(0.01)


async def test_waiting_mail_is_delivered_once_and_its_text_is_not_kept(deployment: Deployment) -> None:
    await _queue(deployment)
    async with office() as postman:
        assert await deliver_one(deployment.op, _mailer(postman.port))
        assert not await deliver_one(deployment.op, _mailer(postman.port))

    (letter,) = postman.letters
    assert letter["To"] == "alice@rp.test"
    assert content_of(letter) == "A private line\n"
    kept = await _kept(deployment)
    assert (kept.sent_at, kept.attempts, kept.text_body) == (deployment.op.now(), 1, "")


async def test_refused_mail_waits_twice_as_long_each_time_and_is_given_up(deployment: Deployment) -> None:
    await _queue(deployment)
    mailer = _mailer(free_port())
    pauses = []
    for _ in range(MOST_ATTEMPTS - 1):
        assert await deliver_one(deployment.op, mailer)
        kept = await _kept(deployment)
        assert kept.failure is not None
        assert "no connection to the mail server" in kept.failure
        pauses.append(kept.next_attempt_at - deployment.op.now())
        assert not await deliver_one(deployment.op, mailer), "it must wait first"
        deployment.clock.advance(pauses[-1])

    assert pauses == [60, 120, 240, 480, 960, 1920, 3840]
    assert (await _kept(deployment)).text_body == "A private line\n"
    assert await deliver_one(deployment.op, mailer)
    deployment.clock.advance(86400)
    assert not await deliver_one(deployment.op, mailer)
    kept = await _kept(deployment)
    assert (kept.subject, kept.text_body, kept.sent_at) == ("", "", None), "what it said is not kept for nothing"


async def test_T02_what_a_waiting_message_says_rests_sealed(deployment: Deployment) -> None:
    await _queue(deployment, "A private subject")

    (row,) = await deployment.op.db.all("SELECT * FROM outgoing_messages")

    assert "rivate" not in repr(dict(row))
    assert (await _kept(deployment)).subject == "A private subject"


async def test_mail_that_was_refused_is_delivered_when_the_server_takes_it_again(deployment: Deployment) -> None:
    await _queue(deployment)
    async with office() as postman:
        postman.refuses["RCPT"] = "451 later"
        await deliver_one(deployment.op, _mailer(postman.port))
        del postman.refuses["RCPT"]
        deployment.clock.advance(60)
        await deliver_one(deployment.op, _mailer(postman.port))

    assert len(postman.letters) == 1
    kept = await _kept(deployment)
    assert (kept.failure, kept.attempts) == (None, 2)


async def test_message_under_way_is_nobody_elses_until_its_lease_ends(deployment: Deployment) -> None:
    message = await _queue(deployment)
    now = deployment.op.now()
    await deployment.op.db.transact(
        lambda tx: outbox.lease(tx, deployment.op.vault, channel="email", until=now + LEASE, attempts=8, now=now)
    )
    async with office() as postman:
        assert not await deliver_one(deployment.op, _mailer(postman.port))
        deployment.clock.advance(LEASE)
        assert await deliver_one(deployment.op, _mailer(postman.port))

    assert postman.letters[0]["Subject"] == message.subject


async def test_several_workers_send_each_message_once(deployment: Deployment) -> None:
    subjects = [f"Letter {number}" for number in range(12)]
    for subject in subjects:
        await _queue(deployment, subject)
    async with office() as postman:
        mailer = _mailer(postman.port)
        workers = [asyncio.create_task(deliver_forever(deployment.op, mailer)) for _ in range(3)]
        await _letters(postman, len(subjects))
        for worker in workers:
            worker.cancel()
        ended = await asyncio.gather(*workers, return_exceptions=True)

    assert all(isinstance(end, asyncio.CancelledError) for end in ended)
    assert sorted(letter["Subject"] for letter in postman.letters) == sorted(subjects)


async def test_server_with_a_mail_server_delivers_notices_by_itself(database_url: str, tmp_path: Path) -> None:
    async with (
        office() as postman,
        deploy(database_url, tmp_path, HIBANA_SMTP__URL=f"smtp://127.0.0.1:{postman.port}") as deployment,
    ):
        user = await make_user(deployment.op)
        for _ in range(2):
            browser = deployment.browser()
            await browser.sign_in(await browser.get("/login"), user)
        await _letters(postman, 1)

    (letter,) = postman.letters
    assert letter["To"] == user.email
    assert letter["From"] == "no-reply@id.example"
    assert "新しいブラウザー" in letter["Subject"]


async def test_page_does_not_wait_for_a_mail_server_that_is_away(database_url: str, tmp_path: Path) -> None:
    url = f"smtp://127.0.0.1:{free_port()}"
    async with deploy(database_url, tmp_path, HIBANA_SMTP__URL=url) as deployment:
        user = await make_user(deployment.op)
        for _ in range(2):
            browser = deployment.browser()
            shown = await browser.sign_in(await browser.get("/login"), user)
            assert shown.status_code == 200
            assert Page.read(shown).fields["csrf"]
        (message,) = await outbox.latest(deployment.op.db, deployment.op.vault)
        assert message.sent_at is None


async def test_sms_go_their_own_way_and_are_given_up_sooner(deployment: Deployment) -> None:
    op = deployment.op
    message = await _queue(deployment)
    by_sms = replace(message, id=uuid7(), channel="sms", recipient="+819012345678")
    await op.db.transact(lambda tx: outbox.insert(tx, deployment.op.vault, by_sms))
    sms_sender = sms.sender("webhook+https://127.0.0.1/", op.outbound)
    async with office() as postman:
        assert await deliver_one(op, _mailer(postman.port))
        assert not await deliver_one(op, _mailer(postman.port))
    assert len(postman.letters) == 1

    for _ in range(MOST_ATTEMPTS_OF_SMS):
        assert await deliver_one(op, sms_sender)
        deployment.clock.advance(3600)
    assert not await deliver_one(op, sms_sender)


async def test_server_with_a_service_delivers_sms_by_itself(
    database_url: str, tmp_path: Path, authority: Authority
) -> None:
    async with app_server(authority.server("localhost")) as service:
        url = service.show("/send", {}).replace("https://", "webhook+https://")
        way_out = {"HIBANA_OUTBOUND_ALLOW": "localhost", "HIBANA_OUTBOUND_CA_FILE": str(authority.file)}
        async with deploy(database_url, tmp_path, HIBANA_SMS__URL=url, **way_out) as deployment:
            by_sms = replace(await _queue(deployment), id=uuid7(), channel="sms", recipient="+819012345678")
            await deployment.op.db.transact(lambda tx: outbox.insert(tx, deployment.op.vault, by_sms))
            async with asyncio.timeout(10):
                while not service.asked:  # noqa: ASYNC110 - the service rings no bell
                    await asyncio.sleep(0.01)
    assert service.asked == ["/send"]


async def test_server_trusts_the_mail_server_by_the_authorities_of_the_settings(
    database_url: str, tmp_path: Path, authority: Authority
) -> None:
    async with office(implicit_tls=authority.server(ELSEWHERE)) as postman:
        url = f"smtps://{ELSEWHERE}:{postman.port}"
        trusted = {"HIBANA_OUTBOUND_CA_FILE": str(authority.file)}
        async with deploy(database_url, tmp_path, HIBANA_SMTP__URL=url, **trusted) as deployment:
            await _queue(deployment)
            await _letters(postman, 1)
            told = await examine(deployment.op.settings, Answer(None, b"not asked", None, 0), now=0, full=False)
            assert [finding.state for finding in told if finding.check == "mail"] == ["ok"]
