"""Password hashes: Argon2id (RFC 9106) on its own few threads, with a queue that ends."""

import asyncio
import hashlib
import secrets
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import ARGON2_VERSION, hash_secret_raw

from hibana_op.foundation import base64url, foreign_hashes
from hibana_op.foundation.errors import Busy

T = TypeVar("T")

# Longer than any pass phrase, short enough that normalising and hashing it cost nothing extra.
LONGEST_PASSWORD = 1024
_HASH_BYTES = 32
_SALT_BYTES = 16


class Passwords:
    """Hashes and verifies passwords, each brought to Unicode NFC first so that every keyboard agrees."""

    def __init__(self, *, workers: int = 2, waiting: int = 64, cheap: bool = False) -> None:
        memory, passes = (8, 1) if cheap else (19_456, 2)  # KiB; the least that OWASP recommends
        self._memory, self._passes = memory, passes
        self._hasher = PasswordHasher(passes, memory, 1, _HASH_BYTES, _SALT_BYTES, type=Type.ID)
        self._nobody = _hash_of_nothing(memory, passes)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="hibana-passwords")
        self._most = workers + waiting
        self._held = 0
        self._lock = threading.Lock()

    async def hash(self, password: str) -> str:
        """The PHC string to keep for a password; Busy when too many wait."""
        if len(password) > LONGEST_PASSWORD:
            raise ValueError(f"a password has at most {LONGEST_PASSWORD} characters")
        return await self.apart(lambda: self._hasher.hash(_bytes(password)))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether a password fits what is stored; without anything stored it takes as long and says no."""
        return await self.apart(lambda: self._verify(stored, password))

    async def fingerprint(self, text: str, *, salt: str) -> str:
        """A hash as dear as a password's, and always the same: for a code of a person that is looked up by it."""
        return await self.apart(lambda: self._fingerprint(text, salt))

    def needs_rehash(self, stored: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        try:
            return self._hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return True

    def close(self) -> None:
        """End the threads; what still waits is given up."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _verify(self, stored: str | None, password: str) -> bool:
        if len(password) > LONGEST_PASSWORD:  # no such password was ever hashed; answer at the usual pace
            stored, password = None, ""
        if stored is not None:
            try:
                return self._hasher.verify(stored, _bytes(password))
            except VerifyMismatchError:
                return False
            except InvalidHashError:
                with suppress(foreign_hashes.Unreadable):
                    return foreign_hashes.read(stored).fits(_bytes(password))
            except (VerificationError, ValueError):
                pass  # cannot be compared with: go on to nobody's and take as long as for any other
        with suppress(VerifyMismatchError):
            self._hasher.verify(self._nobody, _bytes(password))
        return False

    def _fingerprint(self, text: str, salt: str) -> str:
        of_salt = hashlib.sha256(salt.encode()).digest()[:_SALT_BYTES]
        raw = hash_secret_raw(
            _bytes(text), of_salt, self._passes, self._memory, 1, _HASH_BYTES, Type.ID, ARGON2_VERSION
        )
        return base64url.encode(raw)

    async def apart(self, work: Callable[[], T]) -> T:
        """Do something that takes long on the threads for it; Busy when too many wait."""
        with self._lock:
            if self._held >= self._most:
                raise Busy("too many passwords are being checked")
            self._held += 1
        future = self._pool.submit(work)
        # A place is free when the work is done, not when its caller has gone away.
        future.add_done_callback(self._leave)
        return await asyncio.wrap_future(future)

    def _leave(self, _: Future[Any]) -> None:
        with self._lock:
            self._held -= 1


def _bytes(password: str) -> bytes:
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _hash_of_nothing(memory: int, passes: int) -> str:
    """A hash that no password has: random where a real one is computed, and as dear to compare with."""
    salt, value = (
        base64url.encode(secrets.token_bytes(size)).translate({45: "+", 95: "/"}) for size in (_SALT_BYTES, _HASH_BYTES)
    )
    return f"$argon2id$v=19$m={memory},t={passes},p=1${salt}${value}"
