"""What only providers of SAML need: where responses come to (Bindings §3.5), and our metadata (Metadata §2.4.4)."""

from urllib.parse import urlencode

from starlette.responses import Response

from hibana_op.foundation.errors import PageRefused
from hibana_op.login.federation import choice, departure
from hibana_op.login.federation.saml import request
from hibana_op.login.federation.shapes import Upstream
from hibana_op.login.federation.types import saml
from hibana_op.pages.federation import slug_in
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit


async def respond(visit: Visit) -> Response:
    """Takes what a provider of SAML sends by the browser, and has the browser come back for it by itself."""
    upstream = await _usable(visit)
    state, response = visit.form.maybe("RelayState"), visit.form.maybe("SAMLResponse")
    op = visit.site.op
    ticket = (
        await saml.take_response(op, upstream, state=state, response=response)
        if state is not None and response is not None
        else None
    )
    if state is None or ticket is None:
        raise PageRefused("federation_expired", back=visit.site.url("/login"))
    # The form came from the provider's site, without our cookies; this is a visit of the browser's own.
    query = urlencode({"state": state, saml.TICKET: ticket})
    return see_other(f"{departure.redirect_uri(op, upstream.slug)}?{query}")


async def metadata(visit: Visit) -> Response:
    """Describes us to a provider of SAML."""
    upstream = await _usable(visit)
    return Response(request.metadata(visit.site.op, upstream), media_type="application/samlmetadata+xml")


async def _usable(visit: Visit) -> Upstream:
    upstream = await choice.named(visit.site.op, slug_in(visit.path))
    if upstream.type != saml.TYPE.name:
        raise PageRefused("federation_unavailable", status=404)
    return upstream
