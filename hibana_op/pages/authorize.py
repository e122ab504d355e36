"""The authorization endpoint as browsers meet it: OpenID Connect Core §3.1.2.1, GET and POST."""

from starlette.responses import Response

from hibana_op.pages import steps
from hibana_op.web.visit import Visit


async def authorize(visit: Visit) -> Response:
    """Sends a person through sign-in and consent, and back to the app with a code."""
    return await steps.advance(visit, visit.form, None)
