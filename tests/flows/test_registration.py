"""Registration by developers: RFC 7591 §3, OpenID Connect Registration §3; rows A08, C08, L05, L08."""

import json
from pathlib import Path
from typing import Any

import pytest

from hibana_op.foundation import secrets
from hibana_op.records import scope_mappings
from tests.app_keys import AppKey, key_set
from tests.deployment import Deployment, answer, deploy
from tests.flows.journeys import error_of, obtain_tokens, userinfo
from tests.flows.registering import (
    Registered,
    bearer,
    initial_token,
    kept,
    manage,
    open_to_all,
    post,
    register,
)
from tests.make import CALLBACK, make_client, make_resource, make_user

WEB = {"redirect_uris": [CALLBACK]}


async def test_a_client_is_registered_and_told_everything_that_holds(open_deployment: Deployment) -> None:
    response = await post(open_deployment, {**WEB, "client_name": "Shop", "client_name#ja": "店", "unknown": {"a": 1}})
    assert response.status_code == 201
    assert response.headers["content-type"] == "application/json"
    told = response.json()
    client = await kept(open_deployment, Registered(told))
    secret, token = told.pop("client_secret"), told.pop("registration_access_token")
    assert told == {
        "client_id": client.client_id,
        "client_id_issued_at": open_deployment.op.now(),
        "client_secret_expires_at": 0,
        "client_name": "Shop",
        "client_name#ja": "店",
        "application_type": "web",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "subject_type": "public",
        "token_endpoint_auth_method": "client_secret_basic",
        "id_token_signed_response_alg": "RS256",
        "require_signed_request_object": False,
        "require_auth_time": False,
        "frontchannel_logout_session_required": False,
        "backchannel_logout_session_required": False,
        "registration_client_uri": f"{open_deployment.op.issuer}/register/{client.client_id}",
    }
    assert (len(secret), len(token)) == (43, 43)
    assert (client.registration, client.verified, client.profile) == ("dcr", False, "oidc")
    assert client.require_pkce is False, "confidential clients of the profile oidc may do without"


async def test_C08_what_is_secret_rests_as_a_hash(open_deployment: Deployment) -> None:
    registered = await register(open_deployment)
    client = await kept(open_deployment, registered)
    assert client.client_secret_hash == secrets.digest(registered.told["client_secret"])
    assert client.client_secret_sealed is None
    assert client.registration_token_hash == secrets.digest(registered.token)


async def test_a_registered_client_signs_people_in(open_deployment: Deployment) -> None:
    user = await make_user(open_deployment.op)
    registered = await register(open_deployment, grant_types=["authorization_code", "refresh_token"])
    async with open_deployment.http() as http:
        browser = open_deployment.browser()
        asked = {"code_challenge": None, "code_challenge_method": None}
        code = await browser.obtain_code(await kept(open_deployment, registered), user, **asked)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        tokens = await http.post("/token", data=form, auth=(registered.client_id, registered.told["client_secret"]))
    assert tokens.status_code == 200, tokens.text
    assert (await userinfo(open_deployment, tokens.json()["access_token"])).json()["sub"] == user.id
    assert (await kept(open_deployment, registered)).last_used_at is not None


async def test_a_public_client_has_no_secret_and_needs_pkce(open_on_sqlite: Deployment) -> None:
    user = await make_user(open_on_sqlite.op)
    registered = await register(open_on_sqlite, token_endpoint_auth_method="none")
    client = await kept(open_on_sqlite, registered)
    assert "client_secret" not in registered.told
    assert client.require_pkce is True
    refused = answer(await open_on_sqlite.browser().authorize(client, code_challenge=None, code_challenge_method=None))
    assert refused["error"] == "invalid_request"
    assert (await obtain_tokens(open_on_sqlite, client, user))["access_token"]


@pytest.mark.parametrize("method", ["client_secret_jwt", "private_key_jwt"])
async def test_a_client_that_signs_is_given_what_it_needs(open_on_sqlite: Deployment, method: str) -> None:
    keys: dict[str, Any] = {"jwks": key_set(AppKey())} if method == "private_key_jwt" else {}
    registered = await register(open_on_sqlite, token_endpoint_auth_method=method, **keys)
    client = await kept(open_on_sqlite, registered)
    assert client.client_secret_hash is None
    assert (client.client_secret_sealed is not None) == (method == "client_secret_jwt")
    assert len(registered.told.get("client_secret", "")) == (86 if method == "client_secret_jwt" else 0)
    assert registered.told.get("jwks") == keys.get("jwks")


