"""The keys that sign, verify and decrypt: read from the database, opened with the vault, chosen by the clock."""

import asyncio
import json
from collections.abc import Iterable
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
# Others may encrypt to a new key as soon as they see it, so it is shown when every worker must have read it.
OPENED_AHEAD = 5
# No token that we sign lives longer, so a key that stopped signing is kept this long.
LONGEST_TOKEN_LIFE = 86400
MOST_VERIFIED = 4096


@dataclass(frozen=True, slots=True)
class Keyring:
    """The published keys, each with the record that says when its time is."""

    keys: tuple[tuple[StoredKey, jose.SigningKey], ...]
    decryption_keys: tuple[tuple[StoredKey, jose.DecryptionKey], ...] = ()
    _verified: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict, compare=False, repr=False)

    def signing(self, algorithm: str, now: int) -> jose.SigningKey:
        """The key that signs with an algorithm now: the latest of those whose time has come."""
        for stored, key in reversed(self.keys):
            if stored.algorithm == algorithm and stored.state(now) == "current":
                return key
        raise LookupError(f"there is no current {algorithm} signing key; run `hibana keys rotate --alg {algorithm}`")

    def verifying(self, now: int) -> list[jose.SigningKey]:
        """The keys whose signatures count now."""
        return [key for stored, key in self.keys if _counts(stored, now)]

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

    def decrypt(self, token: str, now: int) -> bytes:
        """What a token holds that somebody encrypted to one of our keys; jose.BadToken otherwise."""
        return jose.decrypt(token, [key for stored, key in self.decryption_keys if _counts(stored, now)])

    def jwks(self, now: int) -> bytes:
        """The public document of RFC 7517 §5.

        A key to encrypt to leaves it as soon as another has its place, and opens what was under way for as long
        as any key stays (OpenID Connect Core §10.2.1).
        """
        encrypting = [key for stored, key in self.decryption_keys if stored.state(now) == "current"]
        return jose.public_jwks([*self.verifying(now), *encrypting])

    def algorithms(self) -> tuple[str, ...]:
        """The signature algorithms there are keys for, in the order of our table."""
        held = {stored.algorithm for stored, _ in self.keys}
        return tuple(algorithm for algorithm in jose.SIGNING_ALGORITHMS if algorithm in held)


def sealed_name(kid: str) -> str:
    """What binds a sealed private key to its row."""
    return f"signing_keys:private_sealed:{kid}"


async def load(db: Session, vault: Vault, *, now: int) -> Keyring:
    """Read and open the published keys."""
    signing, decrypting = [], []
    for stored in await signing_keys.published(db, now=now):
        private = vault.open(stored.private_sealed, sealed_name(stored.kid))
        parts = stored.kid, stored.algorithm, private, json.loads(stored.public_jwk)
        if stored.algorithm in jose.OWN_ENCRYPTION_KEYS:
            decrypting.append((stored, jose.load_decryption(*parts)))
        else:
            signing.append((stored, jose.load(*parts)))
    return Keyring(tuple(signing), tuple(decrypting))


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


def published_ahead(algorithm: str) -> int:
    """How long before its time the next key of an algorithm is published."""
    return OPENED_AHEAD if algorithm in jose.OWN_ENCRYPTION_KEYS else PUBLISHED_AHEAD


async def ensure_keys(db: Database, vault: Vault, *, now: int) -> list[StoredKey]:
    """Make what a deployment needs from its first start, once, however many workers start together."""
    return await _ensure(db, vault, (*jose.INITIAL_ALGORITHMS, *jose.OWN_ENCRYPTION_KEYS), now=now)


async def ensure_key(db: Database, vault: Vault, algorithm: str, *, now: int) -> StoredKey | None:
    """Make a key of an algorithm that has none, as when the first client asks for it; None when there is one.

    Every worker reads it within a second; the one that made it forgets what it remembers to read it at once.
    """
    made = await _ensure(db, vault, (algorithm,), now=now)
    return made[0] if made else None


async def _ensure(db: Database, vault: Vault, algorithms: Iterable[str], *, now: int) -> list[StoredKey]:
    held = await _usable(db, now=now)
    candidates = await asyncio.gather(
        *(
            asyncio.to_thread(make, algorithm, vault, active_from=now, now=now)
            for algorithm in algorithms
            if algorithm not in held
        )
    )
    if not candidates:
        return []

    async def insert_missing(tx: Session) -> list[StoredKey]:
        await registry.advance(tx)  # takes the row's lock, so that two workers take turns
        there = await _usable(tx, now=now)
        added = [key for key in candidates if key.algorithm not in there]
        for key in added:
            await signing_keys.insert(tx, key)
        return added

    return await db.transact(insert_missing)


async def _usable(db: Session, *, now: int) -> set[str]:
    """The algorithms that have a key whose time is now."""
    return {stored.algorithm for stored in await signing_keys.published(db, now=now) if stored.state(now) == "current"}


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


def _counts(stored: StoredKey, now: int) -> bool:
    return stored.expires_at is None or stored.expires_at > now
