"""What a sign-in still lacks, decided anew after every step from what was proven and what the person has set up."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from hibana_op.foundation import acr
from hibana_op.records.factors import Factor

SECOND_FACTOR_LIFETIME = 3600  # seconds that a second factor counts for what asks for two


@dataclass(frozen=True, slots=True)
class Way:
    """Something more that a person could prove. `is_due`: set up by them so that no sign-in goes without."""

    method: str
    proves: tuple[str, ...]
    is_due: bool


def things(proven: Iterable[Factor]) -> frozenset[str]:
    """All that factors prove; twice the same is one."""
    return frozenset(thing for factor in proven for thing in factor.proves)


def still_asked(ways: Sequence[Way], proven: Collection[str], *, is_trusted: bool) -> tuple[str, ...] | None:
    """The ways by which a sign-in may go on; None when it needs nothing more."""
    if is_trusted or acr.is_reached(acr.TWO_FACTORS, proven) or not any(way.is_due for way in ways):
        return None
    return tuple(way.method for way in ways if not set(way.proves) & set(proven))


def reaching(wanted: Sequence[str], ways: Sequence[Way], proven: Collection[str]) -> tuple[str, ...]:
    """The ways that lead to one of the classes that are wanted."""
    return tuple(way.method for way in ways if any(acr.is_reached(each, {*proven, *way.proves}) for each in wanted))


def counted(kept: Sequence[tuple[Factor, int]], *, now: int) -> list[Factor]:
    """What a session's factors, each with its end, still prove: all of it for an hour, then the first thing alone."""
    live = [factor for factor, expires_at in kept if expires_at > now]
    if not kept or kept[0][0] in live:
        return live
    first = kept[0][0]
    return [replace(first, proves=first.proves[:1]), *live]
