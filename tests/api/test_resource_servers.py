"""`/resource-servers` and `/client-grants`: APIs, and the most that apps may get for them."""

from typing import Any

import pytest

from hibana_op.api.operation import ROOT
from hibana_op.oauth import targets
from hibana_op.provider import Provider
from hibana_op.records.clients import Client
from hibana_op.records.resources import OWN_API, OWN_SCOPE, ResourceServer
from tests.api.credentials import ask, machine_token, person_token, with_role
from tests.api.specimens import seed_side
from tests.api.test_clients import last_entry, root_token
from tests.deployment import Deployment
from tests.make import make_client, make_resource

READ = [{"value": "orders:read", "description": "See your orders"}]
ORDERS = {"identifier": "https://orders.example/", "name": "Orders", "scopes": READ}


async def test_an_api_is_registered_changed_and_removed(deployment: Deployment) -> None:
    token = await root_token(deployment.op)
    made = await ask(deployment, "POST", "/resource-servers", token, json=ORDERS)
    path = f"/resource-servers/{made.json()['id']}"
    write = [{"value": "orders:write", "description": "Change your orders"}]
    changes = {"scopes": write, "token_format": "opaque", "token_lifetime": 60, "skip_consent": False}
    changed = await ask(deployment, "PATCH", path, token, json=changes)

    assert made.status_code == 201, made.text
    assert (made.json()["scopes"], made.json()["signing_alg"], made.json()["tenant_id"]) == (READ, "RS256", None)
    assert changed.json() == (await ask(deployment, "GET", path, token)).json()
    assert {name: changed.json()[name] for name in changes} == changes
    assert changed.json()["identifier"] == "https://orders.example/"
    told = await last_entry(deployment.op, "resource:registration:updated")
    assert told.metadata["fields"] == ["scopes", "skip_consent", "token_format", "token_lifetime"]
    found = await ask(deployment, "GET", "/resource-servers", token, params={"q": "ORDERS.example"})
    assert [each["name"] for each in found.json()["items"]] == ["Orders"]
    assert (await ask(deployment, "POST", "/resource-servers", token, json=ORDERS)).status_code == 409
    assert (await ask(deployment, "DELETE", path, token)).status_code == 204
    assert (await ask(deployment, "GET", path, token)).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"signing_alg": "none"},
        {"name": "two\nlines"},
        {"scopes": [{"value": "email", "description": "of people"}]},
        {"scopes": [{"value": OWN_SCOPE, "description": "of our own API"}]},
        {"scopes": READ * 2},
        {"token_lifetime": 0},
        {"identifier": "https://another.example/"},
    ],
)
async def test_an_api_that_would_be_unsound_stays_as_it_is(
    deployment_on_sqlite: Deployment, change: dict[str, Any]
) -> None:
    op = deployment_on_sqlite.op
    resource, token = await make_resource(op), await root_token(op)
    path = f"/resource-servers/{resource.id}"
    before = (await ask(deployment_on_sqlite, "GET", path, token)).json()

    assert (await ask(deployment_on_sqlite, "PATCH", path, token, json=change)).status_code == 422
    assert (await ask(deployment_on_sqlite, "GET", path, token)).json() == before


async def test_P02_our_own_api_can_neither_be_changed_nor_removed(deployment: Deployment) -> None:
    token = await root_token(deployment.op)
    path = f"/resource-servers/{OWN_API}"
    assert (await ask(deployment, "PATCH", path, token, json={"name": "Mine"})).status_code == 422
    assert (await ask(deployment, "DELETE", path, token)).status_code == 422
    assert (await ask(deployment, "GET", path, token)).json()["identifier"] == deployment.op.issuer + ROOT


async def test_O01_only_an_app_of_the_same_tenant_introspects_the_tokens_of_an_api(deployment: Deployment) -> None:
    one, other = await seed_side(deployment.op, "CANARYA"), await seed_side(deployment.op, "CANARYB")
    token = await person_token(deployment.op, one.owner)
    path = f"/resource-servers/{one.ids['resource']}"
    for client_id in (other.ids["client"], "never-was"):
        assert (await ask(deployment, "PATCH", path, token, json={"client_id": client_id})).status_code == 404
    assert (await ask(deployment, "GET", path, token)).json()["client_id"] is None


