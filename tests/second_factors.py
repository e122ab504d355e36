"""People with second factors, set up as they would set them up themselves; and what is sent to them."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pyotp
import pytest

from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.login.second_factors import codes, enrolment
from hibana_op.login.second_factors.shapes import Challenge
from hibana_op.provider import Provider
from hibana_op.records import outbox
from hibana_op.records.outbox import OutgoingMessage
from hibana_op.records.users import User
from tests.deployment import Deployment, deploy

ORIGIN = Origin("192.0.2.1", "a browser", "trace")
PHONE = "+819012345678"
# Nobody is there, so what is sent waits in the outbox, where tests read it.
NOBODY = {"HIBANA_SMTP__URL": "smtp://127.0.0.1:9", "HIBANA_SMS__URL": "webhook+https://sms.invalid/"}


@asynccontextmanager
async def deploy_sending(database_url: str, folder: Path) -> AsyncIterator[Deployment]:
    """A deployment that sends mail and SMS."""
    async with deploy(database_url, folder, **NOBODY) as deployed:
        yield deployed


@pytest.fixture
async def deployment(database_url: str, tmp_path: Path) -> AsyncIterator[Deployment]:
    """A deployment that sends, on a fresh database of each engine."""
    async with deploy_sending(database_url, tmp_path) as deployed:
        yield deployed


def a_challenge(user: User, *, bound_to: str | None = None, ip: str = "192.0.2.1") -> Challenge:
    """A person is asked for a second factor, in a sign-in of their own."""
    return Challenge(user=user, bound_to=bound_to or uuid7(), origin=Origin(ip, "a browser", "trace"), language="en")


async def with_app(op: Provider, user: User) -> str:
    """Set an authenticator app up; the secret in it. Its code of an hour ago is spent."""
    setup = enrolment.begin_app(op, user, bound_to="a session")
    answer = pyotp.TOTP(setup.secret).at(op.now())
    await enrolment.add_app(op, user, setup, answer, ORIGIN)
    return setup.secret


async def with_phone(op: Provider, user: User, number: str = PHONE) -> None:
    """Set SMS up."""
    challenge = a_challenge(user)
    await codes.send(op, codes.CONFIRM_PHONE, challenge, number)
    await enrolment.confirm_phone(op, challenge, await newest_code(op))


async def with_mailbox(op: Provider, user: User) -> None:
    """Set codes by mail up."""
    challenge = a_challenge(user)
    await codes.send(op, codes.CONFIRM_EMAIL, challenge, user.email)
    await enrolment.confirm_email(op, challenge, await newest_code(op))


def code_of(secret: str, op: Provider, *, steps: int = 0) -> str:
    """What an authenticator app shows now, or so many half minutes later."""
    return pyotp.TOTP(secret).at(op.now() + 30 * steps)


async def messages_to(op: Provider, recipient: str) -> list[OutgoingMessage]:
    """What was sent to somebody, the newest first."""
    return [message for message in await outbox.latest(op.db, op.vault) if message.recipient == recipient]


async def newest_code(op: Provider) -> str:
    """The code in the newest message that has one."""
    for message in await outbox.latest(op.db, op.vault):
        found = re.search(r"(?<!\d)\d{6}(?!\d)", message.text_body)
        if found and ("code" in message.text_body or "コード" in message.text_body):
            return found[0]
    raise AssertionError("no code was sent")
