"""People hear of a sign-in from a browser that was never used before, and nothing else is in that mail."""

import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hibana_op.foundation.origin import Origin
from hibana_op.foundation.shipped import folder
from hibana_op.login import notices
from hibana_op.records import outbox
from tests.deployment import Deployment, deploy
from tests.make import a_user, make_user
from tests.ports import free_port

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


@pytest.fixture
async def mailing(database_url: str, tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment that has a mail server; nobody answers there, so that mail stays where it can be read."""
    async with deploy(database_url, tmp_path, HIBANA_SMTP__URL=f"smtp://127.0.0.1:{free_port()}") as deployed:
        yield deployed


@pytest.fixture
def clock_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Puts the clock of this machine into a zone, for as long as the test takes."""

    def put(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield put
    monkeypatch.undo()
    time.tzset()


async def test_first_sign_in_of_all_is_no_news(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    browser = mailing.browser()
    await browser.sign_in(await browser.get("/login"), user)

    assert await outbox.latest(mailing.op.db, mailing.op.vault) == []


async def test_known_browser_is_no_news(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    browser = mailing.browser()
    for _ in range(2):
        await browser.sign_in(await browser.get("/login"), user)

    assert await outbox.latest(mailing.op.db, mailing.op.vault) == []


async def test_new_browser_is_told_to_its_person_only(mailing: Deployment) -> None:
    user, other = await make_user(mailing.op), await make_user(mailing.op)
    shared = mailing.browser()
    for person in (user, other):
        await shared.sign_in(await shared.get("/login"), person)
    fresh = mailing.browser(**{"User-Agent": CHROME})
    await fresh.sign_in(await fresh.get("/login"), user)

    (message,) = await outbox.latest(mailing.op.db, mailing.op.vault)
    assert message.recipient == user.email
    assert "Chrome / Windows" in message.text_body


async def test_wrong_password_in_a_new_browser_sends_nothing(mailing: Deployment) -> None:
    user = await make_user(mailing.op)
    browser = mailing.browser()
    await browser.sign_in(await browser.get("/login"), user)
    stranger = mailing.browser()
    await stranger.sign_in(await stranger.get("/login"), user, password="a wrong password")

    assert await outbox.latest(mailing.op.db, mailing.op.vault) == []


async def test_deployment_without_a_mail_server_keeps_no_mail(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    for _ in range(2):
        browser = deployment.browser()
        await browser.sign_in(await browser.get("/login"), user)

    assert await outbox.latest(deployment.op.db, deployment.op.vault) == []


@pytest.mark.parametrize(
    ("locale", "subject"),
    [
        ("en-GB", "New sign-in to your Hibana account"),
        ("fr", "New sign-in to your Hibana account"),
        ("ja_JP", "Hibanaアカウントに新しいブラウザーからログインがありました"),
        (None, "Hibanaアカウントに新しいブラウザーからログインがありました"),
    ],
)
async def test_notice_is_in_the_persons_language(deployment: Deployment, locale: str | None, subject: str) -> None:
    notice = notices.new_sign_in(deployment.op, a_user(locale=locale), Origin("192.0.2.7", CHROME, "trace"))

    assert notice.subject == subject
    assert "192.0.2.7" in notice.text_body
    assert "https://id.example/" in notice.text_body
    assert "{" not in notice.subject + notice.text_body


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Asia/Tokyo", "2027年1月15日 17:00（Asia/Tokyo）"),
        ("../../etc/passwd", "2027年1月15日 08:00（UTC）"),
        ("Nowhere/City", "2027年1月15日 08:00（UTC）"),
        (None, "2027年1月15日 08:00（UTC）"),
    ],
)
async def test_notice_tells_the_persons_own_time(
    deployment: Deployment, clock_in: Callable[[str], None], zone: str | None, shown: str
) -> None:
    clock_in("UTC")
    notice = notices.new_sign_in(deployment.op, a_user(zoneinfo=zone), Origin(None, None, "trace"))

    assert shown in notice.text_body


async def test_notice_tells_the_deployments_time_to_whoever_chose_none(
    deployment: Deployment, clock_in: Callable[[str], None]
) -> None:
    clock_in("JST-9")
    notice = notices.new_sign_in(deployment.op, a_user(zoneinfo=None), Origin(None, None, "trace"))
    assert "2027年1月15日 17:00（JST）" in notice.text_body


async def test_notice_repeats_nothing_that_the_browser_says_of_itself(deployment: Deployment) -> None:
    origin = Origin("192.0.2.7", "Firefox/150 Android, call +1 555 0100 at https://evil.test/ {issuer}", "trace")
    notice = notices.new_sign_in(deployment.op, a_user(locale="en"), origin)
    plain = notices.new_sign_in(
        deployment.op, replace(a_user(locale="en"), email=notice.recipient), replace(origin, user_agent="strange")
    )

    assert "Browser: Firefox / Android\n" in notice.text_body
    assert "evil" not in notice.text_body
    assert "Browser: –\n" in plain.text_body


async def test_html_says_the_same_and_links_lead_here_only(deployment: Deployment) -> None:
    told = notices.message(
        deployment.op, "a<b>@example.com", "email_changed", language="en", origin=Origin(None, None, "t"), email="<i>x"
    )
    link = "https://id.example/reset?token=abc"
    sent = notices.message(
        deployment.op, a_user(locale="en"), "reset_password", origin=Origin(None, None, "trace"), link=link
    )

    assert "a&lt;b&gt;@example.com" in told.html_body
    assert "&lt;i&gt;x" in told.html_body
    assert "<a " not in told.html_body
    assert f'<a href="{link}">{link}</a>' in sent.html_body.replace("<wbr>", "")
    assert "https://id.examp<wbr>" in sent.html_body, "a narrow window can break it"
    assert sent.html_body.count("<p>") == sent.text_body.strip().count("\n\n") + 1


@pytest.mark.parametrize("path", sorted((folder("templates") / "mail").glob("*.txt")), ids=lambda path: path.stem)
def test_every_mail_is_there_in_both_languages_with_a_subject_and_the_same_blanks(path: Path) -> None:
    name, language = path.stem.rsplit(".", 1)
    other = path.with_name(f"{name}.{'ja' if language == 'en' else 'en'}.txt")
    subject, empty, text = path.read_text(encoding="utf-8").split("\n", 2)

    assert subject
    assert empty == ""
    assert text.strip()
    assert set(re.findall(r"{\w+}", path.read_text())) == set(re.findall(r"{\w+}", other.read_text()))
