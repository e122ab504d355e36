"""The address of a tenant, `https://SLUG.example.com`: a door that leads to the one issuer, with the tenant named."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from hibana_op.provider import Provider
from hibana_op.web.http import read_headers

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_NAMES = ("tenant", "organization")


def door(op: Provider, page: ASGIApp) -> ASGIApp:
    """A page that may also be asked for at the addresses of tenants, where they have any."""
    if op.settings.tenant_domain is None:
        return page

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        elsewhere = _way_on(op, scope, read_headers(scope))
        response = RedirectResponse(elsewhere, 303, {"Cache-Control": "no-store"}) if elsewhere else page
        await response(scope, receive, send)

    return answer


def _way_on(op: Provider, scope: Scope, headers: Mapping[str, str]) -> str | None:
    """Where a page that was asked for at a tenant's address really is; None at any other address.

    The Host header only chooses a slug. The rest of the address comes from the settings.
    """
    slug = _slug(op, headers.get("host", ""))
    if slug is None or scope["method"] != "GET":
        return None
    query = scope.get("query_string", b"").decode("latin-1")
    if not any(name in parse_qs(query, keep_blank_values=True) for name in _NAMES):
        query = "&".join(part for part in (query, urlencode({"tenant": slug})) if part)
    return f"{op.issuer}{scope['path'].removeprefix(scope.get('root_path', ''))}?{query}"


def _slug(op: Provider, host: str) -> str | None:
    domain = op.settings.tenant_domain
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    if domain is None or name.lower() == urlsplit(op.issuer).hostname:
        return None
    slug, dot, rest = name.lower().partition(".")
    return slug if dot and rest == domain and _SLUG.fullmatch(slug) else None
