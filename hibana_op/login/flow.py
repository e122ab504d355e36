"""What a sign-in still lacks, decided anew after every step from what was proven and what the person has set up."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from hibana_op.foundation import acr
from hibana_op.login.policy import DEFAULT, Policy
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


def lacking(
    ways: Sequence[Way], proven: Collection[str], *, is_trusted: bool, policy: Policy = DEFAULT
) -> tuple[str, ...]:
    """The classes that a sign-in must reach and has not.

    A browser that the person trusts stands in for a second factor, and never for a class that is asked for by name.
    """
    wanted = list(policy.classes)
    if not is_trusted and (policy.is_second_factor_required or any(way.is_due for way in ways)):
        wanted.append(acr.TWO_FACTORS)
    return tuple(each for each in dict.fromkeys(wanted) if not acr.is_reached(each, proven))


def still_asked(
    ways: Sequence[Way], proven: Collection[str], *, is_trusted: bool, policy: Policy = DEFAULT
) -> tuple[str, ...] | None:
    """The ways by which a sign-in may go on; None when it needs nothing more, none when there is no such way yet."""
    missing = lacking(ways, proven, is_trusted=is_trusted, policy=policy)
    if not missing:
        return None
    if missing != (acr.TWO_FACTORS,):
        leading = reaching(missing, ways, proven)
        if leading or acr.is_reached(acr.TWO_FACTORS, proven):
            return leading
    return _beside(ways, proven)


def may_set_up(ways: Sequence[Way], proven: Collection[str]) -> bool:
    """Whether a sign-in may set up what it lacks: only after all that the person has was proven (ASVS 7.5.1).

    Else whoever has one thing of theirs, a password or a mailbox, could add a second factor of their own.
    """
    if acr.is_reached(acr.TWO_FACTORS, proven):
        return True
    return not _beside(ways, proven) and not any(way.is_due for way in ways)


def _beside(ways: Sequence[Way], proven: Collection[str]) -> tuple[str, ...]:
    """The ways that prove another thing than what is proven already."""
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
