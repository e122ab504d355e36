"""What programs call: it opens to no session of a browser, only to what a request itself carries."""

from hibana_op.oauth import initial_access
from tests.deployment import VERIFIER
from tests.flows.registering import COMMAND
from tests.isolation.asking import EVERYBODY, NOBODY, Ask, Held, Made, Own, Specimen
from tests.isolation.making import a_code, a_machine, an_app, some_tokens
from tests.isolation.scene import Scene
from tests.make import CALLBACK

FOR_APPS = "programs bring credentials of their own; a browser's cookies count for nothing here"
IGNORED = "registration knows no such member; a client that registers itself belongs to no tenant"
CLIENT = {"client_id": Own("client_id"), "client_secret": Held("client_secret")}
BEARER = {"Authorization": Held("token", prefix="Bearer ")}


async def _a_token(scene: Scene) -> Made:
    """An initial access token, and what somebody may try to name."""
    _, text = await initial_access.create_token(scene.op, max_uses=9, lifetime=3600, note="", origin=COMMAND)
    return {"token": text, "tenant_id": scene.side.tenant_id, **{"named": (await an_app(scene))["client_id"]}}


async def _a_registered_app(scene: Scene) -> Made:
    """A client that registered itself, with the token that manages it."""
    token = (await _a_token(scene))["token"]
    async with scene.deployment.http(headers={"Authorization": f"Bearer {token}"}) as http:
        name = f"App {scene.side.canary}"
        told = (await http.post("/register", json={"redirect_uris": [CALLBACK], "client_name": name})).json()
    client_id = told["client_id"]
    return {"client_id": client_id, "sent": client_id, "token": told["registration_access_token"]}


PUBLIC = Specimen(ranks=EVERYBODY)
USERINFO = Ask(made=some_tokens, headers={"Authorization": Held("access_token", prefix="Bearer ")})
UNTOLD = {"client_id": Own("client_id", silent="without its token nobody learns which clients there are")}
ONE = {"client_id": Own("client_id")}

SPECIMENS = {
    ("GET", "/.well-known/openid-configuration"): PUBLIC,
    ("GET", "/.well-known/oauth-authorization-server"): PUBLIC,
    ("GET", "/.well-known/passkey-endpoints"): PUBLIC,
    ("GET", "/.well-known/webauthn"): PUBLIC,
    ("GET", "/jwks"): PUBLIC,
    ("GET", "/check_session"): PUBLIC,
    ("GET", "/api/v1/openapi.json"): PUBLIC,
    ("POST", "/token"): Specimen(
        ranks=NOBODY,
        foreign_form=FOR_APPS,
        asks=(
            Ask(form={"grant_type": "client_credentials"}),
            Ask(
                made=a_code,
                form=CLIENT
                | {"grant_type": "authorization_code", "code": Own("code"), "redirect_uri": Own("redirect_uri")}
                | {"code_verifier": VERIFIER},
            ),
            Ask(
                made=some_tokens,
                form=CLIENT | {"grant_type": "refresh_token", "refresh_token": Own("refresh_token")},
            ),
            Ask(made=a_machine, form=CLIENT | {"grant_type": "client_credentials", "resource": Own("resource")}),
        ),
    ),
    ("GET", "/userinfo"): Specimen(ranks=NOBODY, asks=(Ask(), USERINFO)),
    ("POST", "/userinfo"): Specimen(
        ranks=NOBODY,
        foreign_form=FOR_APPS,
        asks=(Ask(form={}), Ask(made=some_tokens, form={"access_token": Held("access_token")})),
    ),
    ("POST", "/introspect"): Specimen(
        ranks=NOBODY,
        foreign_form=FOR_APPS,
        asks=(
            Ask(form={"token": "a token"}),
            Ask(made=some_tokens, form=CLIENT | {"token": Own("access_token")}),
            Ask(made=some_tokens, form=CLIENT | {"token": Own("refresh_token")}),
        ),
    ),
    ("POST", "/revoke"): Specimen(
        ranks=NOBODY,
        foreign_form=FOR_APPS,
        asks=(
            Ask(form={"token": "a token"}),
            Ask(made=some_tokens, form=CLIENT | {"token": Own("access_token", silent="RFC 7009 §2.2: always 200")}),
            Ask(made=some_tokens, form=CLIENT | {"token": Own("refresh_token", silent="RFC 7009 §2.2: always 200")}),
        ),
    ),
    ("POST", "/register"): Specimen(
        ranks=NOBODY,
        foreign_form=FOR_APPS,
        asks=(
            Ask(document={"redirect_uris": [CALLBACK]}),
            Ask(
                made=_a_token,
                headers=BEARER,
                document={"redirect_uris": [CALLBACK]}
                | {"tenant_id": Own("tenant_id", silent=IGNORED), "client_id": Own("named", silent=IGNORED)},
            ),
        ),
    ),
    ("GET", "/register/{client_id}"): Specimen(
        ranks=NOBODY, asks=(Ask(made=an_app, path=UNTOLD), Ask(made=_a_registered_app, path=ONE, headers=BEARER))
    ),
    ("PUT", "/register/{client_id}"): Specimen(
        ranks=NOBODY,
        asks=(
            Ask(made=an_app, path=UNTOLD, document={}),
            Ask(
                made=_a_registered_app,
                path=ONE,
                headers=BEARER,
                document={"client_id": Own("sent"), "redirect_uris": [CALLBACK], "client_name": "Another name"},
            ),
        ),
    ),
    ("DELETE", "/register/{client_id}"): Specimen(
        ranks=NOBODY, asks=(Ask(made=an_app, path=UNTOLD), Ask(made=_a_registered_app, path=ONE, headers=BEARER))
    ),
}
