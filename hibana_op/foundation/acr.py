"""Authentication context classes, and what each takes (OpenID Connect Core §2, RFC 8176 for `amr`).

A factor names what it proves: "password" (one that was set by mail proves the "mailbox" at first), "app" (an
authenticator app), "phone", "mailbox", "backup" (a backup code), "passkey", "person" (a passkey that recognised who
holds it), "hardware" (a passkey that cannot be copied), or "provider" (another provider's word).
"""

from collections.abc import Callable, Collection, Iterable, Mapping

ONE_FACTOR = "urn:hibana:loa:1"
TWO_FACTORS = "urn:hibana:loa:2"
STRONG = "urn:hibana:loa:3"
PHISHING_RESISTANT = "phr"  # OpenID EAP ACR Values 1.0 §2
HARDWARE = "phrh"
# Not a thing that is proven by itself, but how well another one is.
_QUALITIES = frozenset({"hardware"})

_TAKES: Mapping[str, Callable[[frozenset[str]], bool]] = {
    ONE_FACTOR: lambda proven: bool(proven - _QUALITIES),
    TWO_FACTORS: lambda proven: len(proven - _QUALITIES) >= 2,
    STRONG: lambda proven: len(proven - _QUALITIES) >= 2 and "passkey" in proven,
    PHISHING_RESISTANT: lambda proven: "passkey" in proven,
    HARDWARE: lambda proven: {"passkey", "hardware"} <= proven,
}
# What shows each class: itself, and whatever takes as much and more.
_SHOWN_BY: Mapping[str, set[str]] = {
    ONE_FACTOR: {ONE_FACTOR, TWO_FACTORS, STRONG, PHISHING_RESISTANT, HARDWARE},
    TWO_FACTORS: {TWO_FACTORS, STRONG},
    STRONG: {STRONG},
    PHISHING_RESISTANT: {PHISHING_RESISTANT, HARDWARE, STRONG},
    HARDWARE: {HARDWARE},
}
# A passkey says in `amr` that it was one, whatever class the app asked for.
_TOLD_BY: Mapping[str, str] = {"mfa": TWO_FACTORS, "swk": PHISHING_RESISTANT, "hwk": HARDWARE}
ACR_VALUES = tuple(_TAKES)
_LEVELS = (STRONG, TWO_FACTORS, ONE_FACTOR)


def is_reached(wanted: str, proven: Iterable[str]) -> bool:
    """Whether these proofs are what a class takes; nothing reaches a class that is not ours."""
    takes = _TAKES.get(wanted)
    return takes is not None and takes(frozenset(proven))


def level_of(proven: Iterable[str]) -> str:
    """The highest level that these proofs reach."""
    things = frozenset(proven)
    return next((level for level in _LEVELS if _TAKES[level](things)), ONE_FACTOR)


def is_told(wanted: str, *, acr: str, amr: Collection[str]) -> bool:
    """Whether what a token or session says of its sign-in shows that a class was reached (RFC 8176 §2 for `amr`)."""
    told = {acr, *(_TOLD_BY[each] for each in amr if each in _TOLD_BY)}
    return bool(told & _SHOWN_BY.get(wanted, set()))
