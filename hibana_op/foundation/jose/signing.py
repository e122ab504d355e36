"""Our own signed tokens: JWS in the compact form (RFC 7515 §7.1), made and taken back."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature

from hibana_op.foundation import base64url
from hibana_op.foundation.jose.algorithms import ALGORITHMS, rules_of
from hibana_op.foundation.jose.header import LONGEST_TOKEN, BadToken, decoded
from hibana_op.foundation.jose.own_keys import SigningKey

# What a thread signs with, and where the signature goes.
_Job = tuple[Callable[[Any, bytes], bytes], Any, bytes, "asyncio.Future[bytes]"]


class Signer:
    """Signs tokens without holding up the event loop.

    RSA releases the GIL while it computes, so the threads really run beside the loop. They take their work from one
    bare queue: an executor's bookkeeping for each signature cost a fifth of the signature.
    """

    def __init__(self, *, threads: int = 2) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._threads = [Thread(target=self._work, name=f"hibana-signer-{n}", daemon=True) for n in range(threads)]
        self._is_running = self._is_closed = False

    async def sign(self, key: SigningKey, claims: Mapping[str, object], *, typ: str) -> str:
        """The compact JWS of some claims, RFC 7515 §7.1."""
        signing_input = f"{key.header(typ)}.{base64url.encode(msgspec.json.encode(claims))}"
        rules = ALGORITHMS[key.algorithm]
        if rules.is_slow:
            signature = await self._elsewhere(rules.sign, key.private, signing_input.encode())
        else:
            signature = rules.sign(key.private, signing_input.encode())
        return f"{signing_input}.{base64url.encode(signature)}"

    def close(self) -> None:
        """Sign what is under way and end the threads."""
        self._is_closed = True
        if self._is_running:
            for _ in self._threads:
                self._jobs.put(None)
            for thread in self._threads:
                thread.join()

    def _elsewhere(self, sign: Callable[[Any, bytes], bytes], private: Any, message: bytes) -> "asyncio.Future[bytes]":
        if self._is_closed:
            raise RuntimeError("the signer is closed")
        if not self._is_running:  # the command line signs nothing, and starts no threads
            self._is_running = True
            for thread in self._threads:
                thread.start()
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._jobs.put((sign, private, message, future))
        return future

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            sign, private, message, future = job
            signature, failure = b"", None
            try:
                signature = sign(private, message)
            except Exception as error:
                failure = error
            with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
                future.get_loop().call_soon_threadsafe(_settle, future, signature, failure)


def _settle(future: "asyncio.Future[bytes]", signature: bytes, failure: Exception | None) -> None:
    if future.done():  # who waited has given up
        return
    if failure is None:
        future.set_result(signature)
    else:
        future.set_exception(failure)


def verify(token: str, keys: Sequence[SigningKey], *, typ: str) -> dict[str, Any]:
    """The claims of a token that one of our own keys signed as this type; time and audience are the caller's.

    A header is never parsed: it must be, byte for byte, one that we write ourselves. So there is nothing in it
    to believe: no `alg` to choose, no `jwk`, `jku` or `x5u` to follow, no `crit`, `b64` or `zip` to obey, and
    no `kid` that could be anything but a key we hold.
    """
    if len(token) > LONGEST_TOKEN:
        raise BadToken("longer than any token of ours")
    header, *others = token.split(".", 3)
    if len(others) != 2:
        raise BadToken("not three segments")
    key = next((key for key in keys if key.header(typ) == header), None)
    if key is None:
        raise BadToken(f"its header is none of ours for {typ}")
    payload, signature = (decoded(segment) for segment in others)
    signing_input = token.rpartition(".")[0].encode("ascii")
    try:
        ALGORITHMS[key.algorithm].verify(key.public, signature, signing_input)
    except InvalidSignature:
        raise BadToken("its signature does not fit") from None
    try:
        return msgspec.json.decode(payload, type=dict[str, Any])
    except (ValueError, RecursionError):
        raise BadToken("its payload is not a JSON object") from None


def half_hash(algorithm: str, value: str) -> str:
    """The at_hash or c_hash of a value, OpenID Connect Core §3.1.3.6 and §3.3.2.11."""
    digest = hashlib.new(rules_of(algorithm).digest, value.encode("ascii")).digest()
    return base64url.encode(digest[: len(digest) // 2])
