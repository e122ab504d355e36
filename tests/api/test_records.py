"""`/audit-events`, `/traces`, `/signing-keys`, `/permissions`, `/settings`: what there is to look at, and to choose."""

import json

from tests.api.credentials import ask, key_of, person_token, with_role
from tests.api.specimens import seed_side
from tests.deployment import Deployment
from tests.make import make_client

FRESH = "api-key:secret:revoked"


async def root(deployment: Deployment) -> str:
    """A token that may do everything."""
    return await person_token(deployment.op, await with_role(deployment.op, "super_admin"))


async def test_events_are_narrowed_by_what_when_and_whom(deployment: Deployment) -> None:
    token = await root(deployment)
    side = await seed_side(deployment.op, "CANARYA")

    async def count(**query: str) -> int:
        answer = await ask(deployment, "GET", "/audit-events", token, params={"limit": "100", **query})
        assert answer.status_code == 200, answer.text
        return len(answer.json()["items"])

    assert await count(action=FRESH) == 1
    assert await count(action=FRESH, user_id=side.admin.id) == 1
    assert await count(action=FRESH, user_id=side.owner.id) == 0
    assert await count(action=FRESH, tenant_id=side.tenant_id) == 1
    assert await count(action=FRESH, outcome="failure") == 0
    assert await count(action=FRESH, since="2027-01-15T08:00:00Z") == 1
    assert await count(action=FRESH, since="2027-01-15T17:00:01+09:00") == 0
    assert await count(action=FRESH, until="2027-01-15T08:00:00Z") == 0
    assert await count(trace_id="CANARYA") == 1


async def test_events_come_a_page_at_a_time_the_newest_first(deployment: Deployment) -> None:
    token = await root(deployment)
    for at in range(5):
        await ask(deployment, "POST", "/users", token, json={"email": f"{at}@example.com"})
    seen, cursor = [], ""
    while cursor is not None:
        query = {"limit": "2", "action": "user:account:created", **({"cursor": cursor} if cursor else {})}
        page = (await ask(deployment, "GET", "/audit-events", token, params=query)).json()
        seen += [each["resource_id"] for each in page["items"]]
        cursor = page["next_cursor"]

    made = (await ask(deployment, "GET", "/users", token, params={"q": "@example.com", "sort": "-created_at"})).json()
    assert seen == [each["id"] for each in made["items"] if each["email"][1:] == "@example.com"]


async def test_an_export_is_json_lines_and_is_itself_written_down(deployment: Deployment) -> None:
    op = deployment.op
    side = await seed_side(op, "CANARYA")
    key = await key_of(op, side.owner, tenant_id=side.tenant_id)

    answer = await ask(deployment, "GET", "/audit-events/export", key)

    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert {each["tenant_id"] for each in lines} == {side.tenant_id}
    assert FRESH in {each["action"] for each in lines}
    (written,) = await op.db.all("SELECT * FROM audit_log WHERE action = 'audit:log:exported'")
    assert written["tenant_id"] == side.tenant_id
    assert json.loads(written["metadata_json"]) == {"entries": len(lines)}


async def test_Q03_a_changed_event_is_found_and_none_can_be_changed_here(deployment: Deployment) -> None:
    token = await root(deployment)
    await seed_side(deployment.op, "CANARYA")
    whole = await ask(deployment, "GET", "/audit-events/verification", token)
    await deployment.op.db.run("UPDATE audit_log SET outcome = 'failure' WHERE action = :action", action=FRESH)
    broken = await ask(deployment, "GET", "/audit-events/verification", token)

    assert whole.json()["fault"] is None
    assert "was changed" in broken.json()["fault"]
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in ("/audit-events", "/audit-events/1"):
            assert (await ask(deployment, method, path, token)).status_code == 405


async def test_a_refused_request_is_explained(deployment: Deployment) -> None:
    token = await root(deployment)
    app = await make_client(deployment.op)
    refused = await deployment.browser().authorize(app, redirect_uri="https://evil.example/")
    trace_id = refused.headers["x-request-id"]
    found: list[dict[str, object]] = []
    while not found:  # it is written a moment later
        found = (await ask(deployment, "GET", "/traces", token, params={"trace_id": trace_id})).json()["items"]

    (trace,) = found
    assert trace["rule"] == "redirect_uri_unregistered"
    assert trace["sent"] == "https://evil.example/"
    assert (await ask(deployment, "GET", f"/traces/{trace['id']}", token)).json() == trace


async def test_a_key_is_rotated_and_retired(deployment: Deployment) -> None:
    token = await root(deployment)
    made = await ask(deployment, "POST", "/signing-keys", token, json={"algorithm": "ES384"})
    kid = made.json()["kid"]
    retired = await ask(deployment, "POST", f"/signing-keys/{kid}/retire", token)
    shown = await ask(deployment, "GET", f"/signing-keys/{kid}", token)
    listed = await ask(deployment, "GET", "/signing-keys", token)

    assert made.headers["location"].endswith(f"/api/v1/signing-keys/{kid}")
    assert retired.json()["replacement"]["algorithm"] == "ES384"
    assert shown.json()["state"] == "revoked"
    assert "private" not in listed.text
    assert '"d":' not in listed.text
    unknown = await ask(deployment, "POST", "/signing-keys", token, json={"algorithm": "none"})
    assert unknown.status_code == 422


async def test_everybody_may_read_what_there_is_to_be_allowed(deployment: Deployment) -> None:
    side = await seed_side(deployment.op, "CANARYA")
    token = await person_token(deployment.op, side.member)
    items = {each["permission"]: each for each in (await ask(deployment, "GET", "/permissions", token)).json()["items"]}

    assert items["users:update"]["held_in"] == ["deployment"]
    assert set(items["units:read"]["held_in"]) == {"deployment", "organization_unit", "tenant"}


async def test_the_deployment_chooses_and_chooses_no_more(deployment: Deployment) -> None:
    token = await root(deployment)
    chosen = await ask(deployment, "PUT", "/settings", token, json={"passwords": {"min_length": 14}})
    assert chosen.json()["settings"] == {"passwords": {"min_length": 14}}
    seen = await ask(deployment, "GET", "/settings", token)
    assert seen.json() == chosen.json()
    assert seen.headers["etag"] == chosen.headers["etag"]
    refused = await ask(deployment, "PUT", "/settings", token, json={"passwords": {"min_length": 1}})
    assert refused.json()["errors"][0]["field"] == "passwords.min_length"
    nothing = await ask(deployment, "PUT", "/settings", token, json={}, headers={"If-Match": seen.headers["etag"]})
    assert nothing.json()["settings"] == {}
