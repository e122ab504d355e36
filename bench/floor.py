"""The least that an ASGI server can do: the floor under every HTTP answer."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

_HEADERS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
]
_FOUND = b'{"answer":"the least that can be said"}'
_TOKEN = b'{"access_token":"' + b"a" * 700 + b'","token_type":"Bearer","expires_in":600}'


async def app(
    scope: Mapping[str, Any],
    receive: Callable[[], Awaitable[Mapping[str, Any]]],
    send: Callable[[Mapping[str, Any]], Awaitable[None]],
) -> None:
    """A GET gets a few bytes, a POST has its form read and gets as much as a token answer has."""
    if scope["type"] != "http":
        return
    content = _FOUND
    if scope["method"] == "POST":
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        form = dict(parse_qsl(body, strict_parsing=True))
        content = _TOKEN if b"grant_type" in form else b"{}"
    headers = [*_HEADERS, (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})
