"""`ETag`, `If-Match` and `If-None-Match` (RFC 9110 §13): what a caller saw, held against what there is."""

import hashlib
from dataclasses import replace

import msgspec

from hibana_op.api.operation import Asked, Operation
from hibana_op.api.problems import Problem
from hibana_op.foundation import base64url
from hibana_op.foundation.errors import NotFound
from hibana_op.provider import Provider
from hibana_op.records import row_locks
from hibana_op.storage.conditional import Conditional, Within
from hibana_op.storage.database import Session

IF_MATCH, IF_NONE_MATCH = "if-match", "if-none-match"
encode = msgspec.json.Encoder().encode


def entity_tag(body: bytes) -> str:
    """The ETag of a representation."""
    return f'"{base64url.encode(hashlib.sha256(body).digest()[:18])}"'


def is_known(tag: str, condition: str) -> bool:
    """Whether an `If-None-Match` names a tag (RFC 9110 §13.1.2); it may be weak there."""
    given = {each.strip().removeprefix("W/") for each in condition.split(",")}
    return tag in given or "*" in given


async def only_if(op: Provider, operation: Operation, shown: Operation | None, asked: Asked, wanted: str) -> Provider:
    """A provider whose next change is made only while an `If-Match` is met (RFC 9110 §13.1.1), at every worker.

    It is looked at now, before there is any work, and again in the transaction of the change, with the thing locked.
    """
    if shown is None:
        raise Problem(412, "there is nothing here that If-Match could be held against")
    seen = shown
    await _check(op, seen, asked, wanted)

    async def unchanged(tx: Session) -> None:
        await row_locks.lock(tx, op.db.engine, operation.collection, next(iter(asked.path.values()), ""))
        try:
            await _check(replace(op, db=Within(tx, op.db.engine)), seen, asked, wanted)
        except NotFound:
            raise _changed() from None  # it was there a moment ago

    return replace(op, db=Conditional(op.db, unchanged))


async def _check(op: Provider, shown: Operation, asked: Asked, wanted: str) -> None:
    present = entity_tag(encode(await shown.handler(op, asked.without_body())))
    if wanted.strip() != "*" and present not in [each.strip() for each in wanted.split(",")]:
        raise _changed()


def _changed() -> Problem:
    return Problem(412, "this was changed since it was read: read it again")
