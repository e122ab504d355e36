"""What goes wrong, as `application/problem+json` (RFC 9457): one form for every refusal of the API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp

from hibana_op.foundation.errors import (
    Conflict,
    Forbidden,
    InvalidRecord,
    LoginRefused,
    NotFound,
    OAuthError,
    PageRefused,
    Refusal,
    TooManyRequests,
)
from hibana_op.storage.database import ConstraintBroken

MEDIA_TYPE = "application/problem+json"
NO_STORE = {"Cache-Control": "no-store"}
# An id of another tenant, one that never was and one that was removed: nobody learns which.
UNKNOWN = "there is nothing here by this id"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one member of a body or one parameter of a query."""

    field: str
    detail: str


class Problem(Refusal):
    """A refusal with the status that goes out."""

    def __init__(
        self, status: int, detail: str, *, faults: Sequence[Fault] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = dict(headers or {})


class Unprocessable(Problem):
    """422: it could be read, and some of its members cannot be what they are."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(422, faults[0].detail, faults=faults)


_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (Forbidden, 403),
    (InvalidRecord, 422),
    (LoginRefused, 422),
    (PageRefused, 422),
)


def meaning(failure: Exception) -> Problem | None:
    """What a failure tells the caller, if it is a refusal."""
    if isinstance(failure, Problem):
        return failure
    if isinstance(failure, OAuthError):
        again = {"Retry-After": str(failure.retry_after)} if isinstance(failure, TooManyRequests) else {}
        return Problem(failure.status, failure.description, headers=again)
    if isinstance(failure, ConstraintBroken):
        return Problem(409, "something that this refers to is not there any more, or is there already")
    for kind, status in _STATUS:
        if isinstance(failure, kind):
            return Problem(status, UNKNOWN if status == 404 else _said(failure))
    return None


def _said(failure: Exception) -> str:
    """Refusals of pages carry the name of the words that a page says; all others say it themselves."""
    named = isinstance(failure, LoginRefused | PageRefused)
    return str(failure).replace("_", " ") if named else str(failure)


def members(problem: Problem, trace_id: str) -> dict[str, Any]:
    """The document of RFC 9457 §3; nothing but the status tells problems apart, so the type is the blank one."""
    found: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "trace_id": trace_id,
    }
    if problem.faults:
        found["errors"] = [{"field": fault.field, "detail": fault.detail} for fault in problem.faults]
    return found


def failure(status: int, reason: str, trace_id: str) -> ASGIApp:
    """How the edge tells a failure below the API's path."""
    problem = Problem(status, reason)
    return JSONResponse(members(problem, trace_id), status_code=status, headers=NO_STORE, media_type=MEDIA_TYPE)
