"""Key sets of other parties: RFC 7517 §5, read strictly and bounded; a kid is a name in a dictionary, never more."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from hibana_op.foundation.jose import key_types
from hibana_op.foundation.jose.algorithms import ALGORITHMS, ENCRYPTING_KINDS, names_of
from hibana_op.foundation.jose.key_types import PublicKey
from hibana_op.foundation.strict_json import read_object

LONGEST_DOCUMENT = 64 * 1024
MOST_KEYS = 20
MOST_TRIED = 4  # of the keys that fit a token that names none
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
_USES = (None, "sig", "enc")
_TO_VERIFY = frozenset({"verify"})
_TO_ENCRYPT = frozenset({"encrypt", "wrapKey", "deriveKey", "deriveBits"})


class BadKeySet(ValueError):
    """A document that is no set of public keys, or has none for the purpose; the reason may be told to its owner."""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A public key of another party, and what its owner means it for."""

    kid: str | None
    kind: str
    use: str | None
    alg: str | None
    operations: frozenset[str] | None
    public: PublicKey = field(repr=False)

    def fits(self, *, use: str, alg: str, operations: frozenset[str]) -> bool:
        """Whether its owner lets it be used so (RFC 7517 §4.2 to §4.4)."""
        return (
            self.use in (None, use)
            and self.alg in (None, *names_of(alg))
            and (self.operations is None or not operations.isdisjoint(self.operations))
        )


class KeySet:
    """The public keys of one party."""

    __slots__ = ("_by_kid", "keys")

    def __init__(self, keys: tuple[ForeignKey, ...]) -> None:
        self.keys = keys
        self._by_kid = {key.kid: key for key in keys if key.kid is not None}

    def has_kid(self, kid: str) -> bool:
        """Whether one of the keys has this name."""
        return kid in self._by_kid

    def verifying(self, alg: str, kid: str | None) -> list[ForeignKey]:
        """The keys that may have signed a token with this header; at most a few when it names none."""
        rules = ALGORITHMS.get(alg)
        named = self._by_kid.get(kid) if kid is not None else None
        candidates = self.keys if kid is None else (named,) if named is not None else ()
        fitting = [
            key
            for key in candidates
            if rules is not None and key.kind == rules.kind and key.fits(use="sig", alg=alg, operations=_TO_VERIFY)
        ]
        return fitting[:MOST_TRIED]

    def encrypting(self, alg: str) -> ForeignKey | None:
        """The key to encrypt to with an algorithm, the one made for it if there is one; None when none fits."""
        kinds = ENCRYPTING_KINDS.get(alg, frozenset())
        fitting = [
            key for key in self.keys if key.kind in kinds and key.fits(use="enc", alg=alg, operations=_TO_ENCRYPT)
        ]
        return max(fitting, key=lambda key: (key.use == "enc", key.alg == alg), default=None)


def read_key_set(document: bytes | Mapping[str, Any]) -> KeySet:
    """The usable keys of a JWK Set; BadKeySet when it is none, is too large, or gives a secret away.

    Keys of a kind or for a use that is not known here are passed over, as RFC 7517 §5 asks.
    """
    keys = _members(document).get("keys")
    if not isinstance(keys, list):
        raise BadKeySet("it has no array of keys")
    if len(keys) > MOST_KEYS:
        raise BadKeySet(f"it has more than {MOST_KEYS} keys")
    found: list[ForeignKey] = []
    kids: set[str] = set()
    for number, jwk in enumerate(keys, start=1):
        try:
            key = _read(jwk, kids)
        except ValueError as fault:
            raise BadKeySet(f"key {number}: {fault}") from None
        if key is not None:
            found.append(key)
    return KeySet(tuple(found))


def _members(document: bytes | Mapping[str, Any]) -> dict[str, Any]:
    try:
        raw = document if isinstance(document, bytes) else msgspec.json.encode(document)
        members = read_object(raw) if len(raw) <= LONGEST_DOCUMENT else None
    except (ValueError, TypeError, RecursionError) as fault:
        raise BadKeySet(f"it cannot be read: {fault}") from None
    if members is None:
        raise BadKeySet(f"it is longer than {LONGEST_DOCUMENT // 1024} KiB")
    return members


def _read(jwk: object, kids: set[str]) -> ForeignKey | None:
    if not isinstance(jwk, dict) or not isinstance(jwk.get("kty"), str):
        raise ValueError("it is not an object with a kty")  # noqa: TRY004 -- as for every other fault
    if jwk["kty"] == "oct" or not PRIVATE_MEMBERS.isdisjoint(jwk):
        raise ValueError("it holds a secret; register only public keys, and make new ones, for these are known now")
    kid, use, alg = (_text(jwk, name) for name in ("kid", "use", "alg"))
    if kid is not None:
        if kid in kids:
            raise ValueError("its kid is that of another key")
        kids.add(kid)
    operations = _operations(jwk)
    kind = key_types.kind_of(jwk)
    if kind is None or use not in _USES:
        return None
    return ForeignKey(kid, kind, use, alg, operations, key_types.public_key(jwk))


def _text(jwk: Mapping[str, Any], name: str) -> str | None:
    value = jwk.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{name} is not a string")
    return value


def _operations(jwk: Mapping[str, Any]) -> frozenset[str] | None:
    value = jwk.get("key_ops")
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError("key_ops is not an array of strings")
    return frozenset(value)
