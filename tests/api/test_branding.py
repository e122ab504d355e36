"""Pictures and words for the look of pages by the API: uploaded, chosen in the settings, shown, removed."""

from base64 import b64decode, b64encode
from typing import Any

import pytest

from tests.api.credentials import ask, bearer, person_token, with_role
from tests.branding import SHEET, png
from tests.deployment import Deployment
from tests.make import make_member, make_tenant, make_user

CONTENT = b64encode(png(60, 20)).decode()
PNG = "image/png"


async def test_an_owner_gives_the_pages_of_their_tenant_a_look(deployment: Deployment) -> None:
    op = deployment.op
    tenant, owner = await make_tenant(op, slug="acme"), await make_user(op)
    await make_member(op, tenant, owner, role="owner")
    token = await person_token(op, owner)

    async def upload(**body: str) -> dict[str, Any]:
        answer = await ask(deployment, "POST", "/branding-files", token, json={"tenant_id": tenant.id, **body})
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"].endswith(f"/api/v1/branding-files/{answer.json()['id']}")
        told: dict[str, Any] = answer.json()
        return told

    logo, sheet = await upload(content=CONTENT, media_type=PNG), await upload(content=SHEET, media_type="text/css")
    assert (logo["media_type"], logo["width"], logo["height"]) == ("image/png", 60, 20)
    chosen = {"name": "Acme", "primary_color": "#7c3aed", "logo": logo["id"], "stylesheet": sheet["id"]}
    changed = await ask(deployment, "PATCH", f"/tenants/{tenant.id}", token, json={"settings": {"branding": chosen}})
    assert (changed.status_code, changed.json()["settings"]) == (200, {"branding": chosen})

    look = (await ask(deployment, "GET", "/branding", token, params={"tenant_id": tenant.id})).json()
    assert look["name"] == "Acme"
    assert look["logo_url"] == f"{op.issuer}/branding/acme/{logo['id']}.png"
    assert all(each["ratio"] >= each["needed"] for each in look["contrasts"])
    async with deployment.http() as http:
        assert (await http.get(look["logo_url"])).content == png(60, 20)
        assert "--primary: #7c3aed" in (await http.get(look["stylesheet_url"])).text
    listed = (await ask(deployment, "GET", "/branding-files", token, params={"tenant_id": tenant.id})).json()["items"]
    assert [each["id"] for each in listed] == [logo["id"], sheet["id"]]
    shown = (await ask(deployment, "GET", f"/branding-files/{logo['id']}", token)).json()
    assert b64decode(shown["content"]) == png(60, 20)
    kept = await ask(deployment, "DELETE", f"/branding-files/{logo['id']}", token)
    assert (kept.status_code, "chosen" in kept.json()["detail"]) == (409, True)
    none = {"settings": {"branding": {"logo": None}}}
    assert (await ask(deployment, "PATCH", f"/tenants/{tenant.id}", token, json=none)).status_code == 200
    assert (await ask(deployment, "DELETE", f"/branding-files/{logo['id']}", token)).status_code == 204


async def test_the_deployments_own_look_is_its_administrators_to_choose(deployment: Deployment) -> None:
    op = deployment.op
    token = await person_token(op, await with_role(op, "super_admin"))
    made = (
        await ask(deployment, "POST", "/branding-files", token, json={"content": CONTENT, "media_type": PNG})
    ).json()
    assert made["tenant_id"] is None
    chosen = {"branding": {"name": "Provider", "logo": made["id"]}}
    assert (await ask(deployment, "PUT", "/settings", token, json=chosen)).json()["settings"] == chosen
    look = (await ask(deployment, "GET", "/branding", token)).json()
    assert (look["name"], look["tenant_id"]) == ("Provider", None)
    owner, tenant = await make_user(op), await make_tenant(op)
    await make_member(op, tenant, owner, role="owner")
    theirs = await person_token(op, owner)
    for method, path in (("GET", "/branding"), ("GET", "/branding-files"), ("POST", "/branding-files")):
        body = {"json": {"content": CONTENT, "media_type": PNG}} if method == "POST" else {}
        assert (await ask(deployment, method, path, theirs, **body)).status_code == 403, path
    assert (await ask(deployment, "GET", f"/branding-files/{made['id']}", theirs)).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({}, 422, "content"),
        ({"media_type": PNG}, 422, "content"),
        ({"content": CONTENT}, 422, "media_type"),
        ({"content": "not base64!", "media_type": PNG}, 422, "base64"),
        ({"content": CONTENT, "media_type": "image/gif"}, 422, "image/png"),
        ({"content": b64encode(b"<svg onload='alert(1)'/>").decode(), "media_type": PNG}, 422, "SVG"),
        ({"content": b64encode(b"<html><script>").decode(), "media_type": PNG}, 422, "picture"),
        ({"content": "@import url(https://sink.example/);", "media_type": "text/css"}, 422, "@import"),
        ({"content": "<script>alert(1)</script>", "media_type": "text/html"}, 422, "script"),
        ({"content": "x", "media_type": "image/svg+xml"}, 422, "media_type"),
    ],
)
async def test_what_pages_cannot_wear_is_refused_with_the_reason(
    deployment_on_sqlite: Deployment, body: dict[str, str], status: int, named: str
) -> None:
    op = deployment_on_sqlite.op
    token = await person_token(op, await with_role(op, "super_admin"))
    answer = await ask(deployment_on_sqlite, "POST", "/branding-files", token, json=body)
    assert (answer.status_code, named in answer.text) == (status, True), answer.text


async def test_S01_a_picture_may_be_larger_than_other_bodies_but_not_without_end(
    deployment_on_sqlite: Deployment,
) -> None:
    op = deployment_on_sqlite.op
    token = await person_token(op, await with_role(op, "super_admin"))
    large = {"media_type": PNG, "content": b64encode(png(60, 20) + bytes(450 * 1024)).decode()}
    assert (await ask(deployment_on_sqlite, "POST", "/branding-files", token, json=large)).status_code == 201
    async with deployment_on_sqlite.http() as http:
        answer = await http.post(
            "/api/v1/branding-files",
            content=b'{"content": "' + b"A" * (1100 * 1024) + b'"}',
            headers={**bearer(token), "Content-Type": "application/json"},
        )
        assert answer.status_code == 413
        answer = await http.post(
            "/api/v1/tenants",
            content=b'{"name": "' + b"A" * (300 * 1024) + b'"}',
            headers={**bearer(token), "Content-Type": "application/json"},
        )
        assert answer.status_code == 413
