"""Documents at addresses that other parties name: fetched once for all who wait, kept a while, asked for politely."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from hibana_op.foundation import jose, strict_json
from hibana_op.foundation.clock import Clock
from hibana_op.foundation.jose import KeySet
from hibana_op.foundation.outbound import Fetched, Outbound, OutboundRefused

T = TypeVar("T")

MOST_KEPT = 500
POLITE_SECONDS = 10  # between two fetches of one address that what is kept would not call for
KEYS_FRESH_FOR = 3600
# A server that is down does not take its keys back; but neither do they count for ever.
KEYS_KEPT_FOR = 86400
REQUEST_OBJECTS_FRESH_FOR = 60
METADATA_FRESH_FOR = 3600
METADATA_KEPT_FOR = 86400

JSON_TYPES = "application/json, application/jwk-set+json"
# The registered types, then those that servers give to files whose names tell them nothing.
REQUEST_OBJECT_TYPES = (
    "application/oauth-authz-req+jwt, application/jwt, application/jose, text/plain, application/octet-stream"
)
_NEVER = -(10**10)


@dataclass(slots=True)
class _Kept(Generic[T]):
    """What is known of one address."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    document: T | None = None
    fetched_at: int = _NEVER
    asked_anew_at: int = _NEVER  # because somebody missed something in a document that was fresh
    failed_at: int = _NEVER
    failure: str = ""


class Documents(Generic[T]):
    """Documents of one kind, by address. Each worker has its own; nothing that must be right rests on them."""

    def __init__(
        self, fetch: Callable[[str], Awaitable[T]], clock: Clock, *, fresh_for: int, kept_for: int = 0
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._fresh_for = fresh_for
        self._kept_for = max(fresh_for, kept_for)
        self._kept: OrderedDict[str, _Kept[T]] = OrderedDict()

    async def get(self, address: str, *, fits: Callable[[T], bool] = lambda document: True) -> T:
        """The document; OutboundRefused when there is none.

        One that is fresh but does not fit (a key is missing) is fetched anew at most every POLITE_SECONDS, so
        that nobody can make us storm a stranger. What comes may still not fit.
        """
        kept = self._of(address)
        if (document := self._fresh(kept)) is not None and fits(document):
            return document
        async with kept.turn:
            document = self._fresh(kept)  # somebody may have fetched it while this one waited
            if document is not None:
                if fits(document) or self._is_within(POLITE_SECONDS, kept.asked_anew_at):
                    return document
                kept.asked_anew_at = self._clock.now()
            if not self._is_within(POLITE_SECONDS, kept.failed_at):
                await self._renew(address, kept)
        if kept.document is None:
            raise OutboundRefused(kept.failure)
        return kept.document

    async def _renew(self, address: str, kept: _Kept[T]) -> None:
        try:
            kept.document = await self._fetch(address)
            kept.fetched_at = self._clock.now()
        except OutboundRefused as refused:
            kept.failed_at, kept.failure = self._clock.now(), str(refused)
            if not self._is_within(self._kept_for, kept.fetched_at):
                kept.document = None

    def _fresh(self, kept: _Kept[T]) -> T | None:
        return kept.document if self._is_within(self._fresh_for, kept.fetched_at) else None

    def _is_within(self, seconds: int, moment: int) -> bool:
        return 0 <= self._clock.now() - moment < seconds

    def _of(self, address: str) -> _Kept[T]:
        kept = self._kept.setdefault(address, _Kept())
        self._kept.move_to_end(address)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return kept


def key_sets(outbound: Outbound, clock: Clock, *, plain_here: bool = False) -> Documents[KeySet]:
    """The keys of other parties, by `jwks_uri` (RFC 7517 §5)."""

    async def fetch(address: str) -> KeySet:
        fetched = _found(await outbound.get(address, accept=JSON_TYPES, plain_here=plain_here))
        try:
            return jose.read_key_set(fetched.body)
        except jose.BadKeySet as bad:
            raise OutboundRefused(f"the document is not a set of keys: {bad}") from None

    return Documents(fetch, clock, fresh_for=KEYS_FRESH_FOR, kept_for=KEYS_KEPT_FOR)


def request_objects(outbound: Outbound, clock: Clock) -> Documents[str]:
    """Request objects by `request_uri`; another fragment asks for the document anew (OpenID Connect Core §6.2)."""

    async def fetch(address: str) -> str:
        url = address.partition("#")[0]
        fetched = _found(await outbound.get(url, accept=REQUEST_OBJECT_TYPES, limit=jose.LONGEST_TOKEN))
        try:
            return fetched.body.decode("ascii").strip()
        except UnicodeDecodeError:
            raise OutboundRefused("the document is not a token") from None

    return Documents(fetch, clock, fresh_for=REQUEST_OBJECTS_FRESH_FOR)


def provider_metadata(outbound: Outbound, clock: Clock) -> Documents[dict[str, Any]]:
    """What other providers say of themselves (OpenID Connect Discovery §4), at addresses the administrator named."""

    async def fetch(address: str) -> dict[str, Any]:
        fetched = _found(await outbound.get(address, accept="application/json", plain_here=True))
        try:
            return strict_json.read_object(fetched.body)
        except ValueError:
            raise OutboundRefused("the document is not a JSON object") from None

    return Documents(fetch, clock, fresh_for=METADATA_FRESH_FOR, kept_for=METADATA_KEPT_FOR)


def _found(fetched: Fetched) -> Fetched:
    if fetched.status != 200:
        raise OutboundRefused(f"the server answered {fetched.status}")
    return fetched
