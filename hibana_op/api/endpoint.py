"""What every operation goes through: caller, permission, query and body, place, handler, answer or problem."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from hibana_op.api import reading, repeated
from hibana_op.api.caller import identify
from hibana_op.api.operation import ROOT, SIGNED_IN, Asked, Operation, Page, Streamed, Waiting
from hibana_op.api.problems import MEDIA_TYPE, NO_STORE, Problem, meaning, members
from hibana_op.foundation import base64url
from hibana_op.foundation.errors import Forbidden, NotFound, OAuthError
from hibana_op.oauth.call import Reply
from hibana_op.provider import Provider
from hibana_op.tenancy.access import Actor, Where, may, reaches
from hibana_op.web import refusals
from hibana_op.web.http import bearer_challenge, read_headers, send_reply
from hibana_op.web.site import Site

_encode = msgspec.json.Encoder().encode
IDEMPOTENCY_KEY = "idempotency-key"


def endpoint(operations: Sequence[Operation], site: Site) -> ASGIApp:
    """An ASGI application that answers everything at one path."""
    by_method: dict[str, Operation] = {operation.method: operation for operation in operations}

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        headers = read_headers(scope)
        try:
            answered = await _answer(by_method, site, scope, receive, headers)
        except Exception as failure:
            problem = meaning(failure)
            if problem is None or isinstance(failure, OAuthError):
                refusals.note(site, scope, failure)
            if problem is None:
                raise
            answered = _refused(problem, failure, headers, scope["hibana"].trace_id)
        if isinstance(answered, Streamed):
            await _stream(answered, send)
        else:
            await send_reply(answered, NO_STORE, send)

    return answer


async def _answer(
    by_method: Mapping[str, Operation], site: Site, scope: Scope, receive: Receive, headers: Mapping[str, str]
) -> Reply | Streamed:
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    operation = by_method.get(method)
    if operation is None:
        allowed = ", ".join(by_method)
        raise Problem(405, f"this address answers {allowed} only", headers={"Allow": allowed})
    op = site.op
    caller = await identify(op, headers, scope["hibana"])
    if not holds(caller.actor, operation.permission):
        raise Forbidden(operation.permission)
    body, raw = await reading.read_body_of(scope, receive, headers, method=method, shape=operation.takes)
    asked = Asked(
        caller=caller,
        origin=replace(scope["hibana"], user_id=caller.actor.user_id, client_id=caller.actor.client_id),
        path={name: str(value) for name, value in scope.get("path_params", {}).items()},
        query=reading.read_query(scope, operation.query),
        body=body,
    )
    await _check_place(op, operation, asked)
    key = headers.get(IDEMPOTENCY_KEY)
    if key is not None and method == "POST":
        request = repeated.Request(caller=caller, method=method, path=scope["path"], body=raw)

        async def once() -> Reply:
            return _answered(op, operation, by_method, await operation.handler(op, asked))

        return await repeated.once(op, key, request, once)
    wanted = headers.get("if-match")
    if wanted is None or method == "GET":
        result = await operation.handler(op, asked)
        return result if isinstance(result, Streamed) else _answered(op, operation, by_method, result)
    async with op.turns.of(f"api {scope['path']}"):
        await _check_unchanged(op, by_method.get("GET"), asked, wanted)
        return _answered(op, operation, by_method, await operation.handler(op, asked))


def holds(actor: Actor, permission: str) -> bool:
    """Whether somebody holds a permission in any place at all; who does not learns nothing about what there is."""
    if permission == SIGNED_IN:
        return True
    places = {Where(tenant_id=granted.tenant_id, unit_path=granted.unit_path) for granted in actor.granted}
    return any(may(actor, permission, where) for where in (*places, Where(tenant_id=actor.tenant_id)))


async def _check_place(op: Provider, operation: Operation, asked: Asked) -> None:
    """Whoever may not act in the place of a thing is told that there is no such thing."""
    if operation.permission == SIGNED_IN:
        return
    where = await operation.where(op, asked)
    if may(asked.actor, operation.permission, where):
        return
    if asked.path or (where.tenant_id is not None and not reaches(asked.actor, where.tenant_id)):
        raise NotFound(operation.path)
    raise Forbidden(operation.permission)


async def _check_unchanged(op: Provider, shown: Operation | None, asked: Asked, wanted: str) -> None:
    """If-Match (RFC 9110 §13.1.1): what the caller saw is what there is."""
    if shown is None:
        raise Problem(412, "there is nothing here that If-Match could be held against")
    present = entity_tag(_encode(await shown.handler(op, asked.without_body())))
    if wanted.strip() != "*" and present not in [each.strip() for each in wanted.split(",")]:
        raise Problem(412, "this was changed since it was read: read it again")


def _answered(op: Provider, operation: Operation, by_method: Mapping[str, Operation], result: Any) -> Reply:
    if result is None:
        return Reply(status=204)
    if isinstance(result, Page):
        return Reply(body=_encode({"items": result.items, "next_cursor": result.next_cursor}))
    if isinstance(result, Waiting):
        return Reply(body=_encode(result.told), status=202, headers={"Location": op.issuer + ROOT + result.path})
    body = _encode(result)
    headers = {}
    shown = by_method.get("GET")
    if shown is not None and shown.gives is operation.gives and not shown.is_list:
        headers["ETag"] = entity_tag(body)
    if operation.status in (201, 202):
        place = operation.location or f"{operation.path}/{{id}}"
        headers["Location"] = op.issuer + ROOT + place.format_map(msgspec.structs.asdict(result))
    return Reply(body=body, status=operation.status, headers=headers)


def entity_tag(body: bytes) -> str:
    """The ETag of a representation."""
    return f'"{base64url.encode(hashlib.sha256(body).digest()[:18])}"'


def _refused(problem: Problem, failure: Exception, headers: Mapping[str, str], trace_id: str) -> Reply:
    more = dict(problem.headers)
    if isinstance(failure, OAuthError) and failure.code in ("invalid_token", "insufficient_scope"):
        more["WWW-Authenticate"] = bearer_challenge(failure, "authorization" in headers)
    return Reply(body=_encode(members(problem, trace_id)), status=problem.status, headers=more, content_type=MEDIA_TYPE)


async def _stream(answer: Streamed, send: Send) -> None:
    headers = [(b"content-type", answer.content_type.encode("ascii")), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    async for part in answer.parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
