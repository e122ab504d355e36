"""`sort`: every list in every order that it offers, page by page, where many have the same value."""

from typing import Any, get_args

import pytest
from msgspec.structs import fields

from hibana_op.api import roles as role_list
from hibana_op.api.operation import Operation
from hibana_op.api.table import OPERATIONS
from hibana_op.records import (
    api_keys,
    audit_search,
    clients,
    groups,
    identity_providers,
    invitations,
    join_codes,
    resources,
    sessions,
    tenants,
    users,
)
from hibana_op.storage.database import Database
from tests.api.credentials import ask, key_of, with_role
from tests.api.specimens import Side, seed_side
from tests.deployment import Deployment

ORDERS = {
    "/api-keys": api_keys.ORDERS,
    "/audit-events": audit_search.ORDERS,
    "/clients": clients.ORDERS,
    "/groups": groups.ORDERS,
    "/identity-providers": identity_providers.ORDERS,
    "/invitations": invitations.ORDERS,
    "/join-codes": join_codes.ORDERS,
    "/resource-servers": resources.ORDERS,
    "/roles": role_list.ORDERS,
    "/sessions": sessions.ORDERS,
    "/tenants": tenants.ORDERS,
    "/users": users.ORDERS,
}
# What may be long, because it is of no tenant; all others are lists of one tenant.
OF_DEPLOYMENT = (
    *("/api-keys", "/audit-events", "/clients", "/identity-providers", "/resource-servers", "/sessions"),
    *("/tenants", "/users"),
)


def names(path: str) -> tuple[str, ...]:
    """What may be asked for as an order of a list."""
    (query,) = (each.query for each in OPERATIONS if each.path == path and each.is_list)
    assert query is not None
    (sort,) = (each for each in fields(query) if each.name == "sort")
    return get_args(sort.type)


def in_tenant(operation: Operation, side: Side) -> dict[str, str]:
    """The query that says whose things are listed, where they belong to tenants."""
    assert operation.query is not None
    return {"tenant_id": side.tenant_id} if "tenant_id" in operation.query.__struct_fields__ else {}


