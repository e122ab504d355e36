"""HTTP happens once: a request becomes a Call, a Reply or an error becomes a response (RFC 6749 §5, RFC 6750 §3)."""

from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from hibana_op.foundation import strict_json
from hibana_op.foundation.errors import InvalidClient, InvalidRequest, InvalidToken, OAuthError, TooManyRequests
from hibana_op.foundation.explanation import Explanation
from hibana_op.oauth.call import NO_STORE, Call, Form, Reply, legal, parse
from hibana_op.storage.database import ConstraintBroken
from hibana_op.web import cors, parts, refusals
from hibana_op.web.site import Site

_json = msgspec.json.Encoder()

Endpoint = Callable[[Site, Call], Awaitable[Reply]]

FORM_TYPE = "application/x-www-form-urlencoded"
JSON_TYPE = "application/json"


class WrongMediaType(InvalidRequest):
    """The body is of another kind."""

    status = 415


class WrongMethod(InvalidRequest):
    """The endpoint does not answer this method."""

    status = 405


def protocol(
    endpoint: Endpoint, site: Site, *, methods: tuple[str, ...], allow_origins: str, takes: str = FORM_TYPE
) -> ASGIApp:
    """An ASGI application that answers one protocol endpoint in JSON; `takes` is the media type of bodies."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        headers = read_headers(scope)
        if scope["method"] == "OPTIONS":
            response = await cors.preflight(site, headers, methods=methods, allow_origins=allow_origins)
        else:
            try:
                call = await read_call(scope, receive, headers, methods=methods, takes=takes)
                reply = await endpoint(site, call)
            except Exception as failure:
                refusal = _meaning(site, failure)
                refusals.note(site, scope, refusal or failure)
                if refusal is None:
                    raise
                reply = _refused(refusal, headers, methods)
            await send_reply(reply, await cors.headers(site, headers, allow_origins=allow_origins), send)
            return
        await response(scope, receive, send)

    return answer


async def read_call(
    scope: Scope,
    receive: Receive,
    headers: Mapping[str, str],
    *,
    methods: tuple[str, ...],
    takes: str = FORM_TYPE,
    may_be_empty: bool = False,
) -> Call:
    """The parameters of a request: the query of a GET or DELETE, the body of any other, never both.

    `may_be_empty`: no body at all stands for an empty object.
    """
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    if method not in methods:
        because = Explanation("method_wrong", methods, scope["method"])
        raise WrongMethod(f"this endpoint answers {' and '.join(methods)} only", because=because)
    query = scope["query_string"]
    form = Form()
    document: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    if method in ("GET", "DELETE"):
        form = parse(query)
    else:
        if query:
            because = Explanation("parameters_in_query")
            raise InvalidRequest("parameters belong into the body of the POST, not into the query", because=because)
        if takes == JSON_TYPE:
            document = await read_document(scope, receive, headers, may_be_empty=may_be_empty)
        elif takes == parts.MEDIA_TYPE and media_type(headers) == takes:
            form, files = parts.read(headers["content-type"], await read_body(receive))
        else:
            form = await read_form(scope, receive, headers)
    return Call(
        method=method,
        form=form,
        document=document,
        files=files,
        path=scope.get("path_params", {}),
        headers=headers,
        origin=scope["hibana"],
    )


async def read_form(scope: Scope, receive: Receive, headers: Mapping[str, str]) -> Form:
    """The form in a request's body, which stays in the scope for whoever explains a refusal."""
    body = scope[refusals.BODY] = await read_body(receive)
    if not body:
        return Form()
    _check_type(headers, FORM_TYPE)
    return parse(body)


