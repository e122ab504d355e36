"""The document that describes the API (OpenAPI 3.1), made from the shapes that validate what comes in."""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct

from hibana_op import __version__
from hibana_op.api.examples import Examples
from hibana_op.api.operation import ROOT, SCOPE, SIGNED_IN, Operation
from hibana_op.api.problems import MEDIA_TYPE, Fault, Problem, members
from hibana_op.api.shapes import Given
from hibana_op.api.table import OPERATIONS

PATH = f"{ROOT}/openapi.json"
_REFERENCE = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+)\}")
JSON = "application/json"
_PROBLEMS = {
    "400": "The request cannot be read.",
    "401": "Without an access token or API key that counts.",
    "403": "Without the permission.",
    "404": "There is nothing by this id, or none of the caller's business.",
    "409": "It stands against what there is.",
    "412": "It was changed since it was read.",
    "413": "The body is too large.",
    "414": "The address is too long.",
    "415": "The body is of another kind.",
    "422": "A member or parameter cannot be what it is.",
    "429": "Too many calls, or too many wrong tokens from this place: wait for as long as Retry-After says.",
    "503": "Too much is going on; try again.",
}
# Of parameters that say nothing of themselves, because they mean the same everywhere.
_PARAMETERS = {
    "action": "Of which kind, such as `user:account:created`.",
    "claim_name": "Of which claim.",
    "client_id": "Of which app.",
    "endpoint": "At which address.",
    "error": "With which error.",
    "id": "The id, as the list tells it.",
    "kind": "Of which kind.",
    "last": "How many, the newest first.",
    "membership_id": "The id of the membership.",
    "name": "The name of the field.",
    "outcome": "How it ended.",
    "permission": "The name of the permission.",
    "resource_id": "Of which thing.",
    "role": "Who are this.",
    "scope": "Of which scope.",
    "since": "From this time on.",
    "sort": "In which order; a minus turns it round. What is the same there is ordered by id.",
    "status": "Of this status alone.",
    "tenant_id": "Of which tenant.",
    "trace_id": "Of which request.",
    "until": "Before this time.",
    "user_id": "Of which person.",
}
_ETAG = {"description": "Changes when the thing does.", "schema": {"type": "string"}}
_LOCATION = {"description": "Where it is.", "schema": {"type": "string", "format": "uri"}}
_LINE = '{"action": "user:account:created", "outcome": "success"}\n'


class FieldFault(Given, frozen=True, kw_only=True):
    """What is wrong with one member or parameter."""

    field: str
    detail: str


class ProblemDetails(Given, frozen=True, kw_only=True):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    trace_id: str
    errors: tuple[FieldFault, ...] = ()


@lru_cache(maxsize=1)
def document(issuer: str) -> dict[str, Any]:
    """The whole document, made once."""
    shapes = _shapes(OPERATIONS)
    schemas = msgspec.json.schema_components(shapes, ref_template=_REFERENCE)[1]
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hibana",
            "version": __version__,
            "description": "Everything that administrators do with a deployment and its tenants.",
            "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": issuer + ROOT}],
        "security": [{"oauth": [SCOPE]}, {"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": _security(issuer),
            "responses": {status: _problem(int(status), text) for status, text in _PROBLEMS.items()},
        },
    }


def _shapes(operations: Iterable[Operation]) -> list[type[Struct]]:
    found: dict[type[Struct], None] = {ProblemDetails: None}
    for operation in operations:
        for shape in (operation.takes, operation.gives, operation.waits):
            if shape is not None:
                found[shape] = None
    return list(found)


def _security(issuer: str) -> dict[str, Any]:
    scopes = {SCOPE: "Everything that the person may do, or the machine"}
    return {
        "oauth": {
            "type": "oauth2",
            "description": f"An access token with the audience {issuer}{ROOT}.",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": f"{issuer}/authorize",
                    "tokenUrl": f"{issuer}/token",
                    "scopes": scopes,
                },
                "clientCredentials": {"tokenUrl": f"{issuer}/token", "scopes": scopes},
            },
        },
        "key": {"type": "http", "scheme": "bearer", "description": "An API key: it begins with hib_."},
    }


def _operation(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    examples = Examples(schemas, operation.collection)
    found: dict[str, Any] = {
        "operationId": _operation_id(operation),
        "tags": [operation.collection],
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation), *_query_parameters(operation), *_headers(operation)],
        "responses": {str(_status(operation)): _success(operation, examples), **_refusals(operation)},
    }
    if operation.waits is not None:
        found["responses"]["202"] = {
            "description": "Somebody else has to approve it first.",
            "content": {JSON: _content(_reference(operation.waits), examples)},
            "headers": {"Location": _LOCATION},
        }
    if operation.method == "GET" and _has_tag(operation):
        found["responses"]["304"] = {"description": "It is as `If-None-Match` says.", "headers": {"ETag": _ETAG}}
    if operation.permission != SIGNED_IN:
        found["description"] = f"Takes the permission `{operation.permission}`."
    if operation.takes is not None:
        kinds = (JSON, "application/merge-patch+json") if operation.method == "PATCH" else (JSON,)
        content = _content(_reference(operation.takes), replace(examples, is_body=True))
        is_needed = any(field.required for field in msgspec.structs.fields(operation.takes))
        found["requestBody"] = {"required": is_needed, "content": dict.fromkeys(kinds, content)}
    return found


