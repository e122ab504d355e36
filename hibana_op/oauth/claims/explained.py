"""Every claim with where it comes from, or why it is absent: tokens and the preview read the same list."""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.oauth.claims import by_scope, locales, mapped
from hibana_op.oauth.claims.mapped import NO_VALUE
from hibana_op.oauth.shapes import Person
from hibana_op.records.scope_mappings import ScopeMapping

LOCALIZED = "users.localized"
_log = logging.getLogger(__name__)


class Explained(NamedTuple):
    """One claim; `value` is None exactly when `absent` says why. A tuple: one answer makes some twenty of them."""

    claim: str
    value: Any
    scope: str | None
    source: str
    absent: str | None = None
    mapping: ScopeMapping | None = None
    is_fault: bool = False


def of_scopes(person: Person, scopes: Collection[str], languages: Sequence[str] = ()) -> Iterator[Explained]:
    """The claims that scopes give by themselves, each with its variants in wanted languages, or in all."""
    localized = person.user.localized
    wanted = locales.chosen(localized, languages)
    for scope in scopes:
        for claim, source, place in by_scope.CLAIMS.get(scope, ()):
            value = source.value(person, claim)
            yield Explained(claim, value, scope, place, NO_VALUE if value is None else None)
        for name, value in localized.items():
            if value and name in wanted and by_scope.scope_of(name) == scope:
                yield Explained(name, value, scope, LOCALIZED)


def asked_for(
    person: Person,
    wanted: Mapping[str, Mapping[str, Any] | None],
    *,
    where: str,
    scopes: Collection[str],
    languages: Sequence[str] = (),
) -> Iterator[Explained]:
    """Claims that the `claims` parameter names one by one (Core §5.5); other names are no error and give nothing."""
    told: set[str] = set()
    for name in wanted:
        base = name.partition("#")[0]
        if base not in by_scope.OF_CLAIM:
            continue
        scope, source, place = by_scope.OF_CLAIM[base]
        for claim in _meant_by(name, person, languages):
            if claim in told:
                continue
            told.add(claim)
            if source.is_authority and scope not in scopes:
                yield Explained(claim, None, scope, place, not_granted(scope))
                continue
            value = source.value(person, claim) if claim == base else person.user.localized.get(claim) or None
            rests = place if claim == base else LOCALIZED
            yield Explained(claim, value, f"claims.{where}", rests, NO_VALUE if value is None else None)


def _meant_by(name: str, person: Person, languages: Sequence[str]) -> list[str]:
    """A claim with its variants in wanted languages; or the variant that the name asks for itself."""
    base, is_variant, tag = name.partition("#")
    if is_variant:
        tags = [each.partition("#")[2] for each in person.user.localized if each.startswith(f"{base}#")]
        return [f"{base}#{each}" for each in locales.fitting(tags, tag)] or [name]
    return [name, *(each for each in locales.chosen(person.user.localized, languages) if each.startswith(f"{name}#"))]


def of_mappings(
    person: Person, scopes: Collection[str], mappings: Sequence[ScopeMapping], *, taken: Collection[str]
) -> Iterator[Explained]:
    """The claims that mappings of granted scopes give: the first that has a value, and none that is taken."""
    given: dict[str, str] = {}
    for mapping in mappings:
        if mapping.scope not in scopes:
            continue
        claim = mapping.claim_name
        value, absent, is_fault = None, None, False
        if claim.partition("#")[0] in taken:
            absent = "a standard scope of the same request gives this claim"
        elif claim in given:
            absent = f"the scope {given[claim]} gives this claim already"
        else:
            value, absent, is_fault = _evaluated(person, mapping)
            if absent is None:
                given[claim] = mapping.scope
        yield Explained(claim, value, mapping.scope, place_of(mapping), absent, mapping, is_fault)


def place_of(mapping: ScopeMapping) -> str:
    """Where the value of a mapping rests."""
    return f"{mapping.source_table}.{mapping.source_column}"


def _evaluated(person: Person, mapping: ScopeMapping) -> tuple[Any, str | None, bool]:
    try:
        return *mapped.evaluate(person, mapping), False
    except InvalidRecord as fault:
        # Nobody sees a claim that is missing, so the log says that a mapping needs to be looked at.
        _log.warning("the mapping of %s to %s cannot be followed: %s", mapping.scope, mapping.claim_name, fault)
        return None, f"the mapping cannot be followed: {fault}", True


def not_granted(scope: str) -> str:
    """The commonest reason of all."""
    return f"the scope {scope} was not granted"


def present(explained: Iterable[Explained]) -> dict[str, Any]:
    """The claims that are there, by name."""
    return {claim: value for claim, value, _, _, absent, _, _ in explained if absent is None}
