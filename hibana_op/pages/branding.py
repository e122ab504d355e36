"""The style sheets and pictures of organisations at our own address, from where pages may load them.

Only what is chosen is there, so that nobody sees tomorrow's look today; a new choice has a new address.
"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from hibana_op.provider import Provider
from hibana_op.records import branding_files, tenants
from hibana_op.web import looks

PATH = looks.PATH
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class BrandingFiles:
    """Hands out what the looks of tenants and of the deployment consist of."""

    def __init__(self, op: Provider) -> None:
        self._op = op

    async def show(self, request: Request) -> Response:
        """Answer PATH."""
        slug, name = request.path_params["tenant"], request.path_params["name"]
        look = await looks.shown_at(self._op, slug) if slug.isprintable() else None
        if look is not None and name in look.sheets:
            return _found(look.sheets[name], "text/css; charset=utf-8")
        if look is not None and name in look.pictures:
            owner = await tenants.get_by_slug(self._op.db, slug)
            file = await branding_files.find(self._op.db, owner.id, name.partition(".")[0])
            if file is not None:
                return _found(file.raw, file.media_type)
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return PlainTextResponse("Not found\n", status_code=404, headers=headers)


def _found(content: bytes, media_type: str) -> Response:
    return Response(content, headers={**_HEADERS, "Content-Type": media_type})
