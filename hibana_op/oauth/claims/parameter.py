"""The `claims` parameter: OpenID Connect Core §5.5, read strictly and bounded."""

import json
from collections.abc import Collection, Mapping
from typing import Any, NoReturn

from hibana_op.foundation.errors import InvalidRequest
from hibana_op.oauth.claims import by_scope
from hibana_op.oauth.shapes import ClaimsRequest

MOST_CLAIMS = 100
LONGEST = 8192


def parse_claims_parameter(text: str) -> ClaimsRequest:
    """The parameter, taken apart; InvalidRequest says what is wrong with it."""
    if len(text) > LONGEST:
        raise InvalidRequest(f"claims is longer than {LONGEST} characters")
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constants)
        # Half a surrogate pair or 1e999 reads well, but nobody could write it down again.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise InvalidRequest("claims must be a JSON object with each name once") from None
    if not isinstance(value, dict):
        raise InvalidRequest("claims must be a JSON object")
    return ClaimsRequest(id_token=_member(value, "id_token"), userinfo=_member(value, "userinfo"))


def implied_scopes(request: ClaimsRequest) -> tuple[str, ...]:
    """The scopes that claims asked for one by one stand for: a person is asked to allow them just the same."""
    found = {by_scope.scope_of(claim) for claim in (*request.id_token, *request.userinfo)}
    return tuple(scope for scope in by_scope.CLAIMS if scope in found and scope not in by_scope.AUTHORITY_SCOPES)


def within(request: ClaimsRequest, scopes: Collection[str]) -> ClaimsRequest:
    """The request without the claims of scopes that the client may not ask for; the rest is no error (§5.5)."""

    def kept(claims: Mapping[str, Mapping[str, Any] | None]) -> dict[str, Mapping[str, Any] | None]:
        return {claim: wanted for claim, wanted in claims.items() if by_scope.scope_of(claim) in (None, *scopes)}

    return ClaimsRequest(id_token=kept(request.id_token), userinfo=kept(request.userinfo))


def wanted_subjects(request: ClaimsRequest) -> frozenset[str] | None:
    """The subjects that the answer may be about (§5.5.1), None for any; it is about one, wherever it says so."""
    found: frozenset[str] | None = None
    for member in (request.id_token, request.userinfo):
        values = frozenset(wanted_values(member.get("sub") or {}))
        if values:
            found = values if found is None else found & values
    if found is not None and not found:
        raise InvalidRequest("claims names different subjects for the ID token and for userinfo")
    return found


def wanted_values(wanted: Mapping[str, Any]) -> list[Any]:
    """The values that a claim is asked for with (§5.5.1)."""
    return [*wanted.get("values", ()), *((wanted["value"],) if "value" in wanted else ())]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _no_constants(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _member(value: dict[str, Any], name: str) -> Mapping[str, Mapping[str, Any] | None]:
    member = value.get(name)
    if member is None:
        return {}
    if not isinstance(member, dict) or len(member) > MOST_CLAIMS:
        raise InvalidRequest(f"claims.{name} must be an object of at most {MOST_CLAIMS} claims")
    for claim, wanted in member.items():
        _check(f"claims.{name}.{claim[:64]}", wanted, is_subject=claim == "sub")
    return member


def _check(where: str, wanted: Any, *, is_subject: bool) -> None:
    if wanted is None:
        return
    if not isinstance(wanted, dict):
        raise InvalidRequest(f"{where} must be null or an object")
    if not isinstance(wanted.get("essential", False), bool):
        raise InvalidRequest(f"{where}.essential must be true or false")
    values = wanted.get("values", [])
    if not isinstance(values, list) or not all(isinstance(each, str | int | float | bool) for each in values):
        raise InvalidRequest(f"{where}.values must be a list of plain values")
    if not isinstance(wanted.get("value", ""), str | int | float | bool):
        raise InvalidRequest(f"{where}.value must be a plain value")
    if is_subject and not all(isinstance(each, str) for each in wanted_values(wanted)):
        raise InvalidRequest(f"{where} must be asked for with strings")
