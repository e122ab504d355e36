"""The page that describes the API to people: every operation, in plain HTML."""

from typing import Any

from starlette.responses import Response

from hibana_op.api.openapi import PATH as DOCUMENT
from hibana_op.api.operation import ROOT, Operation
from hibana_op.api.table import OPERATIONS
from hibana_op.web.visit import Visit

PATH = f"{ROOT}/docs"


async def show(visit: Visit) -> Response:
    """Shows every operation of the management API."""
    collections: dict[str, list[dict[str, Any]]] = {}
    for each in OPERATIONS:
        collections.setdefault(each.collection, []).append(_shown(each))
    return visit.site.renderer.page(
        "api.html",
        language=visit.language,
        current_url=visit.site.url(PATH),
        collections=list(collections.items()),
        document_url=visit.site.url(DOCUMENT),
        address=visit.site.op.issuer + ROOT,
    )


def _shown(operation: Operation) -> dict[str, Any]:
    return {
        "method": operation.method,
        "path": operation.path,
        "summary": operation.summary,
        "permission": operation.permission,
    }
