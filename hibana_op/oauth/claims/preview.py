"""What a person, a client and scopes would give, claim by claim, with the reason for each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hibana_op.oauth.claims import by_scope, explained
from hibana_op.oauth.claims.explained import Explained, not_granted, place_of
from hibana_op.oauth.shapes import ClaimsRequest, Person
from hibana_op.records.scope_mappings import ScopeMapping

# Why a place does not speak of a claim although its scope was granted.
SILENT = {
    "id_token": "userinfo tells it; in the ID token it stands when the app asks with the claims parameter",
    "userinfo": "the app did not ask for it here",
    "access_token": "an access token speaks only of the scopes of its own API",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """The three places where claims appear."""

    id_token: tuple[Explained, ...]
    userinfo: tuple[Explained, ...]
    access_token: tuple[Explained, ...]

    def about(self, subject: str, *, source: str, with_openid: bool) -> "Preview":
        """The same with whom it is about; without openid there is neither an ID token nor userinfo."""
        sub = Explained("sub", subject, None, source)
        missing = Explained("sub", None, "openid", source, not_granted("openid"))
        first = sub if with_openid else missing
        return Preview((first, *self.id_token), (first, *self.userinfo), (sub, *self.access_token))


def explain_userinfo(
    person: Person, *, scopes: Collection[str], request: ClaimsRequest, mappings: Sequence[ScopeMapping]
) -> list[Explained]:
    """What the userinfo answer is made of."""
    found = list(explained.of_scopes(person, scopes, request.locales))
    if request.userinfo:
        known = {each.claim for each in found}
        asked = explained.asked_for(
            person, request.userinfo, where="userinfo", scopes=scopes, languages=request.locales
        )
        found += (each for each in asked if each.claim not in known)
    if mappings:
        found += explained.of_mappings(person, scopes, mappings, taken=_taken(scopes, request))
    return found


def explain_id_token(
    person: Person, *, scopes: Collection[str], request: ClaimsRequest, mappings: Sequence[ScopeMapping]
) -> list[Explained]:
    """What the ID token is made of beside the protocol's own claims; standard scopes speak at userinfo (§5.4)."""
    found = list(
        explained.asked_for(person, request.id_token, where="id_token", scopes=scopes, languages=request.locales)
    )
    if mappings:
        found += explained.of_mappings(person, scopes, mappings, taken=_taken(scopes, request))
    return found


def _taken(scopes: Collection[str], request: ClaimsRequest) -> set[str]:
    """What no mapping may say, wherever it stands: else a person could have one name here and another there."""
    asked = {name.partition("#")[0] for name in (*request.id_token, *request.userinfo)}
    return set(by_scope.given_by(scopes)) | (asked & by_scope.OF_CLAIM.keys())


def explain_access_token(
    person: Person, *, scopes: Collection[str], resource_scopes: Collection[str], mappings: Sequence[ScopeMapping]
) -> list[Explained]:
    """What an access token for an API is made of: what the person may do, and claims of the API's own scopes."""
    found = list(explained.of_scopes(person, [scope for scope in scopes if scope in by_scope.AUTHORITY_SCOPES]))
    if mappings:
        own = [scope for scope in scopes if scope in resource_scopes]
        found += explained.of_mappings(person, own, mappings, taken=by_scope.given_by(scopes))
    return found


def preview(
    person: Person,
    *,
    scopes: Collection[str],
    request: ClaimsRequest,
    resource_scopes: Collection[str],
    mappings: Sequence[ScopeMapping],
) -> Preview:
    """All three places at once: the very lists that tokens are made of, and then what is in none of them."""
    id_token = explain_id_token(person, scopes=scopes, request=request, mappings=mappings)
    userinfo = explain_userinfo(person, scopes=scopes, request=request, mappings=mappings)
    access_token = explain_access_token(person, scopes=scopes, resource_scopes=resource_scopes, mappings=mappings)
    return Preview(
        id_token=_completed(id_token, scopes, mappings, SILENT["id_token"]),
        userinfo=_completed(userinfo, scopes, mappings, SILENT["userinfo"]),
        access_token=_completed(access_token, scopes, mappings, SILENT["access_token"]),
    )


def _completed(
    found: list[Explained], scopes: Collection[str], mappings: Sequence[ScopeMapping], silent: str
) -> tuple[Explained, ...]:
    """The list with every other claim there could be, and why the place does not speak of it; mappings last."""
    spoken = {(each.claim, each.mapping and each.scope) for each in found}
    rest = []
    for claim, (scope, _, place) in by_scope.OF_CLAIM.items():
        if (claim, None) not in spoken:
            rest.append(Explained(claim, None, scope, place, silent if scope in scopes else not_granted(scope)))
    for each in mappings:
        if (each.claim_name, each.scope) not in spoken:
            reason = silent if each.scope in scopes else not_granted(each.scope)
            rest.append(Explained(each.claim_name, None, each.scope, place_of(each), reason, each))
    return tuple(sorted((*found, *rest), key=lambda each: each.mapping is not None))
