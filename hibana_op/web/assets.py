"""The style sheet, script, font and pictures of the pages, from memory, cached for a year (RFC 8246)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from hibana_op.foundation.shipped import folder

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_HEADERS = {
    "Accept-Ranges": "none",
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes and what they are."""

    content: bytes
    media_type: str
    etag: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """All files, and one fingerprint over them, so that the style sheet can name the font beside it."""

    fingerprint: str
    files: Mapping[str, Asset]


@cache
def shelf() -> Shelf:
    """The shipped files, read once."""
    whole = hashlib.sha256()
    files: dict[str, Asset] = {}
    for path in sorted((folder("templates") / "static").iterdir()):
        if path.suffix in _TYPES:
            content = path.read_bytes()
            own = hashlib.sha256(content).hexdigest()
            whole.update(f"{path.name}\0{own}\n".encode())
            files[path.name] = Asset(content, _TYPES[path.suffix], f'"{own[:32]}"')
    return Shelf(whole.hexdigest()[:16], MappingProxyType(files))


def asset(issuer_path: str, name: str) -> str:
    """The address of a file under this deployment; an unknown name is a KeyError."""
    if name not in shelf().files:
        raise KeyError(name)
    return f"{issuer_path}/static/{shelf().fingerprint}/{name}"


async def static(request: Request) -> Response:
    """Answer `/static/{fingerprint}/{name}`; a range is ignored and the whole file sent (RFC 9110 §14.2)."""
    kept = shelf()
    found = kept.files.get(request.path_params["name"])
    if found is None or request.path_params["fingerprint"] != kept.fingerprint:
        return PlainTextResponse(
            "Not found\n",
            status_code=404,
            headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
        )
    headers = {**_HEADERS, "ETag": found.etag}
    if _names(request.headers.get("if-none-match", ""), found.etag):
        return Response(status_code=304, headers=headers)
    return Response(found.content, headers={**headers, "Content-Type": found.media_type})


def _names(condition: str, etag: str) -> bool:
    given = {each.strip().removeprefix("W/") for each in condition.split(",")}
    return etag in given or "*" in given
