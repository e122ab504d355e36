"""`/clients`: what a client is made of, whose it is, and who may give one what."""

from typing import Any

import pytest

from hibana_op.api.client_members import ClientShown, ClientTaken
from hibana_op.oauth.metadata import MEMBERS, POLICY
from hibana_op.provider import Provider
from hibana_op.records import audit_log, clients, resources
from hibana_op.records.audit_log import AuditEntry
from hibana_op.records.clients import Client
from hibana_op.records.resources import OWN_API, OWN_SCOPE
from tests.api.credentials import ask, person_token, with_role
from tests.api.specimens import seed_side
from tests.deployment import Deployment
from tests.make import make_client, make_user

SHOP = {"client_name": "Shop", "redirect_uris": ["https://shop.example/callback"]}


async def root_token(op: Provider) -> str:
    """A token of somebody who may do everything."""
    return await person_token(op, await with_role(op, "super_admin"))


async def last_entry(op: Provider, action: str) -> AuditEntry:
    """What the audit log says last of an action."""
    return (await audit_log.page(op.db, action=action))[0]


def test_every_member_that_an_administrator_may_give_can_be_given_and_is_shown() -> None:
    known = {*MEMBERS, *POLICY, "localized"}
    assert set(ClientTaken.__struct_fields__) == known
    assert known <= set(ClientShown.__struct_fields__)
    assert not [each for each in ClientShown.__struct_fields__ if "secret_" in each or "hash" in each]


async def test_a_client_is_registered_changed_and_removed_and_its_secret_shown_once(deployment: Deployment) -> None:
    op = deployment.op
    root = await with_role(op, "super_admin")
    token = await person_token(op, root)
    made = await ask(deployment, "POST", "/clients", token, json=SHOP | {"localized": {"client_name#ja": "店"}})
    client_id = made.json()["client_id"]
    changes = {"client_name": "Shop 2", "localized": {"client_name#ja": None}, "scope": "openid", "contacts": None}
    changed = await ask(deployment, "PATCH", f"/clients/{client_id}", token, json=changes)

    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"{op.issuer}/api/v1/clients/{client_id}"
    assert len(made.json()["client_secret"]) > 40
    assert made.json()["localized"] == {"client_name#ja": "店"}
    assert made.json()["tenant_id"] is None
    assert (changed.json()["client_name"], changed.json()["localized"]) == ("Shop 2", {})
    shown = await ask(deployment, "GET", f"/clients/{client_id}", token)
    assert shown.json() == changed.json()
    assert "client_secret" not in shown.json()
    told = await last_entry(op, "client:registration:updated")
    assert (told.user_id, told.resource_id) == (root.id, client_id)
    assert told.metadata["fields"] == ["client_name", "scope", "localized"]
    assert (await ask(deployment, "DELETE", f"/clients/{client_id}", token)).status_code == 204
    assert (await ask(deployment, "GET", f"/clients/{client_id}", token)).status_code == 404


async def test_a_new_secret_counts_and_the_one_before_as_long_as_was_said(deployment: Deployment) -> None:
    token = await root_token(deployment.op)
    values = {"client_name": "Job", "grant_types": ["client_credentials"], "token_endpoint_auth_method": METHOD}
    made = (await ask(deployment, "POST", "/clients", token, json=values)).json()
    rotate = f"/clients/{made['client_id']}/rotate-secret"
    rotated = (await ask(deployment, "POST", rotate, token, json={"overlap": 60})).json()

    assert rotated["client_secret"] != made["client_secret"]
    assert [await accepted(deployment, each) for each in (made, rotated)] == [200, 200]
    deployment.clock.advance(61)
    assert [await accepted(deployment, each) for each in (made, rotated)] == [401, 200]
    public = await make_client(deployment.op, token_endpoint_auth_method="none")
    assert (await ask(deployment, "POST", f"/clients/{public.client_id}/rotate-secret", token)).status_code == 400


METHOD = "client_secret_post"


async def accepted(deployment: Deployment, client: dict[str, Any]) -> int:
    """How the token endpoint answers a client with its secret."""
    form = {name: client[name] for name in ("client_id", "client_secret")}
    async with deployment.http() as http:
        return (await http.post("/token", data={"grant_type": "client_credentials", **form})).status_code


