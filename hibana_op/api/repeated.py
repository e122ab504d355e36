"""`Idempotency-Key`: a request that makes something is done once, however often it is sent."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hibana_op.api.operation import Caller
from hibana_op.api.problems import Problem
from hibana_op.foundation.secrets import digest
from hibana_op.foundation.vault import Unsealable
from hibana_op.oauth.call import Reply
from hibana_op.provider import Provider
from hibana_op.records import idempotency_keys
from hibana_op.records.idempotency_keys import Repeatable

KEPT_FOR = 86400
UNDER_WAY_FOR = 60  # a server that died in between holds a key no longer than this
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What makes two requests the same."""

    caller: Caller
    method: str
    path: str
    body: bytes


async def once(op: Provider, key: str, request: Request, act: Callable[[], Awaitable[Reply]]) -> Reply:
    """The answer of `act`, or the one that was given when the same request came before under this key."""
    if not _KEY.fullmatch(key):
        raise Problem(400, "Idempotency-Key must be 1 to 255 visible ASCII characters")
    key_hash = digest("\0".join((request.caller.identity, request.method, request.path, key)))
    request_hash = digest(request.body.hex())
    now = op.now()
    began = await op.db.transact(
        lambda tx: idempotency_keys.begin(tx, key_hash, request_hash=request_hash, until=now + UNDER_WAY_FOR, now=now)
    )
    if not began:
        return await _given_before(op, key_hash, request_hash)
    try:
        reply = await act()
    except BaseException:
        await op.db.transact(lambda tx: idempotency_keys.give_up(tx, key_hash))
        raise
    body = reply.body if isinstance(reply.body, bytes) else b""
    answered = Repeatable(
        key_hash=key_hash,
        request_hash=request_hash,
        status=reply.status,
        location=reply.headers.get("Location"),
        body_sealed=op.vault.seal(body, idempotency_keys.sealed_name(key_hash)),
        expires_at=now + KEPT_FOR,
    )
    await op.db.transact(lambda tx: idempotency_keys.finish(tx, answered))
    return reply


async def _given_before(op: Provider, key_hash: str, request_hash: str) -> Reply:
    kept = await idempotency_keys.find(op.db, key_hash, now=op.now())
    if kept is not None and kept.request_hash != request_hash:
        raise Problem(422, "this Idempotency-Key was used for another request")
    if kept is None or kept.status is None:
        raise Problem(409, "a request with this Idempotency-Key is under way: ask again in a moment")
    try:
        body = op.vault.open(kept.body_sealed or "", idempotency_keys.sealed_name(key_hash))
    except Unsealable:
        raise Problem(409, "the answer to this Idempotency-Key cannot be given again") from None
    headers = {"Location": kept.location} if kept.location else {}
    return Reply(status=kept.status, headers=headers, body=body or None)