async def test_the_first_client_that_asks_for_an_algorithm_gets_a_key_for_it(open_on_sqlite: Deployment) -> None:
    async def published() -> set[str]:
        async with open_on_sqlite.http() as http:
            return {key["alg"] for key in (await http.get("/jwks")).json()["keys"] if key["use"] == "sig"}

    assert await published() == {"RS256", "ES256"}
    await register(open_on_sqlite, id_token_signed_response_alg="PS256", userinfo_signed_response_alg="EdDSA")
    assert len(await published()) == 4
    refused = await post(open_on_sqlite, {"redirect_uris": ["bad"], "id_token_signed_response_alg": "RS512"})
    assert error_of(refused) == "invalid_redirect_uri"
    assert len(await published()) == 4
    rows = await open_on_sqlite.op.db.all("SELECT * FROM audit_log WHERE action = 'key:signing:published'")
    assert sorted(row["actor_kind"] for row in rows) == ["system", "system"]


async def test_L08_the_server_alone_chooses_ids_and_secrets(open_deployment: Deployment) -> None:
    user, other = await make_user(open_deployment.op), await make_client(open_deployment.op)
    told = [
        (await register(open_deployment, client_id=chosen, client_secret="mine", registration_access_token="mine")).told
        for chosen in (user.id, other.client_id, "mine", "mine")
    ]
    ids = [each["client_id"] for each in told]
    assert len({*ids, user.id, other.client_id, "mine"}) == 7
    assert "mine" not in {each[name] for each in told for name in ("client_secret", "registration_access_token")}


async def test_L08_a_client_by_itself_is_nobody_at_userinfo(open_on_sqlite: Deployment) -> None:
    registered = await register(open_on_sqlite, grant_types=["client_credentials"], scope="openid profile")
    auth = (registered.client_id, registered.told["client_secret"])
    async with open_on_sqlite.http() as http:
        asked = await http.post("/token", data={"grant_type": "client_credentials"}, auth=auth)
        assert asked.status_code == 200, asked.text
        assert (await http.get("/userinfo", headers=bearer(asked.json()["access_token"]))).status_code == 403
        form = {"grant_type": "client_credentials", "scope": "openid"}
        assert error_of(await http.post("/token", data=form, auth=auth)) == "invalid_scope"


async def test_L05_only_scopes_about_accounts_are_given(open_deployment: Deployment) -> None:
    await make_resource(open_deployment.op)
    registered = await register(open_deployment, scope="openid admin read email hibana:admin write")
    assert registered.told["scope"] == "openid email"
    refused = await post(open_deployment, {**WEB, "scope": "hibana:admin read"})
    assert error_of(refused) == "invalid_client_metadata"


async def test_L05_an_api_is_closed_to_a_client_that_nobody_verified(
    open_on_sqlite: Deployment, changes_are_seen_at_once: None
) -> None:
    op = open_on_sqlite.op
    resource = await make_resource(op)
    registered = await register(open_on_sqlite)
    client = await kept(open_on_sqlite, registered)
    asked = {"resource": resource.identifier, "scope": "openid read"}

    refused = answer(await open_on_sqlite.browser().authorize(client, **asked))
    assert refused["error"] == "invalid_scope"

    await op.db.transact(lambda tx: tx.run("UPDATE oauth_clients SET verified = TRUE"))
    await op.db.transact(lambda tx: tx.run("UPDATE registry_version SET version = version + 1"))
    assert "/login" in str((await open_on_sqlite.browser().authorize(client, **asked)).url)


async def test_policy_is_not_for_developers_to_set(open_on_sqlite: Deployment) -> None:
    registered = await register(
        open_on_sqlite,
        first_party=True,
        verified=True,
        profile="oauth21",
        access_token_lifetime=86400,
        registration="static",
        require_pkce=False,
        token_endpoint_auth_method="none",
    )
    client = await kept(open_on_sqlite, registered)
    assert (client.first_party, client.verified, client.profile, client.registration) == (False, False, "oidc", "dcr")
    assert (client.access_token_lifetime, client.require_pkce) == (3600, True)


