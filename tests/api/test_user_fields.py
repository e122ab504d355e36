"""`/users/{id}/fields`: typed, and of nobody who may do more than the caller."""

import pytest

from tests.api.credentials import ask, person_token, with_role
from tests.deployment import Deployment
from tests.make import make_user


async def test_fields_are_set_listed_and_taken_away(deployment: Deployment) -> None:
    token = await person_token(deployment.op, await with_role(deployment.op, "admin"))
    path = f"/users/{(await make_user(deployment.op)).id}/fields"
    for name, body in (
        ("team", {"value": "red"}),
        ("age", {"value": "41", "type": "number"}),
        ("Level", {"value": "true", "type": "boolean", "editable": True}),
    ):
        assert (await ask(deployment, "PUT", f"{path}/{name}", token, json=body)).status_code == 200
    changed = await ask(deployment, "PUT", f"{path}/team", token, json={"value": "blue"})
    first = (await ask(deployment, "GET", path, token, params={"limit": 2})).json()
    rest = (await ask(deployment, "GET", path, token, params={"cursor": first["next_cursor"]})).json()

    assert changed.json() == {"name": "team", "type": "string", "value": "blue", "editable": False}
    listed = {each["name"]: (each["value"], each["editable"]) for each in (*first["items"], *rest["items"])}
    assert listed == {"Level": (True, True), "age": (41, False), "team": ("blue", False)}
    assert (await ask(deployment, "GET", f"{path}/age", token)).json()["value"] == 41
    assert (await ask(deployment, "DELETE", f"{path}/age", token)).status_code == 204
    assert (await ask(deployment, "GET", f"{path}/age", token)).status_code == 404
    assert (await ask(deployment, "DELETE", f"{path}/age", token)).status_code == 404
    events = await deployment.op.db.all("SELECT * FROM audit_log WHERE action = 'user:field:changed'")
    assert len(events) == 5


@pytest.mark.parametrize(("name", "body"), [("9lives", {"value": "x"}), ("age", {"value": "old", "type": "number"})])
async def test_what_is_no_field_is_refused(deployment_on_sqlite: Deployment, name: str, body: dict[str, str]) -> None:
    op = deployment_on_sqlite.op
    token = await person_token(op, await with_role(op, "admin"))

    path = f"/users/{(await make_user(op)).id}/fields/{name}"
    assert (await ask(deployment_on_sqlite, "PUT", path, token, json=body)).status_code == 422


async def test_P03_nobody_changes_a_field_of_who_may_do_more(deployment: Deployment) -> None:
    op = deployment.op
    root = await with_role(op, "super_admin")
    own, weaker = await person_token(op, root), await person_token(op, await with_role(op, "admin"))
    path = f"/users/{root.id}/fields/team"

    refused = await ask(deployment, "PUT", path, weaker, json={"value": "red"})
    set_ = await ask(deployment, "PUT", path, own, json={"value": "red"})
    kept = await ask(deployment, "DELETE", path, weaker)

    assert (refused.status_code, set_.status_code, kept.status_code) == (403, 200, 403)
    unknown = await ask(deployment, "PUT", "/users/never-was/fields/team", own, json={"value": "red"})
    assert unknown.status_code == 404
