"""What a person, a client and scopes would give, claim by claim, with the reason for each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hibana_op.oauth.claims import explained
from hibana_op.oauth.claims.explained import Explained
from hibana_op.oauth.shapes import ClaimsRequest, Person
from hibana_op.records.scope_mappings import ScopeMapping


@dataclass(frozen=True, slots=True)
class Preview:
    """The three places where claims appear."""

    id_token: tuple[Explained, ...]
    userinfo: tuple[Explained, ...]
    access_token: tuple[Explained, ...]


def explain_userinfo(
    person: Person, *, scopes: Collection[str], request: ClaimsRequest, mappings: Sequence[ScopeMapping]
) -> list[Explained]:
    """Every claim of the userinfo answer."""
    found = list(explained.of_scopes(person, scopes))
    found += explained.asked_for(person, request.userinfo, where="userinfo", granted=scopes)
    if mappings:
        found += explained.of_mappings(person, scopes, mappings, taken={each.claim for each in found})
    return found


def explain_id_token(
    person: Person, *, scopes: Collection[str], request: ClaimsRequest, mappings: Sequence[ScopeMapping]
) -> list[Explained]:
    """Every claim of the ID token beside the protocol's own; standard scopes speak at userinfo (§5.4)."""
    found = list(explained.asked_for(person, request.id_token, where="id_token", granted=scopes))
    if mappings:
        found += explained.of_mappings(person, scopes, mappings, taken={each.claim for each in found})
    return found


def explain_access_token(
    person: Person, *, scopes: Collection[str], resource_scopes: Collection[str], mappings: Sequence[ScopeMapping]
) -> list[Explained]:
    """Every claim of an access token for a resource: those of the resource's own scopes, and roles when granted."""
    own = [scope for scope in scopes if scope in resource_scopes]
    found = list(explained.of_scopes(person, [scope for scope in own if scope == "roles"]))
    if mappings:
        found += explained.of_mappings(person, own, mappings)
    return found


def preview(
    person: Person,
    *,
    scopes: Collection[str],
    request: ClaimsRequest,
    resource_scopes: Collection[str],
    mappings: Sequence[ScopeMapping],
) -> Preview:
    """All three places at once."""
    return Preview(
        id_token=tuple(explain_id_token(person, scopes=scopes, request=request, mappings=mappings)),
        userinfo=tuple(explain_userinfo(person, scopes=scopes, request=request, mappings=mappings)),
        access_token=tuple(
            explain_access_token(person, scopes=scopes, resource_scopes=resource_scopes, mappings=mappings)
        ),
    )
