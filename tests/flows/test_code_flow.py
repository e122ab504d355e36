"""The authorization code flow from end to end: OpenID Connect Core §3.1."""

from authlib.oidc.discovery import OpenIDProviderMetadata
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.deployment import VERIFIER, Deployment, Page, answer
from tests.make import CALLBACK, make_client, make_user


async def test_person_signs_in_allows_and_the_app_gets_tokens(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    client = await make_client(deployment.op)
    browser = deployment.browser()

    login = await browser.authorize(client)
    assert login.status_code == 200
    assert "/login?interaction=" in str(login.url)
    consent = await browser.sign_in(login, user)
    assert "Shop Console" in consent.text
    back = answer(await browser.submit(Page.read(consent), decision="allow"))
    assert back["state"] == "the-state"
    assert back["iss"] == deployment.op.issuer

    response = await deployment.token(
        client, grant_type="authorization_code", code=back["code"], redirect_uri=CALLBACK, code_verifier=VERIFIER
    )
    assert response.status_code == 200, response.text
    tokens = response.json()
    assert response.headers["cache-control"] == "no-store"
    assert tokens["token_type"] == "Bearer"
    async with deployment.http() as http:
        keys = KeySet.import_key_set((await http.get("/jwks")).json())
        found = jwt.decode(tokens["id_token"], keys, algorithms=["RS256"])
        assert found.claims["sub"] == user.id
        assert found.claims["nonce"] == "the-nonce"
        assert found.claims["aud"] == client.client_id
        userinfo = await http.get("/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert userinfo.json()["email"] == user.email

    refreshed = await deployment.token(client, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.status_code == 200, refreshed.text
    assert refreshed.json()["refresh_token"] != tokens["refresh_token"]
    looked_at = await deployment.call("/introspect", client, token=refreshed.json()["access_token"])
    assert looked_at.json()["active"] is True


async def test_second_visit_needs_neither_sign_in_nor_consent(deployment: Deployment) -> None:
    user = await make_user(deployment.op)
    client = await make_client(deployment.op)
    browser = deployment.browser()
    await browser.obtain_code(client, user)

    again = await browser.authorize(client, prompt="none")

    assert "code" in answer(again)


async def test_metadata_validates_as_openid_provider_metadata(deployment: Deployment) -> None:
    async with deployment.http() as http:
        document = (await http.get("/.well-known/openid-configuration")).json()

    OpenIDProviderMetadata(document).validate()
