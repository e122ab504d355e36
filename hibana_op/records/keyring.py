"""The keys that sign and verify: read from the database, opened with the vault, chosen by the clock."""

import json
from dataclasses import dataclass, field
from typing import Any

from hibana_op.foundation import jose
from hibana_op.foundation.vault import Vault
from hibana_op.records import registry, signing_keys
from hibana_op.records.row import as_json
from hibana_op.records.signing_keys import StoredKey
from hibana_op.storage.database import Database, Session

# Relying parties may keep the JWKS this long; a new key is published for longer before it signs.
JWKS_MAX_AGE = 300
PUBLISHED_AHEAD = 2 * JWKS_MAX_AGE
# No token that we sign lives longer, so a key that stopped signing is kept this long.
LONGEST_TOKEN_LIFE = 86400
MOST_VERIFIED = 4096


@dataclass(frozen=True, slots=True)
class Keyring:
    """The published keys, each with the record that says when it signs."""

    keys: tuple[tuple[StoredKey, jose.SigningKey], ...]
    _verified: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict, compare=False, repr=False)

    def signing(self, algorithm: str, now: int) -> jose.SigningKey:
        """The key that signs with an algorithm now: the latest of those whose time has come."""
        for stored, key in reversed(self.keys):
            if stored.algorithm == algorithm and stored.state(now) == "current":
                return key
        raise LookupError(f"there is no current {algorithm} signing key; run `hibana keys rotate --alg {algorithm}`")

    def verifying(self, now: int) -> list[jose.SigningKey]:
        """The keys whose signatures count now."""
        return [key for stored, key in self.keys if stored.expires_at is None or stored.expires_at > now]

    def verify(self, token: str, now: int, *, typ: str) -> dict[str, Any]:
        """The claims of a token that we signed; jose.BadToken otherwise.

        A signature that was right stays right as long as the keys stay, so it is computed once: this object
        is made anew whenever a key changes, and each key's own time is still asked.
        """
        kept = self._verified.get((typ, token))
        if kept is not None:
            return kept
        claims = jose.verify(token, self.verifying(now), typ=typ)
        if len(self._verified) >= MOST_VERIFIED:
            self._verified.clear()
        self._verified[typ, token] = claims
        return claims

    def jwks(self, now: int) -> bytes:
        """The public document of RFC 7517 §5."""
        return jose.public_jwks(self.verifying(now))

    def algorithms(self) -> tuple[str, ...]:
        """The algorithms there are keys for, in the order of our table."""
        held = {stored.algorithm for stored, _ in self.keys}
        return tuple(algorithm for algorithm in jose.SIGNING_ALGORITHMS if algorithm in held)


def sealed_name(kid: str) -> str:
    """What binds a sealed private key to its row."""
    return f"signing_keys:private_sealed:{kid}"


async def load(db: Session, vault: Vault, *, now: int) -> Keyring:
    """Read and open the published keys."""
    keys = []
    for stored in await signing_keys.published(db, now=now):
        private = vault.open(stored.private_sealed, sealed_name(stored.kid))
        keys.append((stored, jose.load(stored.kid, stored.algorithm, private, json.loads(stored.public_jwk))))
    return Keyring(tuple(keys))


def make(algorithm: str, vault: Vault, *, active_from: int, now: int) -> StoredKey:
    """A new key, sealed; making an RSA key takes a moment, so never inside a transaction."""
    new = jose.generate(algorithm)
    return StoredKey(
        kid=new.kid,
        algorithm=algorithm,
        public_jwk=as_json(new.public_jwk),
        private_sealed=vault.seal(new.private_pem, sealed_name(new.kid)),
        created_at=now,
        active_from=active_from,
    )


async def ensure_keys(db: Database, vault: Vault, *, now: int) -> list[StoredKey]:
    """Make a key for each algorithm that has none, once, however many workers start together."""
    held = {stored.algorithm for stored in await signing_keys.published(db, now=now)}
    missing = [algorithm for algorithm in jose.SIGNING_ALGORITHMS if algorithm not in held]
    candidates = [make(algorithm, vault, active_from=now, now=now) for algorithm in missing]
    if not candidates:
        return []

    async def insert_missing(tx: Session) -> list[StoredKey]:
        await registry.advance(tx)  # takes the row's lock, so that two starting workers take turns
        there = {stored.algorithm for stored in await signing_keys.published(tx, now=now)}
        added = [key for key in candidates if key.algorithm not in there]
        for key in added:
            await signing_keys.insert(tx, key)
        return added

    return await db.transact(insert_missing)


async def publish_next(db: Session, key: StoredKey) -> None:
    """Publish `key`; the one that signs now goes on until the new one's time comes."""
    await signing_keys.insert(db, key)
    await signing_keys.retire_others(
        db,
        key.algorithm,
        kid=key.kid,
        retires_at=key.active_from,
        expires_at=key.active_from + LONGEST_TOKEN_LIFE,
    )
