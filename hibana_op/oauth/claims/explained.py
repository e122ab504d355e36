"""Every claim with where it comes from, or why it is absent: tokens and the preview read the same list."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.oauth.claims import mapped, predicate, sources, standard, transform
from hibana_op.oauth.shapes import Person
from hibana_op.records.scope_mappings import ScopeMapping


@dataclass(frozen=True, slots=True)
class Explained:
    """One claim; `value` is None exactly when `absent` says why."""

    claim: str
    value: Any
    scope: str | None
    source: str
    absent: str | None = None
    mapping: ScopeMapping | None = None


def of_scopes(person: Person, scopes: Collection[str]) -> Iterator[Explained]:
    """The standard claims of some scopes."""
    for scope in scopes:
        for claim in standard.SCOPES.get(scope, ()):
            yield from of_claim(person, claim, scope=scope)


def of_claim(person: Person, claim: str, *, scope: str | None) -> Iterator[Explained]:
    """One standard claim and its variants in other languages, or just the one variant that is named."""
    source = "user_roles" if claim == "roles" else f"users.{claim.partition('#')[0]}"
    value = standard.value(person, claim)
    yield Explained(claim, value, scope, source, absent="the person has no such value" if value is None else None)
    if person.user.localized:
        for name, variant in standard.localized(person.user, claim).items():
            yield Explained(name, variant, scope, source)


def of_mappings(
    person: Person, scopes: Collection[str], mappings: Sequence[ScopeMapping], *, taken: Collection[str] = ()
) -> Iterator[Explained]:
    """The claims that mappings give; one that a standard scope gives already is left alone."""
    for mapping in mappings:
        source = f"{mapping.source_table}.{mapping.source_column}"
        value, absent = _mapped_value(person, mapping, scopes, taken)
        yield Explained(mapping.claim_name, value, mapping.scope, source, absent=absent, mapping=mapping)


def _mapped_value(
    person: Person, mapping: ScopeMapping, scopes: Collection[str], taken: Collection[str]
) -> tuple[Any, str | None]:
    absent = _objection(person, mapping, scopes, taken)
    if absent is not None:
        return None, absent
    value = sources.read(person, mapping.source_table, mapping.source_column)
    if value is None:
        return None, "the person has no such value"
    try:
        return transform.apply(mapping.transformation, value), None
    except ValueError as fault:
        return None, f"{mapping.transformation}: {fault}"


def _objection(person: Person, mapping: ScopeMapping, scopes: Collection[str], taken: Collection[str]) -> str | None:
    """Why a mapping does not apply, before any value is read."""
    if mapping.scope not in scopes:
        return f"the scope {mapping.scope} was not granted"
    if mapping.claim_name in taken:
        return "a standard scope of the same request gives this claim"
    try:
        # A row that was changed behind our back is not trusted more than a new one.
        mapped.check_mapping(mapping)
    except InvalidRecord as fault:
        return f"the mapping is not valid: {fault}"
    return None if predicate.holds(mapping.condition, person) else "the condition is not true of this person"


def present(explained: Iterator[Explained]) -> dict[str, Any]:
    """The claims that are there, by name."""
    return {each.claim: each.value for each in explained if each.absent is None}


def asked_for(
    person: Person, wanted: Mapping[str, Mapping[str, Any] | None], *, where: str, granted: Collection[str]
) -> Iterator[Explained]:
    """Standard claims that the `claims` parameter names one by one (Core §5.5), within what was consented to."""
    for claim in wanted:
        scope = standard.SCOPE_OF.get(claim.partition("#")[0])
        if scope is None:
            continue
        if claim == "roles" and scope not in granted:
            yield Explained(claim, None, scope, "user_roles", absent="the scope roles was not granted")
            continue
        yield from of_claim(person, claim, scope=f"claims.{where}")