async def test_a_grant_is_set_narrowed_and_taken_away(deployment: Deployment) -> None:
    op = deployment.op
    token = await root_token(op)
    client = await make_client(op, grant_types=("client_credentials",), response_types=(), redirect_uris=())
    resource = await make_resource(op)
    new = {"client_id": client.client_id, "resource_id": resource.id}
    made = await ask(deployment, "POST", "/client-grants", token, json=new)
    path = f"/client-grants/{made.json()['id']}"

    assert (made.status_code, made.json()["scopes"]) == (201, ["read", "write"])
    assert await ceiling(op, client, resource) == ("read", "write")
    changed = await ask(deployment, "PATCH", path, token, json={"scopes": ["read"]})
    assert changed.json() == made.json() | {"scopes": ["read"]}
    assert await ceiling(op, client, resource) == ("read",)
    assert (await ask(deployment, "PATCH", path, token, json={"scopes": ["delete"]})).status_code == 422
    assert (await ask(deployment, "DELETE", path, token)).status_code == 204
    assert await ceiling(op, client, resource) == ()
    listed = await ask(deployment, "GET", "/client-grants", token, params={"client_id": client.client_id})
    assert listed.json()["items"] == []


async def ceiling(op: Provider, client: Client, resource: ResourceServer) -> tuple[str, ...]:
    """The scopes that a client gets in its own name for an API."""
    op.remembered.forget()
    return (await targets.for_client(op, client, scope=None, resources=[resource.identifier])).scopes


async def test_P03_only_who_may_do_everything_grants_our_own_api(deployment: Deployment) -> None:
    op = deployment.op
    side = await seed_side(op, "CANARYA")
    new = {"client_id": side.ids["client to grant"], "resource_id": OWN_API}
    tokens = [await person_token(op, each) for each in (side.admin, await with_role(op, "server_manager"), side.owner)]
    answers = [await ask(deployment, "POST", "/client-grants", token, json=new) for token in tokens]
    assert [each.status_code for each in answers] == [403, 403, 201]
    path = f"/client-grants/{answers[-1].json()['id']}"
    assert (await ask(deployment, "DELETE", path, tokens[0])).status_code == 403


async def test_O01_a_tenant_grants_its_apps_nothing_at_the_apis_of_others(deployment: Deployment) -> None:
    op = deployment.op
    one, other = await seed_side(op, "CANARYA"), await seed_side(op, "CANARYB")
    of_all = await make_resource(op, identifier="https://all.example/")
    token, root = await person_token(op, one.owner), await root_token(op)
    for resource_id in (other.ids["resource"], of_all.id, "never-was"):
        new: dict[str, Any] = {"client_id": one.ids["client to grant"], "resource_id": resource_id}
        refused = await ask(deployment, "POST", "/client-grants", token, json=new)
        assert (refused.status_code, refused.json()["detail"]) == (404, "there is nothing here by this id")
    new = {"client_id": one.ids["client to grant"], "resource_id": of_all.id, "scopes": ["read"]}
    assert (await ask(deployment, "POST", "/client-grants", root, json=new)).status_code == 201


async def test_O02_what_a_tenant_registers_counts_at_its_own_apis_alone(deployment: Deployment) -> None:
    op = deployment.op
    one, other = await seed_side(op, "CANARYA"), await seed_side(op, "CANARYB")
    machine = {"grant_types": ("client_credentials",), "response_types": (), "redirect_uris": ()}
    client = await make_client(op, tenant_id=one.tenant_id, scope="read", **machine)
    apis = {
        name: await make_resource(op, identifier=f"https://{name}.example/", tenant_id=tenant_id)
        for name, tenant_id in (("own", one.tenant_id), ("all", None), ("foreign", other.tenant_id))
    }
    got = {name: await asked_for(deployment, client, each.identifier) for name, each in apis.items()}

    assert got["own"]["scope"] == "read"
    assert got["all"]["error"] == "invalid_target"
    assert got["foreign"]["error"] == "invalid_target"
    assert got["foreign"] == await asked_for(deployment, client, "https://never-was.example/")


async def asked_for(deployment: Deployment, client: Client, identifier: str) -> dict[str, Any]:
    """What the token endpoint tells a client in its own name of an API."""
    told: dict[str, Any] = (await deployment.token(client, grant_type="client_credentials", resource=identifier)).json()
    return {name: value for name, value in told.items() if name != "trace_id"}


async def test_a_machine_of_a_tenant_registers_apis_of_that_tenant(deployment: Deployment) -> None:
    side = await seed_side(deployment.op, "CANARYA")
    token = await machine_token(deployment, tenant_id=side.tenant_id)
    made = await ask(deployment, "POST", "/resource-servers", token, json=ORDERS)
    assert (made.status_code, made.json()["tenant_id"]) == (201, side.tenant_id)
    told = await last_entry(deployment.op, "resource:registration:created")
    assert (told.tenant_id, told.user_id, told.client_id is None) == (side.tenant_id, None, False)
