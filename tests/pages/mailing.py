"""A deployment that sends mail, and what a person does with a mail."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hibana_op.provider import Provider
from hibana_op.records import outbox
from hibana_op.records.outbox import OutgoingMessage
from tests.deployment import Deployment, deploy
from tests.ports import free_port


@pytest.fixture
async def mailing(database_url: str, tmp_path: Path) -> AsyncIterator[Deployment]:
    """People may sign up; nobody answers at the mail server, so that mail stays where it can be read."""
    settings = {"HIBANA_SMTP__URL": f"smtp://127.0.0.1:{free_port()}", "HIBANA_SIGNUP": "open"}
    async with deploy(database_url, tmp_path, **settings) as deployed:
        yield deployed


async def mails_to(op: Provider, address: str) -> list[OutgoingMessage]:
    """The mail to an address, the newest first."""
    return [message for message in await outbox.latest(op.db, op.vault) if message.recipient == address]


def link_in(message: OutgoingMessage) -> str:
    """The link that a mail carries, and that its HTML part leads to as well."""
    found = re.search(r"^https://\S+[?/][\w=?-]{20,}$", message.text_body, re.MULTILINE)
    assert found is not None, message.text_body
    assert f'<a href="{found[0]}">' in message.html_body
    return found[0]
