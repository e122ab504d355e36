"""HTTP happens once: a request becomes a Call, a Reply or an error becomes a response (RFC 6749 §5, RFC 6750 §3)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from hibana_op.foundation.errors import InvalidClient, InvalidRequest, InvalidToken, OAuthError
from hibana_op.oauth.call import NO_STORE, Call, Form, Reply, legal, parse
from hibana_op.storage.database import ConstraintBroken
from hibana_op.web import cors
from hibana_op.web.site import Site

_json = msgspec.json.Encoder()

Endpoint = Callable[[Site, Call], Awaitable[Reply]]

FORM_TYPE = "application/x-www-form-urlencoded"


class WrongMediaType(InvalidRequest):
    """The body is not a form."""

    status = 415


class WrongMethod(InvalidRequest):
    """The endpoint does not answer this method."""

    status = 405


def protocol(endpoint: Endpoint, site: Site, *, methods: tuple[str, ...], allow_origins: str) -> ASGIApp:
    """An ASGI application that answers one protocol endpoint in JSON."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        headers = read_headers(scope)
        if scope["method"] == "OPTIONS":
            response = await cors.preflight(site, headers, methods=methods, allow_origins=allow_origins)
        else:
            try:
                call = await read_call(scope, receive, headers, methods=methods)
                reply = await endpoint(site, call)
            except OAuthError as refusal:
                reply = _refused(refusal, headers, methods)
            except ConstraintBroken as broken:
                if broken.kind != "foreign key":
                    raise
                # The client was removed while this worker still remembered it.
                site.op.remembered.forget()
                reply = _refused(InvalidClient("the client is no longer registered"), headers, methods)
            await _send(reply, await cors.headers(site, headers, allow_origins=allow_origins), send)
            return
        await response(scope, receive, send)

    return answer


async def read_call(scope: Scope, receive: Receive, headers: Mapping[str, str], *, methods: tuple[str, ...]) -> Call:
    """The parameters of a request: the query of a GET, the body of a POST, never both."""
    method = "GET" if scope["method"] == "HEAD" else scope["method"]
    if method not in methods:
        raise WrongMethod(f"this endpoint answers {' and '.join(methods)} only")
    query = scope["query_string"]
    if method == "GET":
        form = parse(query)
    else:
        if query:
            raise InvalidRequest("parameters belong into the body of the POST, not into the query")
        form = await read_form(receive, headers)
    return Call(method=method, form=form, headers=headers, origin=scope["hibana"])


async def read_form(receive: Receive, headers: Mapping[str, str]) -> Form:
    """The form in a request's body."""
    body = await read_body(receive)
    if not body:
        return Form()
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        raise WrongMediaType(f"the body must be {FORM_TYPE}")
    return parse(body)


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


async def _send(reply: Reply, more: Mapping[str, str], send: Send) -> None:
    """The answer, in as few steps as there can be: every token passes here."""
    body = reply.body if isinstance(reply.body, bytes) else b"" if reply.body is None else _json.encode(reply.body)
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    headers += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in more.items()]
    headers.append((b"content-length", str(len(body)).encode("latin-1")))
    if reply.body is not None:
        headers.append((b"content-type", reply.content_type.encode("latin-1")))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _refused(refusal: OAuthError, headers: Mapping[str, str], methods: tuple[str, ...]) -> Reply:
    more: dict[str, str] = {**NO_STORE}
    if isinstance(refusal, InvalidClient):
        # RFC 6749 §5.2: whoever tried HTTP authentication is challenged in kind.
        more["WWW-Authenticate"] = f'Basic realm="hibana", error="{refusal.code}"'
    elif isinstance(refusal, InvalidToken) or refusal.code == "insufficient_scope":
        more["WWW-Authenticate"] = _bearer_challenge(refusal, "authorization" in headers)
    elif isinstance(refusal, WrongMethod):
        more["Allow"] = ", ".join((*methods, "OPTIONS"))
    return Reply(body=error_body(refusal), status=refusal.status, headers=more)


def _bearer_challenge(refusal: OAuthError, had_credentials: bool) -> str:
    """RFC 6750 §3.1: without credentials no error code is given."""
    if not had_credentials:
        return 'Bearer realm="hibana"'
    return f'Bearer realm="hibana", error="{refusal.code}", error_description="{legal(refusal.description)}"'


def error_body(refusal: OAuthError) -> dict[str, Any]:
    """The JSON of RFC 6749 §5.2."""
    return {"error": refusal.code, "error_description": legal(refusal.description)}
