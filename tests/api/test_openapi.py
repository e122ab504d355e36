"""The description of the API: it explains every parameter, and its examples are what it says they are."""

import json
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from hibana_op.api.openapi import document
from hibana_op.api.operation import Operation
from hibana_op.api.table import OPERATIONS

DESCRIBED = document("https://id.example")
SCHEMAS = {"components": {"schemas": DESCRIBED["components"]["schemas"]}}
BY_NAME = {f"{each.method} {each.path}": each for each in OPERATIONS}


def told(operation: Operation) -> dict[str, Any]:
    """What the description says of an operation."""
    found: dict[str, Any] = DESCRIBED["paths"][operation.path][operation.method.lower()]
    return found


def success(operation: Operation) -> dict[str, Any]:
    """What it says of the answer to one that succeeds."""
    found: dict[str, Any] = next(each for status, each in told(operation)["responses"].items() if status < "300")
    return found


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_body_and_answer_has_an_example_that_fits(name: str) -> None:
    operation = BY_NAME[name]
    contents = [
        content
        for part in (told(operation).get("requestBody"), *told(operation)["responses"].values())
        for content in (part or {}).get("content", {}).values()
    ]
    for content in contents:
        jsonschema_rs.validate({**SCHEMAS, **content["schema"]}, content["example"])
    if operation.takes is not None:
        body = told(operation)["requestBody"]["content"]["application/json"]["example"]
        assert body
        msgspec.convert(body, operation.takes)
    if operation.gives is not None:
        answer = success(operation)["content"]["application/json"]["example"]
        for each in answer["items"] if operation.is_list else [answer]:
            msgspec.convert(each, operation.gives)


def test_every_problem_has_an_example_that_fits() -> None:
    for status, problem in DESCRIBED["components"]["responses"].items():
        (content,) = problem["content"].values()
        jsonschema_rs.validate({**SCHEMAS, **content["schema"]}, content["example"])
        assert content["example"]["status"] == int(status)


def test_every_parameter_is_explained() -> None:
    for operation in OPERATIONS:
        for parameter in told(operation)["parameters"]:
            assert parameter["description"], f"{operation.path} {parameter['name']}"


def test_each_operation_lists_the_problems_that_it_can_have() -> None:
    used = set()
    for operation in OPERATIONS:
        problems = {status for status in told(operation)["responses"] if status >= "400"}
        used |= problems
        headers = {each["name"] for each in told(operation)["parameters"] if each["in"] == "header"}
        name = f"{operation.method} {operation.path}"
        assert problems >= {"400", "401", "403", "422", "429", "503"}, name
        assert ("412" in problems) == ("If-Match" in headers), name
        assert ("304" in told(operation)["responses"]) == ("If-None-Match" in headers), name
        assert ("409" in problems) == (operation.method != "GET"), name
        assert ("414" in problems) == (operation.query is not None or "{" in operation.path), name
        assert ("415" in problems) == (operation.method not in ("GET", "DELETE")), name
        assert "{" not in operation.path or "404" in problems, name
    assert used == DESCRIBED["components"]["responses"].keys()
    assert "404" not in told(BY_NAME["GET /me"])["responses"]


def test_an_order_says_what_there_is_to_choose() -> None:
    (sort,) = (each for each in told(BY_NAME["GET /users"])["parameters"] if each["name"] == "sort")
    assert set(sort["schema"]["enum"]) == {"created_at", "-created_at", "email", "-email"}
    assert sort["schema"]["default"] == "created_at"


def test_examples_hold_nothing_that_could_be_a_secret() -> None:
    text = json.dumps(DESCRIBED)
    assert "PRIVATE KEY" not in text
    assert "eyJ" not in text
