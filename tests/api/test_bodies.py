"""What is sent: members that nobody may write, JSON that is none, and bodies that are too much."""

import json
from pathlib import Path
from typing import Any

import pytest

from hibana_op.api.openapi import document
from hibana_op.api.table import OPERATIONS
from tests.api.credentials import ask, key_of, person_token, with_role
from tests.api.specimens import seed_side, specimens
from tests.deployment import Deployment, deploy

NEVER = ("is_admin", "roles", "email_verified", "phone_number_verified", "password_hash", "created_by", "trusted")
WRITING = [each for each in OPERATIONS if each.method in ("POST", "PUT", "PATCH")]


async def root(deployment: Deployment) -> str:
    """A key that may do everything."""
    return await key_of(deployment.op, await with_role(deployment.op, "super_admin"))


async def test_P02_no_operation_takes_what_nobody_may_write(tmp_path: Path) -> None:
    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path) as deployment:
        side = await seed_side(deployment.op, "CANARYA")
        token = await root(deployment)
        for operation in WRITING:
            specimen = specimens()[operation.method, operation.path]
            for member in (*NEVER, "tenant_id", "user_id", "id", "__proto__"):
                if member in (operation.takes.__struct_fields__ if operation.takes else ()):
                    assert member not in NEVER, f"{operation.path} takes {member}"
                    continue
                body = {**(specimen.body(side) if specimen.body else {}), member: True}
                path = specimen.fill(operation.path, side)
                answer = await ask(deployment, operation.method, path, token, json=body)
                told = f"{operation.method} {operation.path} with {member}: {answer.text}"
                assert answer.status_code == 422, told
                assert [each["field"] for each in answer.json()["errors"]] == [member], told


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b'{"email": "a@b.example", "email": "c@d.example"}',
        b'{"email": NaN}',
        b'{"email": 1e999}',
        b'{"email": "\\ud800"}',
        b'{"email": "\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b'{"email": "a\\u0000@b.example"}',
        b'{"a": 1234567890123456789012345}',
    ],
    ids=str,
)
async def test_S02_json_that_two_programs_could_read_differently_is_refused(
    deployment_on_sqlite: Deployment, body: bytes
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await ask(
        deployment_on_sqlite, "POST", "/users", await root(deployment_on_sqlite), content=body, headers=headers
    )
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "email"),
        ({"email": 1}, "email"),
        ({"email": None}, "email"),
        ({"email": ["a@b.example"]}, "email"),
        ({"email": "a@b.example", "address": {"planet": "x"}}, "address"),
        ({"email": "a@b.example", "kind": "robot"}, "kind"),
        ({"email": "a@b.example", "name": ""}, "name"),
    ],
    ids=str,
)
async def test_S03_a_member_of_another_kind_is_named(
    deployment_on_sqlite: Deployment, body: dict[str, Any], field: str
) -> None:
    answer = await ask(deployment_on_sqlite, "POST", "/users", await root(deployment_on_sqlite), json=body)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field], answer.text


async def test_S03_everything_that_is_wrong_is_told_at_once(deployment_on_sqlite: Deployment) -> None:
    token = await root(deployment_on_sqlite)
    body = {"kind": "robot", "name": "", "is_admin": True, "address": {"city": "Kobe"}, "nickname": "Al"}
    answer = await ask(deployment_on_sqlite, "POST", "/users", token, json=body)
    told = {each["field"]: each["detail"] for each in answer.json()["errors"]}

    assert list(told) == ["is_admin", "name", "address", "email", "kind"]
    assert told["email"] == "this member is missing"
    assert told["kind"] == "this has to be one of human, service, agent"
    assert "no such member" in told["is_admin"]
    asked = await ask(deployment_on_sqlite, "GET", "/users", token, params={"limit": "0", "colour": "red", "sort": "x"})
    assert [each["field"] for each in asked.json()["errors"]] == ["colour", "limit", "sort"]
    scopes = [{"value": "read", "description": "Read"}, {"value": 1}]
    api = {"identifier": "https://api.example/", "name": "API", "scopes": scopes, "signing_alg": 5}
    registered = await ask(deployment_on_sqlite, "POST", "/resource-servers", token, json=api)
    assert [each["field"] for each in registered.json()["errors"]] == ["scopes[1].value", "signing_alg"]


