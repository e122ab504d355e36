"""The start page of a development deployment, and the mail that would have gone out."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.responses import Response

from hibana_op.dev import demo_client, tenant, traces
from hibana_op.dev.commands import command
from hibana_op.dev.people import PEOPLE
from hibana_op.records import outbox
from hibana_op.routes import PageRoute
from hibana_op.web.visit import Visit

# The challenge of RFC 7636, appendix B; its verifier is dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk.
_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
_COMMANDS = (
    ("client", 'client create --name "My app" --redirect-uri http://localhost:3000/callback'),
    ("user", "user create --email carol@example.com --password-stdin"),
    ("keys", "keys list"),
    ("trace", "trace list"),
    ("audit", "audit verify"),
    ("doctor", "doctor"),
)


async def start(visit: Visit) -> Response:
    """Everything there is to try, on one page."""
    issuer = visit.site.op.issuer
    return visit.page(
        "dev/start.html",
        current_url=visit.site.url("/"),
        issuer=issuer,
        discovery_url=f"{issuer}/.well-known/openid-configuration",
        people=[
            {"name": person.name(visit.language), "email": person.email, "password": person.password}
            for person in PEOPLE
        ],
        # The whole address: the demo app's cookies belong to the issuer's host, whatever name led here.
        demo_url=f"{issuer}{demo_client.PATH}",
        outbox_url=visit.site.url("/dev/outbox"),
        tenant_name=tenant.NAME,
        join_code=await tenant.join_code(visit.site.op),
        traces=await traces.newest(visit, limit=3),
        traces_url=visit.site.url(traces.PATH),
        authorize_url=_authorize_url(issuer),
        commands=[{"purpose": purpose, "text": command(visit.site.op.settings, text)} for purpose, text in _COMMANDS],
    )


def _authorize_url(issuer: str) -> str:
    """A request that any browser can make; its code can be redeemed with the verifier above."""
    parameters = {
        "response_type": "code",
        "client_id": demo_client.CLIENT_ID,
        "redirect_uri": f"{issuer}{demo_client.CALLBACK_PATH}",
        "scope": "openid profile email",
        "state": "example-state",
        "nonce": "example-nonce",
        "code_challenge": _CHALLENGE,
        "code_challenge_method": "S256",
    }
    return f"{issuer}/authorize?{urlencode(parameters)}"


async def show_outbox(visit: Visit) -> Response:
    """The newest mail first."""
    newest = await outbox.latest(visit.site.op.db, visit.site.op.vault)
    return visit.page(
        "dev/outbox.html",
        current_url=visit.site.url("/dev/outbox"),
        messages=[
            {
                "subject": message.subject,
                "to": message.recipient,
                "time": datetime.fromtimestamp(message.created_at, UTC).isoformat(),
                "text": message.text_body,
                "html": message.html_body,
            }
            for message in newest
        ],
    )


PAGES = (
    PageRoute("/", ("GET",), start),
    PageRoute("/dev/outbox", ("GET",), show_outbox),
    *traces.PAGES,
)
