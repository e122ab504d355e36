"""The page that describes the API to people: every operation, in plain HTML."""

import json
from typing import Any

from starlette.responses import Response

from hibana_op.api.openapi import JSON, document
from hibana_op.api.openapi import PATH as DOCUMENT
from hibana_op.api.operation import ROOT, Operation
from hibana_op.api.table import OPERATIONS
from hibana_op.web.visit import Visit

PATH = f"{ROOT}/docs"


async def show(visit: Visit) -> Response:
    """Shows every operation of the management API."""
    described = document(visit.site.op.issuer)["paths"]
    collections: dict[str, list[dict[str, Any]]] = {}
    for each in OPERATIONS:
        told = described[each.path][each.method.lower()]
        collections.setdefault(each.collection, []).append(_shown(each, told))
    return visit.page(
        "api.html",
        current_url=visit.site.url(PATH),
        is_plain=True,
        collections=list(collections.items()),
        document_url=visit.site.url(DOCUMENT),
        address=visit.site.op.issuer + ROOT,
    )


def _shown(operation: Operation, told: dict[str, Any]) -> dict[str, Any]:
    succeeded = next(each for status, each in told["responses"].items() if status < "300")
    return {
        "parameters": [each for each in told["parameters"] if each["in"] == "query"],
        "body": _example(told.get("requestBody", {})),
        "answer": _example(succeeded),
        "problems": [status for status in told["responses"] if status >= "400"],
        "method": operation.method,
        "path": operation.path,
        "summary": operation.summary,
        "permission": operation.permission,
    }


def _example(part: dict[str, Any]) -> str:
    content = part.get("content", {}).get(JSON)
    return "" if content is None else json.dumps(content["example"], ensure_ascii=False, indent=2)