async def test_S01_bodies_are_bounded(deployment_on_sqlite: Deployment) -> None:
    token = await root(deployment_on_sqlite)
    large = json.dumps({"email": "a" * 300_000}).encode()

    async def in_pieces() -> Any:
        for at in range(0, len(large), 10_000):
            yield large[at : at + 10_000]

    headers = {"Content-Type": "application/json"}
    whole = await ask(deployment_on_sqlite, "POST", "/users", token, content=large, headers=headers)
    chunked = await ask(deployment_on_sqlite, "POST", "/users", token, content=in_pieces(), headers=headers)

    for answer in (whole, chunked):
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == 413


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/merge-patch+json", ""]
)
async def test_a_body_of_another_kind_is_refused(deployment_on_sqlite: Deployment, kind: str) -> None:
    token = await root(deployment_on_sqlite)
    answer = await ask(
        deployment_on_sqlite,
        "POST",
        "/users",
        token,
        content=b'{"email":"a@b.example"}',
        headers={"Content-Type": kind},
    )
    assert answer.status_code == 415


async def test_a_merge_patch_may_say_that_it_is_one(deployment_on_sqlite: Deployment) -> None:
    token = await root(deployment_on_sqlite)
    made = await ask(deployment_on_sqlite, "POST", "/users", token, json={"email": "a@b.example", "name": "A"})
    changed = await ask(
        deployment_on_sqlite,
        "PATCH",
        f"/users/{made.json()['id']}",
        token,
        content=b'{"name": null, "nickname": "Al"}',
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["nickname"]) == (None, "Al")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=1&limit=2",
        "limit=" + "9" * 400,
        "sort=password_hash",
        "sort=id;DROP TABLE users",
        "status=anything",
        "cursor=abc",
        "cursor=" + "A" * 513,
        "order=id",
        "q=" + "a" * 201,
        "q[]=a",
        "tenant_id=" + "a" * 256,
    ],
)
async def test_R07_what_a_list_takes_is_on_a_list(deployment_on_sqlite: Deployment, query: str) -> None:
    answer = await ask(deployment_on_sqlite, "GET", f"/users?{query}", await root(deployment_on_sqlite))
    assert answer.status_code in (400, 422), answer.text


@pytest.mark.parametrize(
    "text", ["' OR 1=1 --", "%", "_", "\\", "%' UNION SELECT * FROM passwords --", "🙂", '"', "$1"]
)
async def test_R07_what_is_searched_for_is_taken_literally(deployment: Deployment, text: str) -> None:
    answer = await ask(deployment, "GET", "/users", await root(deployment), params={"q": text})
    assert answer.status_code == 200
    assert answer.json() == {"items": [], "next_cursor": None}


async def test_S09_other_methods_and_paths_are_problems(deployment_on_sqlite: Deployment) -> None:
    for operation in OPERATIONS:
        path = operation.path.replace("{id}", "nothing")
        wrong = await ask(deployment_on_sqlite, "OPTIONS", path, None)
        assert wrong.status_code == 405
        assert operation.method in wrong.headers["allow"]
        for odd in (f"{path}/", f"{path}/x/y/z", f"/{path}"):
            answer = await ask(deployment_on_sqlite, "GET", odd, None)
            assert answer.status_code == 404, odd
            assert answer.headers["content-type"] == "application/problem+json"


async def test_S10_problems_tell_nothing_of_the_inside(deployment_on_sqlite: Deployment) -> None:
    token = await person_token(deployment_on_sqlite.op, await with_role(deployment_on_sqlite.op, "admin"))
    answers = [
        await ask(deployment_on_sqlite, "GET", "/users/nobody", token),
        await ask(deployment_on_sqlite, "GET", "/users/nobody", "wrong"),
        await ask(deployment_on_sqlite, "POST", "/users", token, json={"email": "no address"}),
        await ask(deployment_on_sqlite, "POST", "/users/nobody/suspend", token),
    ]
    for answer in answers:
        assert answer.json().keys() <= {"type", "title", "status", "detail", "trace_id", "errors"}
        assert answer.headers["cache-control"] == "no-store"
        assert not [word for word in ("Traceback", "SELECT", "hibana_op", "sqlite") if word in answer.text]


@pytest.mark.parametrize("name", ["x" * 9000, " - at `$." * 20_000 + "\n", "contains unknown field `" * 8000])
async def test_S08_what_is_said_of_a_wrong_member_is_short_whatever_its_name(
    deployment_on_sqlite: Deployment, name: str
) -> None:
    body = {"identifier": "urn:x:y", "name": "An API", "scopes": [{"value": "v", "description": "d", name: 1}]}
    answer = await ask(deployment_on_sqlite, "POST", "/resource-servers", await root(deployment_on_sqlite), json=body)
    assert answer.status_code == 422
    [fault] = answer.json()["errors"]
    assert fault["field"].startswith("scopes[0]")
    assert len(answer.content) < 1000


def test_the_description_names_everything_once() -> None:
    described = document("https://id.example")
    operations = [each for methods in described["paths"].values() for each in methods.values()]

    assert len({each["operationId"] for each in operations}) == len(operations) == len(OPERATIONS)
    assert not [name for name in described["components"]["schemas"] if "." in name], "two shapes have one name"
    text = json.dumps(described)
    references = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert references <= described["components"]["schemas"].keys()
