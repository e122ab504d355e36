"""Where an answer may go: rows A01, A02, A04, A05 and A07 of the security requirements."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

from hibana_op.oauth.response_types import RESPONSE_TYPES
from hibana_op.records.clients import Client
from tests.deployment import Deployment, Page, answer, request
from tests.flows.journeys import EVERY_TYPE, is_page, posted
from tests.make import CALLBACK, make_client, make_user

MUTATIONS: dict[str, str] = json.loads((Path(__file__).parent / "redirect_mutations.json").read_text("utf-8"))
EVIL = "https://evil.example/callback"
OTHER_FAULTS: tuple[dict[str, Any], ...] = (
    {},
    {"response_type": "token"},
    {"response_type": "id_token"},
    {"response_type": "code id_token token", "nonce": None},
    {"response_type": "none"},
    {"response_type": None},
    {"scope": "no-such-scope"},
    {"prompt": "none"},
    {"prompt": "none login"},
    {"max_age": "soon"},
    {"claims": "{"},
    {"request": "e30.e30."},
    {"request_uri": "https://evil.example/request"},
    {"registration": "{}"},
    {"code_challenge": None},
    {"code_challenge_method": "plain"},
    {"id_token_hint": "not-a-token"},
    {"resource": "https://unknown.example"},
    {"state": ["one", "two"]},
    {"client_id": None},
    {"client_id": "unknown"},
)
MODES = (None, "query", "fragment", "form_post", "web_message")


async def send(http: httpx2.AsyncClient, client: Client, method: str, **parameters: Any) -> httpx2.Response:
    """An authorization request whose answer is not followed."""
    encoded = urlencode(request(client, **parameters), doseq=True)
    if method == "GET":
        return await http.get(f"/authorize?{encoded}")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return await http.post("/authorize", content=encoded, headers=headers)


async def test_A01_only_the_registered_redirect_uri_gets_an_answer(deployment_on_sqlite: Deployment) -> None:
    client = await make_client(deployment_on_sqlite.op, **EVERY_TYPE)
    user = await make_user(deployment_on_sqlite.op)
    browser = deployment_on_sqlite.browser()
    await browser.obtain_code(client, user)

    ways = [("GET", each, mode) for each in RESPONSE_TYPES for mode in (None, "form_post")] + [("POST", "code", None)]
    wrong = {}
    for name, uri in MUTATIONS.items():
        for method, response_type, mode in ways:
            asked = {"redirect_uri": uri, "response_type": response_type, "response_mode": mode}
            response = await send(browser.http, client, method, **asked)
            if not is_page(response) or "code=" in response.text or "token=" in response.text:
                wrong[f"{name}, {method}, {response_type}, {mode}"] = (
                    response.status_code,
                    response.headers.get("location"),
                )

    assert wrong == {}
    assert "code" in answer(await browser.authorize(client))


async def test_A01_only_the_port_of_a_loopback_address_may_vary(deployment_on_sqlite: Deployment) -> None:
    registered = ("http://127.0.0.1/done", "http://[::1]:4000/done?from=op", "http://localhost:5000/done")
    client = await make_client(
        deployment_on_sqlite.op,
        application_type="native",
        redirect_uris=registered,
        token_endpoint_auth_method="none",
    )
    may = (
        "http://127.0.0.1/done",
        "http://127.0.0.1:1/done",
        "http://127.0.0.1:65535/done",
        "http://[::1]/done?from=op",
        "http://[::1]:4001/done?from=op",
        "http://localhost:5000/done",
    )
    may_not = (
        "https://127.0.0.1:4000/done",
        "http://127.0.0.1:4000/done/",
        "http://127.0.0.1:4000/other",
        "http://127.0.0.1:4000/done?x",
        "http://127.0.0.1:4000/done#x",
        "http://127.0.0.1:/done",
        "http://127.0.0.1:65536/done",
        "http://127.0.0.1:-1/done",
        "http://127.0.0.1:4000@evil.example/done",
        "http://user@127.0.0.1:4000/done",
        "http://127.0.0.1.evil.example:4000/done",
        "http://127.0.0.2:4000/done",
        "http://127.1:4000/done",
        "http://2130706433:4000/done",
        "http://[::1]:4000/done",
        "http://[::1]:4000/done?from=evil",
        "http://[0:0:0:0:0:0:0:1]:4000/done?from=op",
        "http://localhost:5001/done",
        "http://localhost/done",
    )
    async with deployment_on_sqlite.http() as http:
        sent = {uri: await send(http, client, "GET", redirect_uri=uri) for uri in (*may, *may_not)}

    assert [uri for uri in may if "/login" not in sent[uri].headers.get("location", "")] == []
    assert [uri for uri in may_not if not is_page(sent[uri])] == []


async def test_A02_a_wrong_redirect_uri_gets_nothing_whatever_else_is_wrong(deployment_on_sqlite: Deployment) -> None:
    client = await make_client(deployment_on_sqlite.op, **EVERY_TYPE)
    user = await make_user(deployment_on_sqlite.op)
    browser = deployment_on_sqlite.browser()
    await browser.obtain_code(client, user)

    wrong = []
    for evil in (EVIL, None, [CALLBACK, EVIL], [EVIL, CALLBACK]):
        for fault in OTHER_FAULTS:
            for mode in MODES:
                for method in ("GET", "POST"):
                    asked: dict[str, Any] = {"redirect_uri": evil, "response_mode": mode, **fault}
                    response = await send(browser.http, client, method, **asked)
                    if not is_page(response) or "evil.example/callback" in Page.read(response).action:
                        wrong.append((method, asked, response.status_code, response.headers.get("location")))

    assert wrong == []


async def test_A02_an_unknown_client_gets_nothing_even_at_a_registered_address(
    deployment_on_sqlite: Deployment,
) -> None:
    client = await make_client(deployment_on_sqlite.op)
    async with deployment_on_sqlite.http() as http:
        for client_id in (None, "unknown", client.client_id.upper(), f"{client.client_id} ", [client.client_id] * 2):
            for fault in OTHER_FAULTS[:-2]:
                response = await send(http, client, "GET", **{**fault, "client_id": client_id})
                assert is_page(response), (client_id, fault)


async def test_A04_every_redirect_after_a_form_is_a_303(deployment_on_sqlite: Deployment) -> None:
    client = await make_client(deployment_on_sqlite.op)
    user = await make_user(deployment_on_sqlite.op)
    browser = deployment_on_sqlite.browser()
    login = Page.read(await browser.authorize(client))

    named = await browser.http.post(login.action, data={**login.fields, "username": user.email})
    asked = Page.read(await browser.get(named.headers["location"]))
    signed_in = await browser.http.post(asked.action, data={**asked.fields, "password": "correct horse battery"})
    consent = Page.read(await browser.get(signed_in.headers["location"]))
    allowed = await browser.http.post(consent.action, data={**consent.fields, "decision": "allow"})

    assert [named.status_code, signed_in.status_code, allowed.status_code] == [303, 303, 303]
    assert allowed.headers["location"].startswith(CALLBACK)


async def test_A05_success_and_error_carry_the_issuer_in_every_mode(deployment_on_sqlite: Deployment) -> None:
    client = await make_client(deployment_on_sqlite.op)
    user = await make_user(deployment_on_sqlite.op)
    browser = deployment_on_sqlite.browser()
    await browser.obtain_code(client, user)
    issuer = deployment_on_sqlite.op.issuer

    for fault, expected in (({}, "code"), ({"scope": "no-such-scope"}, "error"), ({"response_type": "CODE"}, "error")):
        for mode in (None, "query"):
            located = urlsplit((await browser.authorize(client, response_mode=mode, **fault)).headers["location"])
            found = dict(parse_qsl(located.query, strict_parsing=True))
            assert not located.fragment
            assert {"iss": issuer, "state": "the-state"}.items() <= found.items()
            assert expected in found
        located = urlsplit((await browser.authorize(client, response_mode="fragment", **fault)).headers["location"])
        assert not located.query
        assert {"iss": issuer, "state": "the-state"}.items() <= dict(parse_qsl(located.fragment)).items()
        action, fields = posted(await browser.authorize(client, response_mode="form_post", **fault))
        assert action == CALLBACK
        assert {"iss": issuer, "state": "the-state"}.items() <= fields.items()
        assert expected in fields

    async with deployment_on_sqlite.http() as http:
        metadata = (await http.get("/.well-known/openid-configuration")).json()
    assert metadata["authorization_response_iss_parameter_supported"] is True


async def test_A07_form_post_escapes_what_it_carries(deployment_on_sqlite: Deployment) -> None:
    client = await make_client(deployment_on_sqlite.op)
    user = await make_user(deployment_on_sqlite.op)
    browser = deployment_on_sqlite.browser()
    await browser.obtain_code(client, user)

    for state in ('"><script>alert(1)</script>', "javascript:alert(1)", "' onfocus=alert(1) x='", "{{7*7}}", "<!--"):
        response = await browser.authorize(client, response_mode="form_post", state=state)
        action, fields = posted(response)
        assert (action, fields["state"]) == (CALLBACK, state)
        assert response.text.count("<script") == 1
        policy = response.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "form-action https://app.example" in policy


async def test_redirect_uri_keeps_its_own_query(deployment_on_sqlite: Deployment) -> None:
    uris = (
        "https://app.example/cb?tenant=1",
        "https://app.example",
        "https://app.example/cb?",
        "com.example.app:///cb",
    )
    client = await make_client(deployment_on_sqlite.op, redirect_uris=uris, application_type="native", first_party=True)
    user = await make_user(deployment_on_sqlite.op)
    browser = deployment_on_sqlite.browser()
    await browser.obtain_code(client, user)

    for uri in uris:
        location = (await browser.authorize(client, redirect_uri=uri)).headers["location"]
        assert location.startswith(uri)
        query = dict(parse_qsl(location.partition("?")[2]))
        assert set(query) == {"code", "state", "iss", "session_state"} | ({"tenant"} if "tenant" in uri else set())
