"""The endpoints that programs call, as HTTP: rows C04, C05, C06 and C09."""

from typing import Any

import pytest

from hibana_op.oauth.client_auth import METHODS
from hibana_op.oauth.grants import GRANTS
from hibana_op.oauth.response_types import RESPONSE_TYPES
from hibana_op.records import clients
from tests.deployment import Deployment
from tests.flows.journeys import error_of, obtain_tokens
from tests.make import SECRET, make_client, make_user

EVIL_ORIGINS = (
    "https://evil.example",
    "https://app.example.evil.example",
    "https://evilapp.example",
    "http://app.example",
    "https://app.example:8443",
    "https://app.example/",
    "null",
    "",
)


async def test_C04_only_registered_grants_are_served(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    form = {"code": "x", "redirect_uri": "https://app.example/callback", "refresh_token": "x"}

    for grant in GRANTS:
        others = tuple(other for other in GRANTS if other != grant)
        client = await make_client(op, grant_types=others)
        response = await deployment_on_sqlite.token(client, grant_type=grant, **form)
        assert error_of(response) == "unauthorized_client", grant
    client = await make_client(op, grant_types=tuple(GRANTS))
    for grant in (
        "password",
        "implicit",
        "PASSWORD",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:device_code",
        "authorization_code ",
        "__class__",
    ):
        response = await deployment_on_sqlite.token(client, grant_type=grant, username="a", password="b")
        assert error_of(response) == "unsupported_grant_type", grant
    assert error_of(await deployment_on_sqlite.token(client)) == "invalid_request"


async def test_C04_metadata_names_exactly_what_is_served(deployment_on_sqlite: Deployment) -> None:
    async with deployment_on_sqlite.http() as http:
        metadata = (await http.get("/.well-known/openid-configuration")).json()

    served = ["authorization_code", "refresh_token", "client_credentials"]
    assert metadata["grant_types_supported"] == [*served, "implicit"]  # that one at the authorization endpoint
    assert metadata["response_types_supported"] == list(RESPONSE_TYPES)
    assert metadata["token_endpoint_auth_methods_supported"] == list(METHODS)
    assert metadata["code_challenge_methods_supported"] == ["S256"]


async def test_C05_no_answer_with_a_secret_is_kept_in_a_cache(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    tokens = await obtain_tokens(deployment_on_sqlite, client, user)
    right: Any = {"auth": (client.client_id, SECRET)}
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    async with deployment_on_sqlite.http() as http:
        answers = {
            "token": (200, await http.post("/token", data=refresh, **right)),
            "token, no client": (401, await http.post("/token", data=refresh)),
            "token, bad grant": (400, await http.post("/token", data={"grant_type": "x"}, **right)),
            "token, GET": (405, await http.get("/token")),
            "token, JSON": (415, await http.post("/token", json=refresh, **right)),
            "userinfo": (200, await http.get("/userinfo", headers=bearer)),
            "userinfo, posted": (200, await http.post("/userinfo", headers=bearer)),
            "userinfo, no token": (401, await http.get("/userinfo")),
            "userinfo, PUT": (405, await http.put("/userinfo")),
            "introspect": (200, await http.post("/introspect", data={"token": tokens["access_token"]}, **right)),
            "introspect, nothing": (400, await http.post("/introspect", **right)),
            "introspect, no client": (401, await http.post("/introspect", data={"token": "x"})),
            "revoke": (200, await http.post("/revoke", data={"token": "x"}, **right)),
            "revoke, nothing": (400, await http.post("/revoke", **right)),
            "revoke, no client": (401, await http.post("/revoke", data={"token": "x"})),
        }
    for name, (status, response) in answers.items():
        assert response.status_code == status, (name, response.text)
        assert response.headers["cache-control"] == "no-store", name
        if name != "revoke":
            assert response.headers["content-type"] == "application/json", name
        if status >= 400:
            assert error_of(response)
    assert answers["revoke"][1].content == b""


async def test_C06_only_a_posted_form_is_read(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op, token_endpoint_auth_method="client_secret_post", grant_types=("client_credentials",))
    whole = {"grant_type": "client_credentials", "client_id": client.client_id, "client_secret": SECRET, "token": "x"}
    async with deployment_on_sqlite.http() as http:
        for path in ("/token", "/introspect", "/revoke"):
            for method in ("GET", "PUT", "PATCH", "DELETE", "HEAD"):
                response = await http.request(method, path, params=whole)
                assert response.status_code == 405, (method, path)
                assert response.headers["allow"] == "POST, OPTIONS"
            in_query = await http.post(path, params=whole)
            assert (in_query.status_code, error_of(in_query)) == (400, "invalid_request")
            secret_in_query = await http.post(f"{path}?client_secret={SECRET}", data=whole)
            assert (secret_in_query.status_code, error_of(secret_in_query)) == (400, "invalid_request")
            for options in (
                {"json": whole},
                {"files": {"token": b"x"}},
                {"content": "token=x", "headers": {"Content-Type": "text/plain"}},
                {"content": "token=x"},
                {"content": "token=x", "headers": {"Content-Type": "application/x-www-form-urlencoded+json"}},
            ):
                wrong: Any = options
                response = await http.post(path, **wrong)
                assert (response.status_code, error_of(response)) == (415, "invalid_request"), options
            with_charset = {"Content-Type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8"}
            body = "&".join(f"{name}={value}" for name, value in whole.items())
            assert (await http.post(path, content=body, headers=with_charset)).status_code == 200
            too_long = await http.post(path, data={**whole, "unknown": "x" * 70_000})
            assert too_long.status_code == 413


@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke", "/userinfo"])
async def test_what_cannot_be_read_is_refused_in_the_form_of_the_protocol(deployment: Deployment, path: str) -> None:
    client = await make_client(deployment.op)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with deployment.http(auth=(client.client_id, SECRET)) as http:
        for body in (
            b"token=%",
            b"token=%zz",
            b"token=%ff",
            b"token=%ed%a0%80",
            b"token=\xff",
            b"token=%00",
            b"%00=x",
            b"=x",
            b"token=x&token=y",
            b"token=" + b"x" * 16385,
            b"client_id=" + b"x" * 256,
            b"scope=" + b"x" * 2049,
            b"&".join(b"p%d=x" % number for number in range(101)),
            b'{"token": "x"}=%',
        ):
            response = await http.post(path, content=body, headers=headers)
            assert (response.status_code, error_of(response)) == (400, "invalid_request"), body


async def test_C09_only_registered_pages_may_call_and_never_with_credentials(
    deployment_on_sqlite: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment_on_sqlite.op
    uris = ("https://app.example/callback", "http://localhost:3000/", "com.example.app:/cb")
    await make_client(op, redirect_uris=uris)
    good = ("https://app.example", "http://localhost:3000")
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    async with deployment_on_sqlite.http() as http:
        for path in ("/token", "/userinfo", "/revoke"):
            for origin in good:
                answers = [
                    await http.options(path, headers={"Origin": origin, **preflight}),
                    await http.post(path, headers={"Origin": origin}),
                ]
                for response in answers:
                    assert response.headers["access-control-allow-origin"] == origin
                    assert response.headers["vary"] == "Origin"
                    assert "access-control-allow-credentials" not in response.headers
                assert answers[0].status_code == 204
                assert "Authorization" in answers[0].headers["access-control-allow-headers"]
            for origin in (*EVIL_ORIGINS, "com.example.app:", "com.example.app://"):
                for response in (
                    await http.options(path, headers={"Origin": origin, **preflight}),
                    await http.post(path, headers={"Origin": origin}),
                ):
                    assert not any(name.startswith("access-control") for name in response.headers), (path, origin)
                    assert response.headers["vary"] == "Origin"
        for path in ("/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"):
            for origin in (*good, *EVIL_ORIGINS):
                response = await http.get(path, headers={"Origin": origin})
                assert response.headers["access-control-allow-origin"] == "*"
                assert "access-control-allow-credentials" not in response.headers
        for path in ("/introspect", "/authorize", "/login", "/login/password", "/consent", "/logout", "/"):
            for response in (
                await http.options(path, headers={"Origin": good[0], **preflight}),
                await http.get(path, headers={"Origin": good[0]}),
                await http.post(path, headers={"Origin": good[0]}),
            ):
                assert not any(name.startswith("access-control") for name in response.headers), path


async def test_C09_the_origin_of_a_deleted_client_is_forgotten(
    deployment_on_sqlite: Deployment, changes_are_seen_at_once: None
) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op)
    headers = {"Origin": "https://app.example"}
    async with deployment_on_sqlite.http() as http:
        assert "access-control-allow-origin" in (await http.post("/token", headers=headers)).headers
        await op.db.transact(lambda tx: clients.delete(tx, client.client_id))
        assert "access-control-allow-origin" not in (await http.post("/token", headers=headers)).headers


async def test_half_a_form_is_not_taken_for_a_whole_one(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op, token_endpoint_auth_method="client_secret_post"), await make_user(op)
    tokens = await obtain_tokens(deployment_on_sqlite, client, user)
    body = (
        f"grant_type=refresh_token&client_id={client.client_id}&client_secret={SECRET}"
        f"&refresh_token={tokens['refresh_token']}"
    )
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": body.encode(), "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/token",
        "raw_path": b"/token",
        "query_string": b"",
        "headers": [
            (b"host", b"id.example"),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"content-length", b"9999"),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }
    await deployment_on_sqlite.app(scope, receive, send)

    assert sent == []
    again = await deployment_on_sqlite.token(client, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert again.status_code == 200