@pytest.mark.parametrize(
    "member",
    ["client_id", "registration", "client_secret_hash", "created_at", "trusted", "client_name#ja", "tenant_id"],
)
async def test_P02_what_nobody_may_write_is_refused_by_name(deployment_on_sqlite: Deployment, member: str) -> None:
    client = await make_client(deployment_on_sqlite.op)
    token = await root_token(deployment_on_sqlite.op)
    path = f"/clients/{client.client_id}"
    answer = await ask(deployment_on_sqlite, "PATCH", path, token, json={member: "x"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == member


async def test_P02_no_member_hides_among_the_languages(deployment_on_sqlite: Deployment) -> None:
    token = await root_token(deployment_on_sqlite.op)
    for name in ("first_party", "first_party#ja", "#ja", "client_name"):
        values = SHOP | {"localized": {name: "true"}}
        answer = await ask(deployment_on_sqlite, "POST", "/clients", token, json=values)
        assert answer.status_code == 422, name


async def test_a_confined_caller_registers_for_their_tenant_and_sees_no_other(deployment: Deployment) -> None:
    op = deployment.op
    side = await seed_side(op, "CANARYA")
    theirs = await make_client(op)
    token = await person_token(op, side.admin, tenant_id=side.tenant_id)
    made = await ask(deployment, "POST", "/clients", token, json=SHOP)
    listed = await ask(deployment, "GET", "/clients", token, params={"limit": "100"})

    assert (made.status_code, made.json()["tenant_id"]) == (201, side.tenant_id)
    assert {each["tenant_id"] for each in listed.json()["items"]} == {side.tenant_id}
    for client_id in (theirs.client_id, "never-was"):
        assert (await ask(deployment, "GET", f"/clients/{client_id}", token)).status_code == 404
        assert (await ask(deployment, "DELETE", f"/clients/{client_id}", token)).status_code == 404
    told = await last_entry(op, "client:registration:created")
    assert (told.tenant_id, told.user_id) == (side.tenant_id, side.admin.id)


async def test_P02_a_tenant_cannot_have_its_own_apps_trusted(deployment: Deployment) -> None:
    op = deployment.op
    side = await seed_side(op, "CANARYA")
    token, root = await person_token(op, side.owner), await root_token(op)
    ids = [(await make_client(op, tenant_id=side.tenant_id, verified=False)).client_id for _ in range(2)]
    new = SHOP | {"tenant_id": side.tenant_id, "first_party": True}

    assert (await ask(deployment, "POST", "/clients", token, json=new)).status_code == 403
    for client_id, change in (
        (side.ids["client"], {"first_party": True}),
        (ids[0], {"verified": True}),
        (ids[1], {"verified": None}),
    ):
        assert (await ask(deployment, "PATCH", f"/clients/{client_id}", token, json=change)).status_code == 403
        assert (await ask(deployment, "PATCH", f"/clients/{client_id}", root, json=change)).status_code == 200


async def test_P03_who_may_not_do_everything_makes_no_client_of_the_management_api(deployment: Deployment) -> None:
    op = deployment.op
    admin = await person_token(op, await with_role(op, "admin"))
    new = {"client_name": "Job", "grant_types": ["client_credentials"], "scope": OWN_SCOPE}
    answer = await ask(deployment, "POST", "/clients", admin, json=new)
    allowed = await ask(deployment, "POST", "/clients", await root_token(op), json=new)
    assert (answer.status_code, allowed.status_code) == (403, 201)


async def of_our_api(op: Provider, tenant_id: str | None = None) -> Client:
    """A client that a grant lets do everything."""
    client = await make_client(op, tenant_id=tenant_id)
    await op.db.transact(
        lambda tx: resources.grant(tx, client.client_id, OWN_API, scopes=frozenset({OWN_SCOPE}), now=op.now())
    )
    return client


@pytest.mark.parametrize("role", ["admin of the deployment", "admin of the tenant"])
async def test_P03_a_client_that_may_do_everything_is_for_who_may_do_that_too(
    deployment: Deployment, role: str
) -> None:
    op = deployment.op
    side = await seed_side(op, "CANARYA")
    within = role == "admin of the tenant"
    client = await of_our_api(op, side.tenant_id if within else None)
    person = side.admin if within else await with_role(op, "admin")
    token, path = await person_token(op, person), f"/clients/{client.client_id}"
    answers = [
        await ask(deployment, "PATCH", path, token, json={"redirect_uris": ["https://mine.example/"]}),
        await ask(deployment, "POST", f"{path}/rotate-secret", token),
        await ask(deployment, "DELETE", path, token),
        await ask(deployment, "PUT", f"{path}/identity-providers", token, json={"identity_provider_ids": []}),
    ]
    assert [each.status_code for each in answers] == [403] * 4
    assert (await clients.get(op.db, client.client_id)).redirect_uris == client.redirect_uris


async def test_an_app_shows_the_providers_that_were_chosen_and_none_of_another_tenant(deployment: Deployment) -> None:
    op = deployment.op
    one, other = await seed_side(op, "CANARYA"), await seed_side(op, "CANARYB")
    token = await person_token(op, one.admin)
    path = f"/clients/{one.ids['client']}/identity-providers"
    ids = [one.ids["provider"]]

    assert (await ask(deployment, "PUT", path, token, json={"identity_provider_ids": ids})).status_code == 200
    assert (await ask(deployment, "GET", path, token)).json() == {"identity_provider_ids": ids}
    for foreign in (other.ids["provider"], "never-was"):
        answer = await ask(deployment, "PUT", path, token, json={"identity_provider_ids": [foreign]})
        assert answer.status_code == 404
    assert (await ask(deployment, "GET", path, token)).json() == {"identity_provider_ids": ids}


async def test_a_client_that_was_changed_meanwhile_is_not_changed_blindly(deployment: Deployment) -> None:
    op = deployment.op
    client, token = await make_client(op), await root_token(op)
    path = f"/clients/{client.client_id}"
    tag = (await ask(deployment, "GET", path, token)).headers["etag"]
    answers = [
        await ask(deployment, "PATCH", path, token, json={"client_name": name}, headers={"If-Match": tag})
        for name in ("One", "Two")
    ]
    assert [each.status_code for each in answers] == [200, 412]


async def test_somebody_without_a_role_is_told_nothing_of_clients(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op)
    token = await person_token(op, await make_user(op, password=None))
    for client_id in (client.client_id, "never-was"):
        assert (await ask(deployment_on_sqlite, "GET", f"/clients/{client_id}", token)).status_code == 403
