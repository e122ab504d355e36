"""Which web pages may call the protocol endpoints from scripts (Fetch Standard §3.2): never with credentials.

`any` is for public documents. `apps` is for what browser-based apps call: the origins of registered redirect
URIs. Everything else answers no page but our own.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.responses import Response

from hibana_op.records import clients
from hibana_op.web.site import Site

NOBODY = ""
ANY = "any"
APPS = "apps"
_PAGE = 500


async def headers(site: Site, request: Mapping[str, str], *, allow_origins: str) -> dict[str, str]:
    """The headers that let the asking page read an answer."""
    origin = request.get("origin")
    if allow_origins == ANY:
        return {"Access-Control-Allow-Origin": "*"}
    if allow_origins == NOBODY:
        return {}
    vary = {"Vary": "Origin"}
    if (
        origin is None
        or origin == "null"
        or origin not in await site.op.remembered.made("origins", lambda: _origins(site))
    ):
        return vary
    exposed = {"Access-Control-Expose-Headers": "WWW-Authenticate, X-Request-Id"}
    return {"Access-Control-Allow-Origin": origin, **exposed, **vary}


async def preflight(
    site: Site, request: Mapping[str, str], *, methods: tuple[str, ...], allow_origins: str
) -> Response:
    """The answer to OPTIONS."""
    allowed = await headers(site, request, allow_origins=allow_origins)
    if "Access-Control-Allow-Origin" in allowed:
        allowed["Access-Control-Allow-Methods"] = ", ".join(methods)
        allowed["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        allowed["Access-Control-Max-Age"] = "600"
    return Response(status_code=204, headers={"Allow": ", ".join((*methods, "OPTIONS")), **allowed})


async def _origins(site: Site) -> frozenset[str]:
    """The origins of all web redirect URIs."""
    found: set[str] = set()
    after = ""
    while page := await clients.page(site.op.db, after=after, limit=_PAGE):
        after = page[-1].client_id
        for client in page:
            for uri in client.redirect_uris:
                parts = urlsplit(uri)
                if parts.scheme in ("https", "http"):
                    found.add(f"{parts.scheme}://{parts.netloc}".lower())
    return frozenset(found)