async def test_in_a_strict_deployment_clients_are_strict(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hibana.db'}"
    async with open_to_all(url, tmp_path, HIBANA_PROFILE="oauth21") as deployment:
        client = await kept(deployment, await register(deployment))
        assert (client.profile, client.require_pkce) == ("oauth21", True)
        for members in (
            {"response_types": ["id_token"]},
            {"response_types": ["code id_token"]},
            {"id_token_signed_response_alg": "none"},
            {"request_object_signing_alg": "none"},
        ):
            assert error_of(await post(deployment, {**WEB, **members})) == "invalid_client_metadata"


async def test_a_client_may_register_what_comes_through_the_browser(open_on_sqlite: Deployment) -> None:
    told = (await register(open_on_sqlite, response_types=["code id_token", "token id_token"])).told
    assert told["grant_types"] == ["authorization_code", "implicit"]
    assert told["response_types"] == ["code id_token", "id_token token"]
    told = (await register(open_on_sqlite, id_token_signed_response_alg="none")).told
    assert told["id_token_signed_response_alg"] == "none"


async def test_A08_tokens_of_web_clients_do_not_go_to_localhost(
    open_on_sqlite: Deployment, open_and_reaching_apps: Deployment
) -> None:
    members = {"redirect_uris": ["https://localhost:9000/cb"], "response_types": ["id_token"]}
    assert error_of(await post(open_on_sqlite, members)) == "invalid_redirect_uri"
    assert (await post(open_on_sqlite, {**members, "application_type": "native"})).status_code == 201
    assert (await post(open_and_reaching_apps, members)).status_code == 201, "the administrator runs apps there"


async def test_registration_answers_post_alone_and_no_page(open_on_sqlite: Deployment) -> None:
    async with open_on_sqlite.http(headers={"Origin": "https://app.example"}) as http:
        refused = await http.get("/register")
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST, OPTIONS")
        assert (await http.post("/register?client_name=x", json=WEB)).status_code == 400
        registered = await http.post("/register", json=WEB)
        preflight = await http.options("/register")
    assert registered.status_code == 201
    assert not [name for each in (registered, preflight) for name in each.headers if "access-control" in name]


async def test_L05_where_it_is_off_there_is_nothing(tmp_path: Path) -> None:
    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path, HIBANA_REGISTRATION="off") as deployment:
        client = await make_client(deployment.op, registration_token_hash=secrets.digest("own"))
        token = await initial_token(deployment)
        assert (await post(deployment, WEB, token=token)).status_code == 404
        refused = await manage(deployment, "GET", f"/register/{client.client_id}", "own")
        assert (refused.status_code, refused.json()["error"]) == (404, "not_found")
        async with deployment.http() as http:
            assert "registration_endpoint" not in (await http.get("/.well-known/openid-configuration")).json()


async def test_discovery_says_where_to_register(open_on_sqlite: Deployment) -> None:
    async with open_on_sqlite.http() as http:
        found = (await http.get("/.well-known/openid-configuration")).json()
    assert found["registration_endpoint"] == "https://id.example/register"


async def test_a_registration_stands_in_the_audit_log(open_deployment: Deployment) -> None:
    registered = await register(open_deployment)
    rows = await open_deployment.op.db.all("SELECT * FROM audit_log WHERE action = 'client:registration:created'")
    assert [(row["client_id"], row["resource_id"], row["actor_kind"]) for row in rows] == [
        (registered.client_id, registered.client_id, "client")
    ]
    assert json.loads(rows[0]["metadata_json"]) == {"registration": "dcr"}


async def test_a_scope_that_a_mapping_made_can_be_registered(open_on_sqlite: Deployment) -> None:
    mapping = scope_mappings.ScopeMapping(
        scope="staff", claim_name="employee", source_table="users", source_column="email", created_at=0
    )
    await open_on_sqlite.op.db.transact(lambda tx: scope_mappings.put(tx, mapping))
    assert (await register(open_on_sqlite, scope="openid staff")).told["scope"] == "openid staff"
