"""The first administrator comes from the settings, once, and only into an empty house."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from dataclasses import replace
from pathlib import Path

import pytest

from hibana_op.app import build_app
from hibana_op.config import Bootstrap
from hibana_op.foundation.errors import WrongSettings
from hibana_op.foundation.secrets import Secret
from hibana_op.operations.bootstrap import ensure_first_admin
from hibana_op.provider import Provider, open_provider
from hibana_op.records import audit_log, credentials, roles, users
from tests.deployment import Deployment, deploy
from tests.make import make_user

EMAIL = "root@example.com"
PASSWORD = "the first of many"


def naming(op: Provider, password: str = PASSWORD) -> Provider:
    return replace(op, settings=replace(op.settings, bootstrap=Bootstrap(EMAIL, Secret(password))))


async def allowed(password: str, email: str) -> str:
    return password


async def test_the_first_start_makes_the_administrator(database_url: str, tmp_path: Path) -> None:
    named = {"HIBANA_BOOTSTRAP_ADMIN_EMAIL": EMAIL, "HIBANA_BOOTSTRAP_ADMIN_PASSWORD": PASSWORD}
    async with deploy(database_url, tmp_path, **named) as deployment:
        op = deployment.op
        [admin] = await users.page(op.db)
        assert (admin.email, admin.email_verified, admin.status) == (EMAIL, True, "active")
        assert await roles.names_of_user(op.db, admin.id) == ["super_admin"]
        stored = await credentials.find_password_hash(op.db, admin.id)
        assert stored is not None
        assert stored.startswith("$argon2id$")
        assert await op.passwords.verify(stored, PASSWORD)
        entries = await audit_log.page(op.db)
        assert [(entry.action, entry.resource_id) for entry in entries[::-1]] == [
            ("user:account:created", admin.id),
            ("user:role:assigned", admin.id),
        ]


@pytest.fixture
async def two_more(deployment: Deployment) -> AsyncIterator[list[Provider]]:
    others = [await open_provider(deployment.op.settings, clock=deployment.clock, cheap_passwords=True) for _ in "12"]
    yield others
    for op in others:
        await op.close()


async def test_P07_processes_that_start_together_make_one_administrator(
    deployment: Deployment, two_more: list[Provider]
) -> None:
    processes = [naming(op) for op in (deployment.op, *two_more)]
    made = await asyncio.gather(*(ensure_first_admin(op, allowed) for op in processes for _ in range(17)))
    assert len([each for each in made if each is not None]) == 1
    assert len(await users.page(deployment.op.db)) == 1


async def test_P07_a_house_with_people_gets_no_other_administrator(deployment: Deployment) -> None:
    await make_user(deployment.op)
    assert await ensure_first_admin(naming(deployment.op), allowed) is None
    assert await users.find_by_login(deployment.op.db, EMAIL) is None


async def test_without_the_settings_nobody_is_made(deployment: Deployment) -> None:
    assert await ensure_first_admin(deployment.op, allowed) is None
    assert not await users.has_any(deployment.op.db)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("password", "too short. It needs at least 15 characters"),
        ("passwordpassword", "easy to guess"),
        ("root@example.com", "words that belong to you"),
    ],
)
async def test_a_password_that_nobody_may_choose_keeps_the_server_from_starting(
    deployment: Deployment, password: str, said: str
) -> None:
    app = build_app(naming(deployment.op, password).settings, clock=deployment.clock, cheap_passwords=True)
    asked: asyncio.Queue[MutableMapping[str, str]] = asyncio.Queue()
    asked.put_nowait({"type": "lifespan.startup"})
    told: asyncio.Queue[MutableMapping[str, str]] = asyncio.Queue()
    with pytest.raises(WrongSettings, match=f"^HIBANA_BOOTSTRAP_ADMIN_PASSWORD: .*{said}"):
        await app({"type": "lifespan"}, asked.get, told.put)
    assert not await users.has_any(deployment.op.db)
