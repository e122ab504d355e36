"""Claims that scope mappings give: fail-closed, and never one that the protocol owns."""

import re

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.oauth.claims import predicate, sources, standard, transform
from hibana_op.records.scope_mappings import ScopeMapping

PROTECTED = frozenset(
    (
        *("iss", "sub", "aud", "exp", "iat", "nbf", "jti", "nonce", "azp", "acr", "amr", "auth_time"),
        *("at_hash", "c_hash", "s_hash", "sid", "cnf", "client_id", "scope", "act", "may_act", "events"),
    )
)
# These say that Hibana has checked something, so only the column that records the check may give them.
_ONLY_FROM_THEMSELVES = ("email_verified", "phone_number_verified")
_CLAIM = re.compile(r"[A-Za-z_][A-Za-z0-9_./:#-]{0,127}")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,128}")


def check_mapping(mapping: ScopeMapping) -> None:
    """InvalidRecord unless a mapping may be kept."""
    if not _SCOPE.fullmatch(mapping.scope):
        raise InvalidRecord("scope must be printable ASCII without spaces, quotes or backslashes")
    if not _CLAIM.fullmatch(mapping.claim_name):
        raise InvalidRecord("claim_name must begin with a letter and hold letters, digits and _ . / : # -")
    if mapping.claim_name in PROTECTED:
        raise InvalidRecord(f"the claim {mapping.claim_name} belongs to the protocol and cannot be mapped")
    sources.check(mapping.source_table, mapping.source_column)
    if mapping.claim_name in _ONLY_FROM_THEMSELVES and (mapping.source_table, mapping.source_column) != (
        sources.USERS,
        mapping.claim_name,
    ):
        raise InvalidRecord(f"{mapping.claim_name} can only come from users.{mapping.claim_name}")
    if mapping.scope in standard.SCOPES and mapping.claim_name in standard.SCOPES[mapping.scope]:
        raise InvalidRecord(f"the scope {mapping.scope} gives the claim {mapping.claim_name} already")
    if mapping.transformation not in transform.TRANSFORMATIONS:
        raise InvalidRecord(f"transformation must be one of {', '.join(transform.TRANSFORMATIONS)}")
    predicate.check(mapping.condition)
