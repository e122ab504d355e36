"""The registered claims of tokens that clients make: RFC 7519 §4.1."""

from collections.abc import Mapping
from typing import Any

LEEWAY = 60  # seconds by which a client's clock may differ from ours


def is_time(value: Any) -> bool:
    """Whether a claim is a NumericDate (RFC 7519 §2)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def time_fault(claims: Mapping[str, Any], *, now: int) -> str | None:
    """What is wrong with the times of a token, as far as it names any."""
    for name in ("exp", "nbf", "iat"):
        if name in claims and not is_time(claims[name]):
            return f"{name} is not a number of seconds"
    if "exp" in claims and claims["exp"] + LEEWAY <= now:
        return "it has expired"
    for name in ("nbf", "iat"):
        if name in claims and claims[name] - LEEWAY > now:
            return f"{name} lies in the future"
    return None