async def walk(deployment: Deployment, token: str, path: str, query: dict[str, Any]) -> list[dict[str, Any]]:
    """All that a list has, one item a page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        answer = await ask(deployment, "GET", path, token, params={**query, "limit": 1, "cursor": cursor})
        assert answer.status_code == 200, f"{path} {query}: {answer.text}"
        found += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


def test_what_is_offered_is_what_there_is() -> None:
    for path, orders in ORDERS.items():
        assert set(names(path)) == set(orders), path


async def test_every_order_is_whole_page_by_page_and_backwards(deployment: Deployment) -> None:
    token = await key_of(deployment.op, await with_role(deployment.op, "super_admin"))
    sides = [await seed_side(deployment.op, canary) for canary in ("CANARYA", "CANARYB")]
    for path in ORDERS:
        (operation,) = (each for each in OPERATIONS if each.path == path and each.is_list)
        for name in (each for each in names(path) if not each.startswith("-")):
            is_for_all = path in OF_DEPLOYMENT and ORDERS[path][name].is_quick
            query = {} if is_for_all else in_tenant(operation, sides[0])
            whole = await ask(deployment, "GET", path, token, params={**query, "sort": name, "limit": 100})
            forwards = await walk(deployment, token, path, {**query, "sort": name})
            backwards = await walk(deployment, token, path, {**query, "sort": f"-{name}"})

            told = f"{path} by {name}"
            assert forwards == whole.json()["items"], told
            assert forwards == backwards[::-1], told
            assert forwards, told
            if name.endswith("_at"):
                values = [each[name] or "" for each in forwards]
                assert values == sorted(values), told


async def test_people_of_a_tenant_and_names_follow_the_alphabet(deployment: Deployment) -> None:
    token = await key_of(deployment.op, await with_role(deployment.op, "super_admin"))
    side = await seed_side(deployment.op, "CANARYA")
    for name in ("beta", "Alpha", "gamma", "Beta two", "alpha two"):
        body = {"tenant_id": side.tenant_id, "name": name}
        assert (await ask(deployment, "POST", "/groups", token, json=body)).status_code == 201
    query = {"tenant_id": side.tenant_id, "sort": "name"}

    told = [each["name"] for each in await walk(deployment, token, "/groups", query)]

    assert [each for each in told if "CANARY" not in each] == ["Alpha", "alpha two", "beta", "Beta two", "gamma"]
    people = await walk(deployment, token, "/users", {"tenant_id": side.tenant_id, "sort": "-email"})
    addresses = [each["email"] for each in people]
    assert len(addresses) > 3
    assert sorted({each.split(".")[0] for each in addresses}, reverse=True) == list(
        dict.fromkeys(each.split(".")[0] for each in addresses)
    )


async def test_a_page_follows_even_when_its_predecessor_is_gone_or_another(deployment: Deployment) -> None:
    token = await key_of(deployment.op, await with_role(deployment.op, "super_admin"))
    side = await seed_side(deployment.op, "CANARYA")
    made = {}
    for name in ("row a", "row b", "row c", "row d"):
        body = {"tenant_id": side.tenant_id, "name": name}
        made[name] = (await ask(deployment, "POST", "/groups", token, json=body)).json()["id"]
    query = {"tenant_id": side.tenant_id, "sort": "name", "q": "row", "limit": 2}
    first = (await ask(deployment, "GET", "/groups", token, params=query)).json()
    assert [each["name"] for each in first["items"]] == ["row a", "row b"]
    await ask(deployment, "DELETE", f"/groups/{made['row b']}", token)
    await ask(deployment, "PATCH", f"/groups/{made['row a']}", token, json={"name": "row z"})

    second = await ask(deployment, "GET", "/groups", token, params={**query, "cursor": first["next_cursor"]})

    assert [each["name"] for each in second.json()["items"]] == ["row c", "row d"]


@pytest.mark.parametrize("path", sorted(ORDERS))
async def test_R07_a_cursor_counts_in_its_own_order_alone(deployment_on_sqlite: Deployment, path: str) -> None:
    token = await key_of(deployment_on_sqlite.op, await with_role(deployment_on_sqlite.op, "super_admin"))
    side = await seed_side(deployment_on_sqlite.op, "CANARYA")
    (operation,) = (each for each in OPERATIONS if each.path == path and each.is_list)
    query = {**in_tenant(operation, side), "limit": 1}
    cursors = {}
    for name in names(path):
        page = await ask(deployment_on_sqlite, "GET", path, token, params={**query, "sort": name})
        if page.json()["next_cursor"] is not None:
            cursors[name] = page.json()["next_cursor"]
            assert side.canary not in cursors[name]
    for name, cursor in cursors.items():
        for other in names(path):
            answer = await ask(
                deployment_on_sqlite, "GET", path, token, params={**query, "sort": other, "cursor": cursor}
            )
            assert answer.status_code == (200 if other == name else 422), f"{path} {name} {other}"


@pytest.mark.parametrize("path", sorted(ORDERS))
async def test_R07_another_order_is_refused_and_those_there_are_are_named(
    deployment_on_sqlite: Deployment, path: str
) -> None:
    token = await key_of(deployment_on_sqlite.op, await with_role(deployment_on_sqlite.op, "super_admin"))
    for wrong in ("id; DROP TABLE users", "secret_hash", "+created_at", "CREATED_AT", "--created_at"):
        answer = await ask(deployment_on_sqlite, "GET", path, token, params={"sort": wrong})
        assert answer.status_code == 422
        (fault,) = answer.json()["errors"]
        assert fault["field"] == "sort"
        assert all(name in fault["detail"] for name in names(path)), fault
        assert wrong not in fault["detail"]


async def test_orders_without_an_index_are_for_one_tenant_or_person(deployment_on_sqlite: Deployment) -> None:
    person = await with_role(deployment_on_sqlite.op, "super_admin")
    token = await key_of(deployment_on_sqlite.op, person)
    slow = [(path, name) for path, orders in ORDERS.items() for name, each in orders.items() if not each.is_quick]
    assert slow
    for path, name in slow:
        refused = await ask(deployment_on_sqlite, "GET", path, token, params={"sort": name})
        assert refused.status_code == 422, f"{path} {name}"
        assert [each["field"] for each in refused.json()["errors"]] == ["sort"]
        if path in ("/sessions", "/api-keys"):
            own = await ask(deployment_on_sqlite, "GET", path, token, params={"sort": name, "user_id": person.id})
            assert own.status_code == 200


async def test_orders_of_all_that_there_is_follow_an_index(deployment_on_sqlite: Deployment) -> None:
    db: Database = deployment_on_sqlite.op.db
    for path in OF_DEPLOYMENT:
        for name, order in ORDERS[path].items():
            if order.is_quick:
                table = order.identity.partition(".")[0]
                plan = await db.all(f"EXPLAIN QUERY PLAN SELECT * FROM {table} ORDER BY {order.clause} LIMIT 50")
                told = " ".join(str(each["detail"]) for each in plan)
                assert "USE TEMP B-TREE FOR ORDER BY" not in told, f"{path} by {name}: {told}"
