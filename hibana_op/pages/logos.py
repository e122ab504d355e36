"""The logos of apps at our own address: the app's server never learns who is about to sign in to it.

Only an address that a registered client names is ever fetched, and only a picture that a browser cannot run is
handed on; SVG is not.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from hibana_op.foundation import secrets
from hibana_op.foundation.outbound import OutboundRefused
from hibana_op.provider import Provider
from hibana_op.records.clients import Client

PATH = "/app-logo/{client_id}/{fingerprint}"
LARGEST = 256 * 1024
FRESH_FOR = 86_400.0  # seconds, here and in browsers
MOST_KEPT = 64

# How each kind of picture begins, whatever its server calls it.
_BEGINNINGS = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
_HEADERS = {
    "Cache-Control": f"public, max-age={int(FRESH_FOR)}",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class _Picture:
    content: bytes
    media_type: str
    fresh_until: float


def path_of(client: Client, logo_uri: str | None) -> str | None:
    """Where we show a logo that rests at a server of the app; a new address of it is a new path of ours."""
    if logo_uri is None or not logo_uri.startswith("https:"):
        return None
    return PATH.format(client_id=client.client_id, fingerprint=_fingerprint(logo_uri))


def _fingerprint(uri: str) -> str:
    return secrets.digest(uri)[:16]


class Logos:
    """Fetches each logo once a day at most, and keeps a few."""

    def __init__(self, op: Provider) -> None:
        self._op = op
        self._kept: OrderedDict[str, _Picture] = OrderedDict()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def show(self, request: Request) -> Response:
        """Answer PATH; whatever stands in the way of a picture, there is none."""
        client = await self._op.remembered.client(request.path_params["client_id"])
        asked = request.path_params["fingerprint"]
        uri = next((each for each in _logos_of(client) if _fingerprint(each) == asked), None) if client else None
        picture = await self._picture(uri) if uri else None
        if picture is None:
            headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
            return PlainTextResponse("Not found\n", status_code=404, headers=headers)
        return Response(picture.content, headers={**_HEADERS, "Content-Type": picture.media_type})

    async def _picture(self, uri: str) -> _Picture | None:
        turn = self._turns.get(uri)
        if turn is None:
            turn = self._turns[uri] = asyncio.Lock()
        async with turn:  # a crowd in front of a new logo fetches it once
            kept = self._kept.get(uri)
            if kept is not None and kept.fresh_until > time.monotonic():
                self._kept.move_to_end(uri)
                return kept
            fetched = await self._fetched(uri)
            if fetched is not None:
                self._kept[uri] = fetched
                self._kept.move_to_end(uri)
                while len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
            return fetched

    async def _fetched(self, uri: str) -> _Picture | None:
        try:
            answer = await self._op.outbound.get(uri, accept=", ".join(_BEGINNINGS), limit=LARGEST)
        except OutboundRefused:
            return None
        beginning = _BEGINNINGS.get(answer.content_type)
        if answer.status != 200 or beginning is None or not answer.body.startswith(beginning):
            return None
        return _Picture(answer.body, answer.content_type, time.monotonic() + FRESH_FOR)


def _logos_of(client: Client) -> Iterator[str]:
    """Every address of the client's logo, in whatever language."""
    localized = (value for name, value in client.localized.items() if name.startswith("logo_uri#"))
    yield from (uri for uri in (client.logo_uri, *localized) if path_of(client, uri))