async def read_document(
    scope: Scope, receive: Receive, headers: Mapping[str, str], *, may_be_empty: bool = False
) -> dict[str, Any]:
    """The JSON object in a request's body."""
    body = scope[refusals.BODY] = await read_body(receive)
    if may_be_empty and not body:
        return {}
    _check_type(headers, JSON_TYPE)
    try:
        return strict_json.read_object(body)
    except ValueError as fault:
        because = Explanation("json_malformed", sent=str(fault))
        raise InvalidRequest(f"the body cannot be read as a JSON object: {fault}", because=because) from None


def _check_type(headers: Mapping[str, str], wanted: str) -> None:
    if media_type(headers) != wanted:
        because = Explanation("media_type_wrong", (wanted,), headers.get("content-type"))
        raise WrongMediaType(f"the body must be {wanted}", because=because)


def media_type(headers: Mapping[str, str]) -> str:
    """What kind of body a request says that it has."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_body(receive: Receive) -> bytes:
    """The whole body; the edge has bounded it."""
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect  # half a form must not be taken for a whole one
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


def read_headers(scope: Scope) -> dict[str, str]:
    """Headers by lower-case name; of a repeated one the first counts, a repeated credential never does."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1")
        if key in found and key == "authorization":
            found[key] = ""
        elif key == "cookie" and key in found:
            found[key] += "; " + value.decode("latin-1")
        else:
            found.setdefault(key, value.decode("latin-1"))
    return found


async def send_reply(reply: Reply, more: Mapping[str, str], send: Send) -> None:
    """The answer, in as few steps as there can be: every token passes here."""
    body = reply.body if isinstance(reply.body, bytes) else b"" if reply.body is None else _json.encode(reply.body)
    headers = [_pair(name, value) for name, value in reply.headers.items()]
    headers += [_pair(name, value) for name, value in more.items()]
    if reply.status not in (204, 304):  # which have none (RFC 9110 §8.6)
        headers.append((b"content-length", str(len(body)).encode("latin-1")))
    if reply.body is not None:
        headers.append((b"content-type", reply.content_type.encode("latin-1")))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=256)
def _pair(name: str, value: str) -> tuple[bytes, bytes]:
    """A header as it is sent; nearly all answers have the same few."""
    return name.lower().encode("latin-1"), value.encode("latin-1")


def _meaning(site: Site, failure: Exception) -> OAuthError | None:
    """The refusal that a failure stands for, if it stands for one."""
    if isinstance(failure, OAuthError):
        return failure
    if isinstance(failure, ConstraintBroken) and failure.kind == "foreign key":
        # The client was removed while this worker still remembered it.
        site.op.remembered.forget()
        return InvalidClient("the client is no longer registered")
    return None


def _refused(refusal: OAuthError, headers: Mapping[str, str], methods: tuple[str, ...]) -> Reply:
    more: dict[str, str] = {**NO_STORE}
    if isinstance(refusal, InvalidClient):
        # RFC 6749 §5.2: whoever tried HTTP authentication is challenged in kind.
        more["WWW-Authenticate"] = f'Basic realm="hibana", error="{refusal.code}"'
    elif isinstance(refusal, InvalidToken) or refusal.code == "insufficient_scope":
        more["WWW-Authenticate"] = bearer_challenge(refusal, "authorization" in headers)
    elif isinstance(refusal, TooManyRequests):
        more["Retry-After"] = str(refusal.retry_after)
    elif isinstance(refusal, WrongMethod):
        more["Allow"] = ", ".join((*methods, "OPTIONS"))
    return Reply(body=error_body(refusal), status=refusal.status, headers=more)


def bearer_challenge(refusal: OAuthError, had_credentials: bool) -> str:
    """RFC 6750 §3.1: without credentials no error code is given."""
    if not had_credentials:
        return 'Bearer realm="hibana"'
    return f'Bearer realm="hibana", error="{refusal.code}", error_description="{legal(refusal.description)}"'


def error_body(refusal: OAuthError) -> dict[str, Any]:
    """The JSON of RFC 6749 §5.2."""
    return {"error": refusal.code, "error_description": legal(refusal.description)}