def _reference(shape: type[Struct]) -> dict[str, Any]:
    return {"$ref": _REFERENCE.format(name=shape.__name__)}


def _content(schema: dict[str, Any], examples: Examples) -> dict[str, Any]:
    return {"schema": schema, "example": examples.of(schema)}


def _shown(operation: Operation) -> Operation | None:
    """The operation that shows the thing at the same path."""
    at_path = (each for each in OPERATIONS if each.path == operation.path and each.method == "GET")
    return next((each for each in at_path if each.gives is not None and not each.is_list), None)


def _has_tag(operation: Operation) -> bool:
    shown = _shown(operation)
    return shown is not None and shown.gives is operation.gives


def _takes_condition(operation: Operation) -> bool:
    return operation.method in ("PATCH", "PUT", "DELETE") and _shown(operation) is not None


def _operation_id(operation: Operation) -> str:
    parts = [part.strip("{}").replace("-", "_") for part in operation.path.split("/") if part]
    return "_".join((operation.method.lower(), *parts))


def _status(operation: Operation) -> int:
    return 204 if operation.gives is None and not operation.streams else operation.status


def _success(operation: Operation, examples: Examples) -> dict[str, Any]:
    if operation.streams:
        return {
            "description": "One JSON object a line.",
            "content": {operation.streams: {"schema": {"type": "string"}, "example": _LINE}},
        }
    if operation.gives is None:
        return {"description": "Done."}
    schema = _reference(operation.gives)
    if operation.is_list:
        schema = {
            "type": "object",
            "required": ["items", "next_cursor"],
            "properties": {
                "items": {"type": "array", "items": schema},
                "next_cursor": {
                    "anyOf": [{"type": "string"}, {"type": "null"}],
                    "description": "Where the next page begins.",
                },
            },
        }
    found: dict[str, Any] = {"description": "As asked.", "content": {JSON: _content(schema, examples)}}
    headers = {"ETag": _ETAG} if _has_tag(operation) else {}
    if operation.status in (201, 202):
        headers["Location"] = _LOCATION
    return {**found, "headers": headers} if headers else found


def _refusals(operation: Operation) -> dict[str, Any]:
    # A parameter that there is none of is refused as well, so 422 may come from everywhere.
    statuses = {"400", "401", "403", "422", "429", "503"}
    if _names_something(operation):
        statuses |= {"404"}
    if operation.query is not None or "{" in operation.path:
        statuses |= {"414"}
    if operation.method != "GET":
        statuses |= {"409"}
    if operation.method not in ("GET", "DELETE"):
        statuses |= {"413", "415"}
    if _takes_condition(operation):
        statuses |= {"412"}
    return {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)}


def _names_something(operation: Operation) -> bool:
    """Whether the caller names things that may not be there."""
    shapes = [each for each in (operation.takes, operation.query) if each is not None]
    members = [member for each in shapes for member in each.__struct_encode_fields__]
    return "{" in operation.path or any(member.endswith(("_id", "_ids")) for member in members)


def _problem(status: int, text: str) -> dict[str, Any]:
    faults = [Fault("email", "this member is missing")] if status == HTTPStatus.UNPROCESSABLE_ENTITY else []
    example = members(Problem(status, text, faults=faults), "6f2c1b7e9a4d4c0e")
    content = {"schema": _reference(ProblemDetails), "example": example}
    return {"description": text, "content": {MEDIA_TYPE: content}}


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PARAMETERS.get(name, ""),
            "schema": {"type": "string", "minLength": 1},
        }
        for name in _PARAMETER.findall(operation.path)
    ]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    name = operation.query.__name__
    schema = msgspec.json.schema_components([operation.query], ref_template=_REFERENCE)[1][name]
    found = []
    for parameter, described in schema["properties"].items():
        text = described.pop("description", "") or _PARAMETERS.get(parameter, "")
        told = {"name": parameter, "in": "query", "required": False, "description": text, "schema": described}
        found.append(told)
    return found


def _headers(operation: Operation) -> list[dict[str, Any]]:
    found = []
    if operation.method == "POST":
        found.append(_header("Idempotency-Key", "Done once, however often it is sent."))
    if operation.method == "GET" and _has_tag(operation):
        found.append(_header("If-None-Match", "The ETag of what the caller has: 304 when it is still the same."))
    if _takes_condition(operation):
        found.append(_header("If-Match", "The ETag of what was read: 412 when it was changed since."))
    return found


def _header(name: str, text: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
    return {"name": name, "in": "header", "required": False, "description": text, "schema": schema}
