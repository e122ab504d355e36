"""authlib's OAuth 2 clients, the asynchronous and the ordinary one, complete whole journeys against a real server."""

from secrets import token_hex
from typing import Any

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuth2Client
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.deployment import VERIFIER
from tests.server import HibanaProcess
from tests.visitor import App, Visitor, register_app

engines = pytest.mark.parametrize(
    "hibana_server",
    [("sqlite", 1), ("sqlite", 2), ("postgres", 1), ("postgres", 2)],
    ids=["sqlite-1", "sqlite-2", "postgres-1", "postgres-2"],
    indirect=True,
)
methods = pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
SCOPE = "openid email offline_access"


def session_of(app: App, method: str) -> dict[str, Any]:
    """What both clients are built with."""
    return {
        "client_id": app.client_id,
        "client_secret": app.secret,
        "token_endpoint_auth_method": method,
        "revocation_endpoint_auth_method": method,
        "redirect_uri": app.redirect_uri,
        "scope": SCOPE,
        "code_challenge_method": "S256",
    }


async def allowed(server: HibanaProcess, address: str) -> str:
    """Where the provider's pages lead a person who signs in: the app's address with a code."""
    async with Visitor(server) as visitor:
        await visitor.sign_in()
        answer = await visitor.http.get(address)
        assert answer.is_redirect, answer.text
        return str(answer.headers["location"])


@engines
@methods
async def test_the_asynchronous_client_completes_its_journey(
    hibana_server: HibanaProcess, alice: str, method: str
) -> None:
    app = register_app(hibana_server, f"--auth-method={method}")
    async with AsyncOAuth2Client(**session_of(app, method)) as client:
        discovery = f"{hibana_server.issuer}/.well-known/openid-configuration"
        metadata = (await client.request("GET", discovery, withhold_token=True)).json()
        address, state = client.create_authorization_url(
            metadata["authorization_endpoint"], code_verifier=VERIFIER, nonce="the-nonce"
        )
        back = await allowed(hibana_server, address)
        tokens = await client.fetch_token(
            metadata["token_endpoint"], authorization_response=back, state=state, code_verifier=VERIFIER
        )
        keys = KeySet.import_key_set((await client.get(metadata["jwks_uri"])).json())
        claims = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims
        assert (claims["sub"], claims["nonce"]) == (alice, "the-nonce")
        assert (await client.get(metadata["userinfo_endpoint"])).json()["email_verified"] is True

        refreshed = await client.refresh_token(metadata["token_endpoint"])
        assert refreshed["refresh_token"] != tokens["refresh_token"]
        looked = await client.introspect_token(metadata["introspection_endpoint"], token=refreshed["access_token"])
        assert looked.json()["sub"] == alice
        done = await client.revoke_token(metadata["revocation_endpoint"], token=refreshed["refresh_token"])
        assert done.status_code == 200
        with pytest.raises(OAuthError, match="invalid_grant"):
            await client.refresh_token(metadata["token_endpoint"], refresh_token=refreshed["refresh_token"])


@engines
@methods
async def test_the_ordinary_client_completes_its_journey(hibana_server: HibanaProcess, alice: str, method: str) -> None:
    app = register_app(hibana_server, f"--auth-method={method}")
    issuer = hibana_server.issuer
    with OAuth2Client(**session_of(app, method)) as client:
        address, state = client.create_authorization_url(f"{issuer}/authorize", code_verifier=VERIFIER)
        back = await allowed(hibana_server, address)
        tokens = client.fetch_token(f"{issuer}/token", authorization_response=back, state=state, code_verifier=VERIFIER)
        assert client.get(f"{issuer}/userinfo").json()["sub"] == alice
        refreshed = client.refresh_token(f"{issuer}/token", refresh_token=tokens["refresh_token"])
        looked = client.introspect_token(f"{issuer}/introspect", token=refreshed["refresh_token"])
        assert looked.json()["active"] is True
        assert client.revoke_token(f"{issuer}/revoke", token=refreshed["refresh_token"]).status_code == 200
        looked = client.introspect_token(f"{issuer}/introspect", token=refreshed["refresh_token"])
        assert looked.json() == {"active": False}


@engines
async def test_a_machine_gets_a_token_of_its_own(hibana_server: HibanaProcess) -> None:
    api = f"https://api.example/{token_hex(4)}"
    hibana_server.command("resource", "create", f"--identifier={api}", "--name=Example API", "--scope=read=Read things")
    app = register_app(hibana_server, grants=("client_credentials",))
    hibana_server.command("resource", "allow", api, f"--client={app.client_id}", "--scope=read")
    async with AsyncOAuth2Client(app.client_id, app.secret, scope="read") as client:
        token = await client.fetch_token(f"{hibana_server.issuer}/token", grant_type="client_credentials", resource=api)
        looked = await client.introspect_token(f"{hibana_server.issuer}/introspect", token=token["access_token"])
    assert (looked.json()["aud"], looked.json()["scope"]) == (api, "read")
