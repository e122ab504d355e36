"""Which scope gives which claims: one visible table of sources."""

from collections.abc import Collection

from hibana_op.oauth.claims import roles, standard, tenant
from hibana_op.oauth.shapes import ClaimsSource

SOURCES = (standard.SOURCE, roles.SOURCE, tenant.SOURCE)

# scope → each of its claims, with the source that knows the value and the place where it rests.
CLAIMS: dict[str, tuple[tuple[str, ClaimsSource, str], ...]] = {
    scope: tuple((claim, source, place) for claim, place in claims.items())
    for source in SOURCES
    for scope, claims in source.scopes.items()
}
# claim → the same, with its scope.
OF_CLAIM: dict[str, tuple[str, ClaimsSource, str]] = {
    claim: (scope, source, place) for scope, claims in CLAIMS.items() for claim, source, place in claims
}
AUTHORITY_SCOPES = frozenset(scope for source in SOURCES if source.is_authority for scope in source.scopes)


def scope_of(claim: str) -> str | None:
    """The scope that gives a claim or its variant `name#ja`, None for a claim that no standard scope gives."""
    found = OF_CLAIM.get(claim.partition("#")[0])
    return found[0] if found else None


def given_by(scopes: Collection[str]) -> frozenset[str]:
    """The claims that are a matter of these scopes, whether the person has them or not."""
    return frozenset(claim for scope in scopes for claim, _, _ in CLAIMS.get(scope, ()))
