"""Forged tokens and tokens in the wrong place: rows D01 to D05, at every endpoint that reads one."""

import json
import time
from typing import Any

import httpx2
import pytest

from hibana_op.foundation.base64url import encode
from hibana_op.records.clients import Client
from tests.deployment import Browser, Deployment, answer
from tests.flows.journeys import claims_of, error_of, header_of, obtain_tokens, userinfo
from tests.foundation import forged
from tests.make import make_client, make_resource, make_user

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def forgeries(deployment: Deployment, genuine: str) -> dict[str, str]:
    """What an attacker makes of a token, with the published key that verifies it."""
    async with deployment.http() as http:
        keys = (await http.get("/jwks")).json()["keys"]
    jwk = next(key for key in keys if key["kid"] == header_of(genuine)["kid"])
    # What no form and no header can carry never arrives.
    made = forged.forgeries(genuine, jwk)
    return {name: token for name, token in made.items() if token.strip() and "\ud800" not in token}


async def read_by_userinfo(deployment: Deployment, token: str) -> httpx2.Response:
    """Send a token in the body, which can carry any character."""
    async with deployment.http() as http:
        return await http.post("/userinfo", data={"access_token": token})


async def test_D01_D02_D03_no_forged_access_token_counts(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    await make_resource(op)
    own = await obtain_tokens(deployment_on_sqlite, client, user)
    at_api = await obtain_tokens(
        deployment_on_sqlite, client, user, scope="openid read", resource="https://api.example/"
    )
    assert {header_of(each["access_token"])["alg"] for each in (own, at_api)} == {"ES256", "RS256"}

    accepted = []
    for genuine in (own["access_token"], at_api["access_token"]):
        for name, token in (await forgeries(deployment_on_sqlite, genuine)).items():
            if token.strip() == genuine:
                continue
            began = time.perf_counter()
            seen = await deployment_on_sqlite.call("/introspect", client, token=token)
            read = await read_by_userinfo(deployment_on_sqlite, token)
            took = time.perf_counter() - began
            is_fine = seen.status_code == 400 or seen.json() == {"active": False}
            if not is_fine or read.status_code not in {400, 401} or took > 2:
                accepted.append((name, seen.status_code, seen.text, read.status_code, took))
            await deployment_on_sqlite.call("/revoke", client, token=token)

    assert accepted == []
    assert (await userinfo(deployment_on_sqlite, own["access_token"])).status_code == 200


async def test_D01_D02_D03_no_forged_id_token_is_a_hint(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment_on_sqlite.browser()
    tokens = await obtain_tokens(deployment_on_sqlite, client, user, browser=browser)
    params = {"prompt": "none", "id_token_hint": tokens["id_token"]}
    assert "code" in answer(await browser.authorize(client, **params))

    accepted = []
    for name, token in (await forgeries(deployment_on_sqlite, tokens["id_token"])).items():
        response = await as_hint(browser, client, token)
        if "code=" in response.headers.get("location", "") or response.status_code not in {303, 400}:
            accepted.append((name, response.status_code, response.headers.get("location")))
        logout = await browser.http.post("/logout", data={"id_token_hint": token})
        if logout.status_code != 400:
            accepted.append((f"{name} at logout", logout.status_code, logout.text))

    assert accepted == []


async def as_hint(browser: Browser, client: Client, token: str) -> httpx2.Response:
    """A silent request with a token for a hint."""
    asked = {
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uris[0],
        "response_type": "code",
        "scope": "openid",
        "prompt": "none",
        "code_challenge": "a" * 43,
        "code_challenge_method": "S256",
        "id_token_hint": token,
    }
    return await browser.http.post("/authorize", data=asked)


async def test_D04_a_kid_is_only_looked_up(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    tokens = await obtain_tokens(deployment_on_sqlite, client, user)
    _, payload, signature = tokens["access_token"].split(".")

    for number in range(200):
        header = encode(json.dumps({"alg": "ES256", "kid": f"kid-{number}", "typ": "at+jwt"}).encode())
        response = await userinfo(deployment_on_sqlite, f"{header}.{payload}.{signature}")
        assert (response.status_code, error_of(response)) == (401, "invalid_token")

    assert (await userinfo(deployment_on_sqlite, tokens["access_token"])).status_code == 200


async def test_D05_a_token_of_another_issuer_with_the_same_keys_does_not_count(
    deployment_on_sqlite: Deployment,
) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment_on_sqlite.browser()
    tokens = await obtain_tokens(deployment_on_sqlite, client, user, browser=browser)
    ring = await op.remembered.keyring()

    async def resigned(token: str, **changes: Any) -> str:
        header = header_of(token)
        claims = {name: value for name, value in {**claims_of(token), **changes}.items() if value is not None}
        return await op.signer.sign(ring.signing(header["alg"], op.now()), claims, typ=header["typ"])

    assert (await userinfo(deployment_on_sqlite, await resigned(tokens["access_token"]))).status_code == 200
    for changes in ({"iss": "https://other.example"}, {"iss": None}, {"exp": None}, {"exp": "9"}, {"exp": op.now()}):
        found = await userinfo(deployment_on_sqlite, await resigned(tokens["access_token"], **changes))
        assert (found.status_code, error_of(found)) == (401, "invalid_token"), changes
    foreign = await as_hint(browser, client, await resigned(tokens["id_token"], iss="https://other.example"))
    assert answer(foreign)["error"] == "invalid_request"


@pytest.mark.parametrize("how", ["header by GET", "header by POST", "body"])
async def test_userinfo_takes_a_token_in_each_of_its_ways(deployment: Deployment, how: str) -> None:
    op = deployment.op
    client = await make_client(op)
    user = await make_user(op, name="Alice", email_verified=True)
    token = (await obtain_tokens(deployment, client, user))["access_token"]
    header = {"Authorization": f"bearer  {token} "}
    async with deployment.http() as http:
        response = await {
            "header by GET": lambda: http.get("/userinfo", headers=header),
            "header by POST": lambda: http.post("/userinfo", headers=header),
            "body": lambda: http.post("/userinfo", data={"access_token": token}),
        }[how]()

    assert response.status_code == 200
    assert response.json() == {
        "sub": user.id,
        "name": "Alice",
        "email": user.email,
        "email_verified": True,
        "updated_at": user.updated_at,
    }


async def test_userinfo_refuses_a_token_that_comes_twice_or_in_the_query(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    token = (await obtain_tokens(deployment_on_sqlite, client, user))["access_token"]
    header = {"Authorization": f"Bearer {token}"}
    async with deployment_on_sqlite.http() as http:
        twice = await http.post("/userinfo", headers=header, data={"access_token": token})
        in_query = await http.get("/userinfo", params={"access_token": token})
        doubled = await http.get("/userinfo", headers=[*header.items(), *header.items()])
        nothing = await http.get("/userinfo")
        empty = await http.get("/userinfo", headers={"Authorization": "Bearer "})
        other = await http.get("/userinfo", headers={"Authorization": f"Basic {token}"})
    assert (twice.status_code, error_of(twice)) == (400, "invalid_request")
    assert (in_query.status_code, doubled.status_code, empty.status_code, other.status_code) == (401,) * 4
    assert nothing.headers["www-authenticate"] == 'Bearer realm="hibana"'
    assert 'error="invalid_token"' in other.headers["www-authenticate"]


async def test_userinfo_needs_the_scope_openid(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op), await make_user(op)
    token = (await obtain_tokens(deployment_on_sqlite, client, user, scope="email"))["access_token"]

    response = await userinfo(deployment_on_sqlite, token)

    assert (response.status_code, error_of(response)) == (403, "insufficient_scope")


async def test_an_access_token_ends_on_time(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client, user = await make_client(op, access_token_lifetime=60), await make_user(op)
    tokens = await obtain_tokens(deployment_on_sqlite, client, user)
    assert tokens["expires_in"] == 60

    deployment_on_sqlite.clock.advance(59)
    assert (await userinfo(deployment_on_sqlite, tokens["access_token"])).status_code == 200
    deployment_on_sqlite.clock.advance(1)
    assert (await userinfo(deployment_on_sqlite, tokens["access_token"])).status_code == 401
