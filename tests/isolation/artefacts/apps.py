"""What apps, machines and their developers hold."""

from hibana_op.foundation import secrets
from hibana_op.oauth import initial_access, logout_tokens
from hibana_op.records import clients
from tests.api.credentials import key_of, person_token
from tests.app_keys import AppKey, asserted, assertion_claims, key_set, request_claims
from tests.deployment import VERIFIER, Deployment
from tests.flows.registering import COMMAND
from tests.isolation.artefacts.kind import Artefact, Kind, bearer
from tests.isolation.asking import Made
from tests.isolation.making import a_code, an_api, an_app, client_of, some_tokens
from tests.isolation.scene import Scene
from tests.make import CALLBACK

API = "/api/v1"


async def _token(deployment: Deployment, **form: str) -> bool:
    async with deployment.http() as http:
        return (await http.post("/token", data=form)).status_code == 200


def _client(target: Made) -> Made:
    return {"client_id": target["client_id"], "client_secret": target["client_secret"]}


async def _code(scene: Scene) -> Artefact:
    made = await a_code(scene)
    return Artefact(made["code"], made)


async def _takes_code(deployment: Deployment, target: Made, text: str) -> bool:
    form = {"grant_type": "authorization_code", "redirect_uri": target["redirect_uri"], "code_verifier": VERIFIER}
    return await _token(deployment, **form, **_client(target), code=text)


async def _refresh_token(scene: Scene) -> Artefact:
    made = await some_tokens(scene)
    return Artefact(made["refresh_token"], made)


async def _takes_refresh_token(deployment: Deployment, target: Made, text: str) -> bool:
    return await _token(deployment, grant_type="refresh_token", refresh_token=text, **_client(target))


async def _access_token(scene: Scene) -> Artefact:
    made = await some_tokens(scene)
    return Artefact(made["access_token"], made)


async def _at_userinfo(deployment: Deployment, target: Made, text: str) -> bool:
    """Whether it tells of the very person."""
    async with deployment.http(headers=bearer(text)) as http:
        response = await http.get("/userinfo")
    return response.status_code == 200 and response.json()["sub"] == target["sub"]


async def _at_introspection(deployment: Deployment, target: Made, text: str) -> bool:
    async with deployment.http() as http:
        response = await http.post("/introspect", data={**_client(target), "token": text})
    return response.status_code == 200 and bool(response.json()["active"])


async def _at_revocation(deployment: Deployment, target: Made, text: str) -> bool:
    """Whether an app of the tenant can end it: whatever is sent, the app's own token goes on or has ended."""
    async with deployment.http() as http:
        await http.post("/revoke", data={**_client(target), "token": text})
        response = await http.post("/introspect", data={**_client(target), "token": target["access_token"]})
    return not response.json()["active"]


async def _opaque_token(scene: Scene) -> Artefact:
    """A token that only the deployment can read, for an API of the tenant, whose client introspects it."""
    app = await an_app(scene, grant_types=("client_credentials",), redirect_uris=(), scope="read")
    resource = (await an_api(scene))["resource"]
    await scene.op.db.run(
        "UPDATE resource_servers SET token_format = 'opaque', client_id = :client WHERE identifier = :id",
        client=app["client_id"],
        id=resource,
    )
    scene.op.remembered.forget()
    form = {"grant_type": "client_credentials", "resource": resource}
    async with scene.deployment.http() as http:
        answer = await http.post("/token", data={**_client(app), **form})
    assert answer.status_code == 200, answer.text
    return Artefact(answer.json()["access_token"], app)


async def _administration_token(scene: Scene) -> Artefact:
    text = await person_token(scene.op, scene.side.owner, tenant_id=scene.side.tenant_id)
    return Artefact(text, {"tenant": scene.side.tenant_id})


async def _api_key(scene: Scene) -> Artefact:
    text = await key_of(scene.op, scene.side.owner, tenant_id=scene.side.tenant_id)
    return Artefact(text, {"tenant": scene.side.tenant_id})


async def _at_the_api(deployment: Deployment, target: Made, text: str) -> bool:
    async with deployment.http(headers=bearer(text)) as http:
        return (await http.get(f"{API}/tenants/{target['tenant']}")).status_code == 200


