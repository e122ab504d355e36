"""`/scope-mappings` and `/claims/preview`: which claims scopes give, and why."""

from typing import Any

import pytest

from hibana_op.records import custom_fields
from hibana_op.records.custom_fields import CustomField
from tests.api.credentials import ask, person_token
from tests.api.specimens import seed_side
from tests.api.test_clients import root_token
from tests.deployment import Deployment
from tests.make import make_client, make_user

TEAM: dict[str, Any] = {
    "scope": "https://example.com/scopes/team",
    "claim_name": "https://example.com/team",
    "source_table": "user_custom_fields",
    "source_column": "team",
    "transformation": "uppercase",
    "condition": {"op": "not", "arg": {"op": "eq", "field": "email", "value": "nobody@example.com"}},
}


async def test_a_mapping_is_made_changed_and_removed_whatever_its_names_hold(deployment: Deployment) -> None:
    token = await root_token(deployment.op)
    made = await ask(deployment, "POST", "/scope-mappings", token, json=TEAM)
    path = f"/scope-mappings/{made.json()['id']}"
    changed = await ask(deployment, "PATCH", path, token, json={"transformation": "none", "condition": None})

    assert made.status_code == 201, made.text
    assert {name: made.json()[name] for name in TEAM} == TEAM
    assert made.headers["location"].endswith(path)
    assert changed.json() == made.json() | {"transformation": "none", "condition": None}
    assert (await ask(deployment, "GET", path, token)).json() == changed.json()
    assert (await ask(deployment, "POST", "/scope-mappings", token, json=TEAM)).status_code == 409
    assert (await ask(deployment, "DELETE", path, token)).status_code == 204
    assert (await ask(deployment, "GET", path, token)).status_code == 404


async def test_mappings_are_listed_page_by_page_and_by_scope(deployment: Deployment) -> None:
    token = await root_token(deployment.op)
    for scope, claim in (("b", "one"), ("a", "two"), ("a", "one")):
        new = TEAM | {"scope": scope, "claim_name": claim}
        assert (await ask(deployment, "POST", "/scope-mappings", token, json=new)).status_code == 201
    found, cursor = [], ""
    for _ in range(3):
        query = {"limit": "1", "cursor": cursor}
        page = (await ask(deployment, "GET", "/scope-mappings", token, params=query)).json()
        found += [(each["scope"], each["claim_name"]) for each in page["items"]]
        cursor = page["next_cursor"]

    assert found == [("a", "one"), ("a", "two"), ("b", "one")]
    assert cursor is None
    only = await ask(deployment, "GET", "/scope-mappings", token, params={"scope": "b"})
    assert [each["scope"] for each in only.json()["items"]] == ["b"]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"claim_name": "sub"}, 422),
        ({"source_table": "sessions"}, 422),
        ({"source_column": "password_hash", "source_table": "users"}, 422),
        ({"condition": {"op": "run"}}, 422),
        ({"condition": []}, 422),
        ({"scope": "two words"}, 422),
    ],
)
async def test_a_mapping_that_would_be_unsound_is_refused(
    deployment_on_sqlite: Deployment, changed: dict[str, Any], status: int
) -> None:
    token = await root_token(deployment_on_sqlite.op)
    answer = await ask(deployment_on_sqlite, "POST", "/scope-mappings", token, json=TEAM | changed)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("mapping_id", ["x", "%00", "YQ", "YSBi", "AA", "_w", "YQBiIGM"])
async def test_an_id_that_stands_for_nothing_is_not_there(deployment_on_sqlite: Deployment, mapping_id: str) -> None:
    token = await root_token(deployment_on_sqlite.op)
    assert (await ask(deployment_on_sqlite, "GET", f"/scope-mappings/{mapping_id}", token)).status_code in (400, 404)


async def test_a_preview_tells_each_claim_with_its_source_or_why_it_is_absent(deployment: Deployment) -> None:
    op = deployment.op
    token, client = await root_token(op), await make_client(op)
    user = await make_user(op, password=None, email="alice@example.com")
    field = CustomField(user_id=user.id, field_name="team", field_value="core")
    await op.db.transact(lambda tx: custom_fields.put(tx, field))
    await ask(deployment, "POST", "/scope-mappings", token, json=TEAM)
    op.remembered.forget()
    question = {"user_id": user.id, "client_id": client.client_id, "scope": f"openid email {TEAM['scope']}"}
    answer = await ask(deployment, "POST", "/claims/preview", token, json=question)

    assert answer.status_code == 200, answer.text
    told = {each["claim"]: each for each in answer.json()["userinfo"]}
    assert (told["email"]["value"], told["email"]["reason"]) == ("alice@example.com", None)
    assert (told[TEAM["claim_name"]]["value"], told[TEAM["claim_name"]]["source"]) == (
        "CORE",
        "user_custom_fields.team",
    )
    assert told["birthdate"]["reason"] == "the scope profile was not granted"
    assert {"id_token", "userinfo", "access_token"} == answer.json().keys()


async def test_a_preview_is_of_somebody_in_a_tenant_that_they_belong_to(deployment: Deployment) -> None:
    op = deployment.op
    side = await seed_side(op, "CANARYA")
    token = await root_token(op)
    question = {
        "user_id": side.owner.id,
        "client_id": side.ids["client"],
        "scope": "openid roles tenant",
        "tenant": "canarya",
    }
    answer = await ask(deployment, "POST", "/claims/preview", token, json=question)
    told = {each["claim"]: each["value"] for each in answer.json()["userinfo"]}
    assert told["tenant_id"] == side.tenant_id
    assert "tenant_owner" in told["roles"]
    for wrong in ({"tenant": "another"}, {"user_id": "never-was"}, {"client_id": "never-was"}):
        assert (await ask(deployment, "POST", "/claims/preview", token, json=question | wrong)).status_code == 404
    assert (await ask(deployment, "POST", "/claims/preview", token, json=question | {"scope": "x"})).status_code == 400
    assert (
        await ask(deployment, "POST", "/claims/preview", await person_token(op, side.owner), json=question)
    ).status_code == 403
