"""What every operation goes through: caller, permission, query and body, place, handler, answer or problem."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from hibana_op.api import reading, repeated, unchanged
from hibana_op.api.caller import identify
from hibana_op.api.operation import ROOT, SIGNED_IN, Asked, Operation, Page, Streamed, Waiting
from hibana_op.api.places import ask_for_unit
from hibana_op.api.problems import MEDIA_TYPE, NO_STORE, Problem, meaning, members
from hibana_op.api.unchanged import IF_MATCH, IF_NONE_MATCH, encode, entity_tag
from hibana_op.foundation.errors import Forbidden, NotFound, OAuthError
from hibana_op.oauth.call import Reply
from hibana_op.provider import Provider
from hibana_op.records import administrators
from hibana_op.storage.conditional import Conditional, Within
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import Actor, Where, may, reaches
from hibana_op.web import refusals
from hibana_op.web.http import bearer_challenge, read_headers, send_reply
from hibana_op.web.site import Site

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
        methods = ", ".join(by_method)
        raise Problem(405, f"this address answers {methods} only", headers={"Allow": methods})
    op = site.op
    caller = await identify(op, headers, scope["hibana"])
    if operation.is_own is None:
        _check_holds(caller.actor, operation.permission)
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
            allowed = _while_allowed(op, operation, asked)
            return _answered(op, operation, by_method, await operation.handler(allowed, asked))

        return await repeated.once(op, key, request, once)
    wanted = headers.get(IF_MATCH)
    if wanted is not None and method != "GET":
        op = await unchanged.only_if(op, operation, by_method.get("GET"), asked, wanted)
    result = await operation.handler(op if method == "GET" else _while_allowed(op, operation, asked), asked)
    if isinstance(result, Streamed):
        return result
    reply = _answered(op, operation, by_method, result)
    return _or_unchanged(reply, headers.get(IF_NONE_MATCH)) if method == "GET" else reply


def _or_unchanged(reply: Reply, known: str | None) -> Reply:
    """The same, or that the caller has it already (RFC 9110 §15.4.5)."""
    tag = reply.headers.get("ETag")
    if tag is None or known is None or not unchanged.is_known(tag, known):
        return reply
    return Reply(status=304, headers=reply.headers)


def holds(actor: Actor, permission: str) -> bool:
    """Whether somebody holds a permission in any place at all; who does not learns nothing about what there is."""
    if permission == SIGNED_IN:
        return True
    places = {Where(tenant_id=granted.tenant_id, unit_path=granted.unit_path) for granted in actor.granted}
    return any(may(actor, permission, where) for where in (*places, Where(tenant_id=actor.tenant_id)))


def _check_holds(actor: Actor, permission: str) -> None:
    if not holds(actor, permission):
        raise Forbidden(permission)


def _while_allowed(op: Provider, operation: Operation, asked: Asked) -> Provider:
    """A provider whose next change is made only while the caller may still do it: a right may be lost meanwhile."""

    async def still_allowed(tx: Session) -> None:
        await administrators.hold(tx, asked.actor.user_id)  # who takes away what somebody holds, holds them, too
        actor = await actors.renewed(tx, asked.actor, now=op.now())
        within = replace(op, db=Within(tx, op.db.engine))
        await _check_place(within, operation, replace(asked, caller=replace(asked.caller, actor=actor)))

    return replace(op, db=Conditional(op.db, still_allowed))


async def _check_place(op: Provider, operation: Operation, asked: Asked) -> None:
    """Whoever may not act in the place of a thing is told that there is no such thing."""
    if operation.permission == SIGNED_IN or (operation.is_own and await operation.is_own(op, asked)):
        return
    _check_holds(asked.actor, operation.permission)
    where = await operation.where(op, asked)
    if may(asked.actor, operation.permission, where):
        return
    if asked.path or (where.tenant_id is not None and not reaches(asked.actor, where.tenant_id)):
        raise NotFound(operation.path)
    ask_for_unit(operation, asked, where)
    raise Forbidden(operation.permission)


def _answered(op: Provider, operation: Operation, by_method: Mapping[str, Operation], result: Any) -> Reply:
    if result is None:
        return Reply(status=204)
    if isinstance(result, Page):
        return Reply(body=encode({"items": result.items, "next_cursor": result.next_cursor}))
    if isinstance(result, Waiting):
        return Reply(body=encode(result.told), status=202, headers={"Location": op.issuer + ROOT + result.path})
    body = encode(result)
    headers = {}
    shown = by_method.get("GET")
    if shown is not None and shown.gives is operation.gives and not shown.is_list:
        headers["ETag"] = entity_tag(body)
    if operation.status in (201, 202):
        place = operation.location or f"{operation.path}/{{id}}"
        headers["Location"] = op.issuer + ROOT + place.format_map(msgspec.structs.asdict(result))
    return Reply(body=body, status=operation.status, headers=headers)


def _refused(problem: Problem, failure: Exception, headers: Mapping[str, str], trace_id: str) -> Reply:
    more = dict(problem.headers)
    if isinstance(failure, OAuthError) and failure.code in ("invalid_token", "insufficient_scope"):
        more["WWW-Authenticate"] = bearer_challenge(failure, "authorization" in headers)
    return Reply(body=encode(members(problem, trace_id)), status=problem.status, headers=more, content_type=MEDIA_TYPE)


async def _stream(answer: Streamed, send: Send) -> None:
    headers = [(b"content-type", answer.content_type.encode("ascii")), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    async for part in answer.parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
