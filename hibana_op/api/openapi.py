"""The document that describes the API (OpenAPI 3.1), made from the shapes that validate what comes in."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from hibana_op import __version__
from hibana_op.api.operation import ROOT, SCOPE, SIGNED_IN, Operation
from hibana_op.api.problems import MEDIA_TYPE
from hibana_op.api.shapes import Given
from hibana_op.api.table import OPERATIONS

PATH = f"{ROOT}/openapi.json"
_REFERENCE = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+)\}")
_JSON = "application/json"
_PROBLEMS = {
    "400": "The request cannot be read.",
    "401": "Without an access token or API key that counts.",
    "403": "Without the permission.",
    "404": "There is nothing by this id, or none of the caller's business.",
    "405": "Not this method.",
    "409": "It stands against what there is.",
    "412": "It was changed since it was read.",
    "413": "The body is too large.",
    "415": "The body is of another kind.",
    "422": "A member or parameter cannot be what it is.",
    "429": "Too many wrong tokens came from this place.",
    "503": "Too much is going on; try again.",
}


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


def document(issuer: str) -> dict[str, Any]:
    """The whole document."""
    shapes = _shapes(OPERATIONS)
    schemas = msgspec.json.schema_components(shapes, ref_template=_REFERENCE)[1]
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
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
            "responses": {status: _problem(text) for status, text in _PROBLEMS.items()},
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


def _operation(operation: Operation) -> dict[str, Any]:
    needs = f"Takes the permission `{operation.permission}`." if operation.permission != SIGNED_IN else ""
    found: dict[str, Any] = {
        "operationId": _operation_id(operation),
        "tags": [operation.collection],
        "summary": operation.summary,
        "parameters": [*_path_parameters(operation), *_query_parameters(operation), *_headers(operation)],
        "responses": {str(_status(operation)): _success(operation), **_refusals(operation)},
    }
    if operation.waits is not None:
        found["responses"]["202"] = _waiting(operation.waits)
    if needs:
        found["description"] = needs
    if operation.takes is not None:
        kinds = (_JSON, "application/merge-patch+json") if operation.method == "PATCH" else (_JSON,)
        schema = {"$ref": _REFERENCE.format(name=operation.takes.__name__)}
        is_needed = any(field.required for field in msgspec.structs.fields(operation.takes))
        found["requestBody"] = {"required": is_needed, "content": {kind: {"schema": schema} for kind in kinds}}
    return found


def _operation_id(operation: Operation) -> str:
    parts = [part.strip("{}").replace("-", "_") for part in operation.path.split("/") if part]
    return "_".join((operation.method.lower(), *parts))


def _status(operation: Operation) -> int:
    return 204 if operation.gives is None and not operation.streams else operation.status


def _success(operation: Operation) -> dict[str, Any]:
    if operation.streams:
        return {
            "description": "One JSON object a line.",
            "content": {operation.streams: {"schema": {"type": "string"}}},
        }
    if operation.gives is None:
        return {"description": "Done."}
    schema: dict[str, Any] = {"$ref": _REFERENCE.format(name=operation.gives.__name__)}
    if operation.is_list:
        schema = {
            "type": "object",
            "required": ["items", "next_cursor"],
            "properties": {
                "items": {"type": "array", "items": schema},
                "next_cursor": {"type": ["string", "null"], "description": "Where the next page begins."},
            },
        }
    found: dict[str, Any] = {"description": "As asked.", "content": {_JSON: {"schema": schema}}}
    if operation.status in (201, 202):
        found["headers"] = {"Location": {"schema": {"type": "string", "format": "uri"}}}
    return found


def _waiting(shape: type[Struct]) -> dict[str, Any]:
    return {
        "description": "Somebody else has to approve it first.",
        "content": {_JSON: {"schema": {"$ref": _REFERENCE.format(name=shape.__name__)}}},
        "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}},
    }


def _refusals(operation: Operation) -> dict[str, Any]:
    statuses = ["400", "401", "403", "404", "422", "429", "503"]
    if operation.method != "GET":
        statuses += ["409", "412", "413", "415"]
    return {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)}


def _problem(text: str) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(name="ProblemDetails")}
    return {"description": text, "content": {MEDIA_TYPE: {"schema": schema}}}


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PARAMETER.findall(operation.path)
    ]


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    name = operation.query.__name__
    schema = msgspec.json.schema_components([operation.query], ref_template=_REFERENCE)[1][name]
    found = []
    for parameter, described in schema["properties"].items():
        text = described.pop("description", "")
        told = {"name": parameter, "in": "query", "required": False, "schema": described}
        found.append({**told, "description": text} if text else told)
    return found


def _headers(operation: Operation) -> list[dict[str, Any]]:
    found = []
    if operation.method == "POST":
        found.append(_header("Idempotency-Key", "Done once, however often it is sent."))
    if operation.method in ("PATCH", "PUT", "DELETE"):
        found.append(_header("If-Match", "The ETag of what was read: 412 when it was changed since."))
    return found


def _header(name: str, text: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
    return {"name": name, "in": "header", "required": False, "description": text, "schema": schema}