async def _secret(scene: Scene) -> Artefact:
    app = await an_app(scene, grant_types=("client_credentials",), redirect_uris=(), scope="read")
    resource = (await an_api(scene))["resource"]
    return Artefact(app["client_secret"], {**app, "resource": resource})


async def _takes_secret(deployment: Deployment, target: Made, text: str) -> bool:
    form = {"grant_type": "client_credentials", "resource": target["resource"], "client_id": target["client_id"]}
    return await _token(deployment, **form, client_secret=text)


async def _assertion(scene: Scene) -> Artefact:
    key = AppKey()
    client = await client_of(
        scene,
        secrets.token(),
        token_endpoint_auth_method="private_key_jwt",
        jwks=key_set(key),
        grant_types=("client_credentials",),
        redirect_uris=(),
        scope="read",
    )
    text = key.sign(assertion_claims(client.client_id, now=scene.op.now(), issuer=scene.op.issuer))
    return Artefact(text, {"client_id": client.client_id, "resource": (await an_api(scene))["resource"]})


async def _takes_assertion(deployment: Deployment, target: Made, text: str) -> bool:
    form = {"grant_type": "client_credentials", **target}
    return await _token(deployment, **asserted(text, **form))


async def _request_object(scene: Scene) -> Artefact:
    key = AppKey()
    client = await client_of(scene, secrets.token(), jwks=key_set(key))
    text = key.sign(request_claims(client, aud=scene.op.issuer))
    return Artefact(text, {"client_id": client.client_id, "redirect_uri": client.redirect_uris[0]})


async def _takes_request_object(deployment: Deployment, target: Made, text: str) -> bool:
    asked = {"client_id": target["client_id"], "response_type": "code", "scope": "openid", "request": text}
    async with deployment.http() as http:
        response = await http.post("/authorize", data=asked)
        again = await http.get("/authorize", params=asked)
    locations = response.headers.get("location", ""), again.headers.get("location", "")
    return any("/login?interaction=" in each for each in locations)


async def _registration_token(scene: Scene) -> Artefact:
    token = (await _initial_token(scene)).text
    async with scene.deployment.http(headers=bearer(token)) as http:
        told = (await http.post("/register", json={"redirect_uris": [CALLBACK]})).json()
    return Artefact(told["registration_access_token"], {"client_id": told["client_id"]})


async def _takes_registration_token(deployment: Deployment, target: Made, text: str) -> bool:
    async with deployment.http(headers=bearer(text)) as http:
        return (await http.get(f"/register/{target['client_id']}")).status_code == 200


async def _initial_token(scene: Scene) -> Artefact:
    _, text = await initial_access.create_token(scene.op, max_uses=9, lifetime=3600, note="", origin=COMMAND)
    return Artefact(text)


async def _takes_initial_token(deployment: Deployment, target: Made, text: str) -> bool:
    async with deployment.http(headers=bearer(text)) as http:
        return (await http.post("/register", json={"redirect_uris": [CALLBACK]})).status_code == 201


async def _logout_token(scene: Scene) -> Artefact:
    """What an app of the tenant is told when a session ends."""
    made = await some_tokens(scene)
    client = await clients.get(scene.op.db, made["client_id"])
    row = await scene.op.db.one("SELECT session_id FROM token_families WHERE user_id = :id", id=made["sub"])
    assert row is not None
    return Artefact(await logout_tokens.make(scene.op, client, user_id=made["sub"], session_id=str(row["session_id"])))


KINDS = (
    Kind("an authorization code", _code, _takes_code),
    Kind("a refresh token", _refresh_token, _takes_refresh_token),
    Kind("an access token", _access_token, _at_userinfo),
    Kind("an access token at introspection", _access_token, _at_introspection),
    Kind("an access token at revocation", _access_token, _at_revocation),
    Kind("an opaque access token", _opaque_token, _at_introspection),
    Kind("an access token for the management API", _administration_token, _at_the_api),
    Kind("an API key", _api_key, _at_the_api),
    Kind("a client secret", _secret, _takes_secret),
    Kind("a client assertion", _assertion, _takes_assertion),
    Kind("a request object", _request_object, _takes_request_object),
    Kind("a registration access token", _registration_token, _takes_registration_token),
    Kind(
        "an initial access token",
        _initial_token,
        _takes_initial_token,
        anywhere="it is the deployment's: what registers with it belongs to no tenant",
    ),
    Kind("a logout token", _logout_token, None),
)
