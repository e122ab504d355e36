"""`/permissions`: the catalogue that everybody reads, and the highest administrator changes."""

from typing import Any

import pytest

from tests.api.credentials import ask, key_of, machine_token, person_token, with_role
from tests.api.test_clients import last_entry, root_token
from tests.deployment import Deployment
from tests.make import make_member, make_tenant, make_user

REPORTS: dict[str, Any] = {"permission": "reports:read", "held_in": ["tenant"], "description": "Read the reports"}
PATH = "/permissions/reports:read"


async def test_a_permission_of_ones_own_is_added_given_by_a_role_and_removed(deployment: Deployment) -> None:
    op = deployment.op
    token, tenant, owner = await root_token(op), await make_tenant(op), await make_user(op, password=None)
    await make_member(op, tenant, owner, role="owner")

    made = await ask(deployment, "POST", "/permissions", token, json=REPORTS)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"{op.issuer}/api/v1{PATH}"
    assert made.json() == {
        **REPORTS,
        "resource_type": "reports",
        "resource_pattern": "*",
        "is_active": True,
        "is_built_in": False,
    }
    assert (await last_entry(op, "deployment:permission:added")).resource_id == "reports:read"
    assert (await ask(deployment, "POST", "/permissions", token, json=REPORTS)).status_code == 409

    theirs = await person_token(op, owner)
    assert (await ask(deployment, "GET", PATH, theirs)).json() == made.json()
    role = {"tenant_id": tenant.id, "name": "reader", "permissions": ["reports:read"]}
    given = await ask(deployment, "POST", "/roles", theirs, json=role)
    assert given.status_code == 201, given.text
    refused = await ask(deployment, "DELETE", PATH, token)
    assert (refused.status_code, "given by the role reader" in refused.json()["detail"]) == (409, True)
    await ask(deployment, "DELETE", f"/roles/{given.json()['id']}", theirs)
    assert (await ask(deployment, "DELETE", PATH, token)).status_code == 204
    assert (await ask(deployment, "GET", PATH, theirs)).status_code == 404


async def test_what_is_switched_off_is_refused_until_it_is_on_again(deployment: Deployment) -> None:
    op = deployment.op
    token, support = await root_token(op), await person_token(op, await with_role(op, "support"))
    assert (await ask(deployment, "GET", "/users", support)).status_code == 200

    off = await ask(deployment, "PATCH", "/permissions/users:read", token, json={"is_active": False})
    assert (off.json()["is_active"], off.json()["is_built_in"]) == (False, True)
    assert (await ask(deployment, "GET", "/users", support)).status_code == 403
    assert (await ask(deployment, "GET", "/users", token)).status_code == 403
    listed = (await ask(deployment, "GET", "/permissions", support)).json()["items"]
    assert [each["permission"] for each in listed if not each["is_active"]] == ["users:read"]
    await ask(deployment, "PATCH", "/permissions/users:read", token, json={"is_active": True})
    assert (await ask(deployment, "GET", "/users", support)).status_code == 200
    wider = await ask(deployment, "PATCH", "/permissions/users:read", token, json={"held_in": ["tenant"]})
    assert (wider.status_code, (await ask(deployment, "DELETE", "/permissions/users:read", token)).status_code) == (
        409,
        409,
    )


async def test_P03_only_who_holds_everything_in_the_deployment_changes_the_catalogue(deployment: Deployment) -> None:
    op = deployment.op
    root = await with_role(op, "super_admin")
    tenant, owner = await make_tenant(op), await make_user(op, password=None)
    await make_member(op, tenant, owner, role="owner")
    tokens = {
        "an administrator": await person_token(op, await with_role(op, "admin")),
        "an owner": await person_token(op, owner),
        "the highest, in a tenant": await person_token(op, root, tenant_id=tenant.id),
        "a narrow key": await key_of(op, root, "roles:*"),
        "a machine of a tenant": await machine_token(deployment, tenant_id=tenant.id),
    }
    for name, token in tokens.items():
        answer = await ask(deployment, "POST", "/permissions", token, json=REPORTS)
        assert answer.status_code == 403, name
    for wide in (await key_of(op, root), await machine_token(deployment)):
        assert (await ask(deployment, "POST", "/permissions", wide, json=REPORTS)).status_code == 201
        assert (await ask(deployment, "DELETE", PATH, wide)).status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        {"permission": "reports:*"},
        {"permission": "users:fly"},
        {"held_in": []},
        {"held_in": ["system"]},
        {"held_in": ["organization_unit"]},
        {"description": ""},
        {"is_built_in": True},
    ],
    ids=str,
)
async def test_what_is_no_permission_is_refused(deployment_on_sqlite: Deployment, body: dict[str, Any]) -> None:
    token = await root_token(deployment_on_sqlite.op)
    answer = await ask(deployment_on_sqlite, "POST", "/permissions", token, json={**REPORTS, **body})
    assert answer.status_code == 422, answer.text
