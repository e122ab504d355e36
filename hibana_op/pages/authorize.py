"""The authorization endpoint as browsers meet it: OpenID Connect Core §3.1.2.1, GET and POST."""

from starlette.responses import Response

from hibana_op.oauth import authorize as requests
from hibana_op.oauth.response_modes import Answer
from hibana_op.pages import steps
from hibana_op.web.visit import Visit


async def authorize(visit: Visit) -> Response:
    """Sends a person through sign-in and consent, and back to the app with what it asked for."""
    form = await requests.resolve(visit.site.op, visit.form)
    if isinstance(form, Answer):
        return steps.send(visit, form)
    return await steps.advance(visit, form, None)
