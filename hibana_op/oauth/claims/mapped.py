"""Claims that scope mappings give: fail-closed, and never one that the protocol owns."""

import re
from functools import lru_cache
from typing import Any

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.oauth.claims import by_scope, predicate, sources, transform
from hibana_op.oauth.shapes import Person
from hibana_op.records.scope_mappings import ScopeMapping

PROTECTED = frozenset(
    (
        *("iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce", "azp", "acr", "amr", "auth_time"),
        *("at_hash", "c_hash", "s_hash", "sid", "cnf", "client_id", "scope", "act", "may_act", "events"),
    )
)
# What Hibana itself vouches for: where a person belongs and what they may do there.
_VOUCHED = ("tenant", "tenant_id", "roles", "permissions", "unit_roles")
# These say that Hibana has checked something, so only the column that records the check may give them.
_ONLY_FROM_THEMSELVES = ("email_verified", "phone_number_verified")
_CLAIM = re.compile(r"[A-Za-z][A-Za-z0-9_./:#-]{0,127}")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,128}")
NOT_TRUE = "the condition is not true of this person"
NO_VALUE = "the person has no such value"
_EMPTY: tuple[object, ...] = (None, "", [], {})  # which false and 0 are not equal to


def check_mapping(mapping: ScopeMapping) -> None:
    """InvalidRecord unless a mapping may be kept."""
    names = (
        mapping.scope,
        mapping.claim_name,
        mapping.source_table,
        mapping.source_column,
        mapping.transformation,
    )
    if not all(isinstance(name, str) for name in names):
        raise InvalidRecord("scope, claim_name, source_table, source_column and transformation must be strings")
    _check_names(*names)
    predicate.check(mapping.condition)


@lru_cache(maxsize=1024)  # asked again at every use, since a row may have been changed behind our back
def _check_names(scope: str, claim: str, table: str, column: str, transformation: str) -> None:
    if not _SCOPE.fullmatch(scope):
        raise InvalidRecord("scope must be printable ASCII without spaces, quotes or backslashes")
    if not _CLAIM.fullmatch(claim):
        raise InvalidRecord("claim_name must begin with a letter and hold letters, digits and _ . / : # -")
    base = claim.partition("#")[0]
    if base in PROTECTED:
        raise InvalidRecord(f"the claim {base} belongs to the protocol and cannot be mapped")
    if base in _VOUCHED:
        raise InvalidRecord(f"the claim {base} says what Hibana itself vouches for and cannot be mapped")
    sources.check(table, column)
    if base in _ONLY_FROM_THEMSELVES and (claim, table, column) != (base, sources.USERS, base):
        raise InvalidRecord(f"{base} can only come from users.{base}")
    if base in by_scope.given_by((scope,)):
        raise InvalidRecord(f"the scope {scope} gives the claim {base} already")
    if transformation not in transform.TRANSFORMATIONS:
        raise InvalidRecord(f"transformation must be one of {', '.join(transform.TRANSFORMATIONS)}")


def evaluate(person: Person, mapping: ScopeMapping) -> tuple[Any, str | None]:
    """The claim's value, or None and why there is none; InvalidRecord when the mapping cannot be followed."""
    check_mapping(mapping)
    if not predicate.holds(mapping.condition, person):
        return None, NOT_TRUE
    value = sources.read(person, mapping.source_table, mapping.source_column)
    if value in _EMPTY:
        return None, NO_VALUE
    try:
        return transform.apply(mapping.transformation, value), None
    except ValueError as fault:
        raise InvalidRecord(f"{mapping.transformation}: {fault}") from None
