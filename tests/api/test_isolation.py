"""Tenants see nothing of each other: every id at every place of every operation, made from the table."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hibana_op.api.operation import SIGNED_IN, Operation
from hibana_op.foundation.ids import uuid7
from tests.api.credentials import ask, key_of, machine_token, person_token
from tests.api.specimens import Side, Specimen, seed_side, specimens
from tests.api.test_roles import COLLECTIONS, in_order
from tests.deployment import Deployment, deploy

Answer = tuple[int, Any]


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_O01_an_id_of_another_tenant_is_an_id_that_never_was(collection: str, tmp_path: Path) -> None:
    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path) as deployment:
        one, other = await seed_side(deployment.op, "CANARYA"), await seed_side(deployment.op, "CANARYB")
        tokens = await best_tokens(deployment, one)
        for operation in in_order(collection):
            specimen = specimens()[operation.method, operation.path]
            if operation.permission == SIGNED_IN:
                continue
            for name, token in tokens.items():
                told = f"{operation.method} {operation.path} by {name}"
                call = Call(deployment, operation, specimen, token)
                for place in places(specimen, one):
                    theirs = await call.swapped(one, other, place)
                    nothing = await call.swapped(one, nowhere(other), place)
                    assert theirs == nothing, f"{told}: {place} of another tenant is told from one that never was"
                    # A job counts it as failed: test_bulk looks at what comes of it.
                    allowed = (403, 404, 422, 202 if operation.status == 202 else 200)
                    assert theirs[0] in allowed, f"{told}: {place} of another tenant: {theirs}"
                    assert theirs[0] != 200 or not theirs[1].get("items", True), f"{told}: {place}: {theirs}"


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_O03_nothing_that_a_tenant_is_shown_is_of_another(collection: str, tmp_path: Path) -> None:
    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path) as deployment:
        one, other = await seed_side(deployment.op, "CANARYA"), await seed_side(deployment.op, "CANARYB")
        tokens = await best_tokens(deployment, one)
        for operation in in_order(collection):
            specimen = specimens()[operation.method, operation.path]
            for name, token in tokens.items():
                call = Call(deployment, operation, specimen, token)
                answers = [await call.own(one)]
                if operation.is_list:
                    for more in ({"q": "canary"}, {"q": other.canary}, {"limit": "100"}, {"tenant_id": ""}):
                        answers.append(await call.own(one, **more))
                # What is the deployment's own is on both sides.
                foreign = {other.tenant_id, *other.ids.values()} - set(one.ids.values())
                for answer in answers:
                    text = answer.text.lower()
                    told = f"{operation.method} {operation.path} by {name}: {answer.text}"
                    assert other.canary.lower() not in text, told
                    assert not [each for each in foreign if each in text], told


async def best_tokens(deployment: Deployment, side: Side) -> dict[str, str]:
    """The strongest that anybody of a tenant can have."""
    op = deployment.op
    return {
        "the owner": await person_token(op, side.owner),
        "the owner in the tenant": await person_token(op, side.owner, tenant_id=side.tenant_id),
        "an administrator": await person_token(op, side.admin),
        "a key of the owner": await key_of(op, side.owner, tenant_id=side.tenant_id),
        "a machine of the tenant": await machine_token(deployment, tenant_id=side.tenant_id),
        "a member": await person_token(op, side.member),
    }


def nowhere(side: Side) -> Side:
    """The same side with ids that never were."""
    tenant_id = uuid7()
    ids = {name: tenant_id if name == "tenant" else uuid7() for name in side.ids}
    return Side(side.canary, tenant_id, side.owner, side.admin, side.member, ids)


def places(specimen: Specimen, side: Side) -> list[tuple[str, ...]]:
    """Where an operation takes an id: in its path, or as a member of its query or body, however deep."""
    found: list[tuple[str, ...]] = [("path", name) for name in specimen.path]
    for kind, members in (("query", specimen.query), ("body", specimen.body)):
        if members:
            known = {side.tenant_id, *side.ids.values()}
            found += [(kind, *path) for path in _ids_in(members(side), known)]
    return found


def _ids_in(value: Any, known: set[str], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if isinstance(value, dict):
        return [found for name, each in value.items() for found in _ids_in(each, known, (*path, str(name)))]
    if isinstance(value, list):
        return [found for at, each in enumerate(value) for found in _ids_in(each, known, (*path, str(at)))]
    return [path] if value in known else []


@dataclass(frozen=True, slots=True)
class Call:
    """An operation, somebody who calls it, and what a valid call is."""

    deployment: Deployment
    operation: Operation
    specimen: Specimen
    token: str

    async def own(self, side: Side, **query: str) -> httpx2.Response:
        """Call it on one's own side, perhaps with more in the query; an empty one leaves a parameter out."""
        params = {**(self.specimen.query(side) if self.specimen.query else {}), **query}
        body = self.specimen.body(side) if self.specimen.body else None
        names = {name: side.ids[key] for name, key in self.specimen.path.items()}
        return await self._send(names, {name: value for name, value in params.items() if value != ""}, body)

    async def swapped(self, one: Side, other: Side, place: tuple[str, ...]) -> Answer:
        """The answer to a call in which one id is the other side's; what differs by chance is taken out."""
        kind, *path = place
        query = self.specimen.query(one) if self.specimen.query else None
        body = self.specimen.body(one) if self.specimen.body else None
        names = {name: one.ids[key] for name, key in self.specimen.path.items()}
        if kind == "path":
            swapped_id = names[path[0]] = other.ids[self.specimen.path[path[0]]]
        else:
            swapped_id = _swap(query if kind == "query" else body, path, one, other)
        answer = await self._send(names, query, body)
        told = json.loads(answer.text.replace(swapped_id, "ID")) if answer.text else None
        if isinstance(told, dict):
            told.pop("trace_id", None)
            if answer.status_code == 202:
                told.pop("id", None)
        return answer.status_code, told

    async def _send(self, names: dict[str, str], query: Any, body: Any) -> httpx2.Response:
        options = {"params": query} | ({"json": body} if body is not None else {})
        path = self.operation.path.format(**names)
        return await ask(self.deployment, self.operation.method, path, self.token, **options)


def _swap(value: Any, path: list[str], one: Side, other: Side) -> str:
    """Put the other side's id in the place of this side's; answers it."""
    for step in path[:-1]:
        value = value[int(step) if isinstance(value, list) else step]
    last = int(path[-1]) if isinstance(value, list) else path[-1]
    found = {one.tenant_id: other.tenant_id, **{one.ids[name]: other.ids[name] for name in one.ids}}
    value[last] = found[value[last]]
    return str(value[last])
