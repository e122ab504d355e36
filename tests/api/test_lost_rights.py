"""Whoever loses a right between the request and the change changes nothing: made from the table of operations (P03)."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from hibana_op.api.endpoint import endpoint
from hibana_op.api.operation import ROOT, Operation
from hibana_op.api.table import OPERATIONS
from hibana_op.app import Answering
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import administrators, clients, resources, roles, users
from hibana_op.records.resources import OWN_API, OWN_SCOPE
from hibana_op.storage.conditional import Conditional
from hibana_op.storage.database import Session
from hibana_op.web.browser import build_renderer
from hibana_op.web.metrics import Metrics
from hibana_op.web.site import Site
from tests.api.credentials import ask, bearer, key_of, machine_token, person_token, with_role
from tests.api.specimens import Side, seed_side, specimens
from tests.api.test_audited import ASKS, newest
from tests.deployment import Deployment, deploy

HERE = Origin("192.0.2.10", "a browser", "a-trace")
# Where what is asked for is so already, nothing is changed, and so nobody is asked again.
SO_ALREADY = {
    ("PATCH", "/tenant-domains/{id}"),
    ("POST", "/tenant-domains/{id}/verify"),
    ("POST", "/tenant-domains/{id}/vouch"),
}
# What no machine does, whatever it may: a key has an owner.
FOR_PEOPLE = {("POST", "/api-keys")}
Change = Callable[[Session], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may do everything, how they lose that, and how they get it back."""

    token: str
    lose: Change
    regain: Change


async def a_person(deployment: Deployment) -> Caller:
    """The highest administrator."""
    op = deployment.op
    root = await with_role(op, "super_admin")
    return Caller(
        await person_token(op, root),
        lambda tx: tx.run("DELETE FROM user_roles WHERE user_id = :id AND tenant_id IS NULL", id=root.id),
        lambda tx: roles.assign(tx, root.id, "super_admin", now=op.now()),
    )


async def a_key(deployment: Deployment) -> Caller:
    """A key of the highest administrator."""
    op = deployment.op
    root = await with_role(op, "super_admin")
    return Caller(
        await key_of(op, root),
        lambda tx: tx.run("UPDATE api_keys SET revoked_at = :now WHERE user_id = :id", now=op.now(), id=root.id),
        lambda tx: tx.run("UPDATE api_keys SET revoked_at = NULL WHERE user_id = :id", id=root.id),
    )


async def a_machine(deployment: Deployment) -> Caller:
    """A program of the deployment that acts in its own name."""
    op = deployment.op
    token = await machine_token(deployment)
    (machine,) = [each for each in await clients.page(op.db) if each.client_name == "Nightly job"]
    scopes = frozenset({OWN_SCOPE})
    return Caller(
        token,
        lambda tx: resources.revoke_grant(tx, machine.client_id, OWN_API),
        lambda tx: resources.grant(tx, machine.client_id, OWN_API, scopes=scopes, now=op.now()),
    )


@pytest.mark.parametrize("who", [a_person, a_key, a_machine])
async def test_P03_a_right_that_is_lost_before_the_change_changes_nothing(
    who: Callable[[Deployment], Awaitable[Caller]], tmp_path: Path
) -> None:
    async with deploy(
        f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path, HIBANA_SMTP__URL="smtp://127.0.0.1:9"
    ) as deployment:
        op = deployment.op
        side, known = await seed_side(op, "CANARYA"), specimens()
        caller = await who(deployment)
        before = await newest(op)
        for operation in OPERATIONS:
            key = operation.method, operation.path
            if operation.method == "GET" or key in ASKS or key not in known or (who is a_machine and key in FOR_PEOPLE):
                continue
            answer = await call_and_lose(op, operation, side, caller)
            told = f"{operation.method} {operation.path}: {answer.status_code} {answer.text}"
            assert answer.status_code == 200 if key in SO_ALREADY else answer.status_code in (403, 404), told
            assert await newest(op) == before, told
            await op.db.transact(caller.regain)
        assert (await ask(deployment, "GET", "/users", caller.token)).status_code == 200


async def test_P03_a_change_waits_for_whoever_is_taking_its_right_away(postgres_url: str, tmp_path: Path) -> None:
    """SQLite lets no other transaction in while one is open."""
    async with deploy(postgres_url, tmp_path) as deployment:
        op = deployment.op
        one, other = await with_role(op, "super_admin"), await with_role(op, "super_admin")
        token = await person_token(op, one)
        asked: list[asyncio.Task[httpx2.Response]] = []

        async def take_away(tx: Session) -> None:
            await administrators.hold(tx, other.id, one.id)
            await tx.run("DELETE FROM user_roles WHERE user_id = :id", id=one.id)
            asked.append(
                asyncio.create_task(ask(deployment, "POST", "/users", token, json={"email": "new@example.com"}))
            )
            while await tx.one("SELECT pg_sleep(0.01), 1 FROM pg_locks WHERE NOT granted") is None:
                await tx.one("SELECT pg_sleep(0.01)")

        await op.db.transact(take_away)

        assert (await asked[0]).status_code == 403
        assert await users.find_by_login(op.db, "new@example.com") is None


async def call_and_lose(op: Provider, operation: Operation, side: Side, caller: Caller) -> httpx2.Response:
    """A valid call by somebody whose right is gone in the moment of the change."""

    async def lose(tx: Session) -> None:
        await caller.lose(tx)

    losing = replace(op, db=Conditional(op.db, lose))
    site = Site(losing, build_renderer("", https=True), Metrics())
    router = Router([Route(ROOT + operation.path, Answering(endpoint([operation], site)))])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["hibana"] = HERE
        await router(scope, receive, send)

    specimen = specimens()[operation.method, operation.path]
    options: dict[str, Any] = {"params": specimen.query(side) if specimen.query else None}
    if specimen.body:
        options["json"] = specimen.body(side)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=op.issuer, headers=bearer(caller.token)) as http:
        return await http.request(operation.method, ROOT + specimen.fill(operation.path, side), **options)
