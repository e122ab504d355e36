"""Each refused request that a browser brings is explained: the rule, what was expected and what was sent."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from hibana_op.foundation.acr import TWO_FACTORS
from tests.app_keys import AppKey, key_set, request_claims
from tests.deployment import Deployment, Page, answer
from tests.deployment import request as asking
from tests.flows.journeys import obtain_tokens, redeem
from tests.flows.refused import FAR, ask, received, rules_of, send, trace_of
from tests.make import CALLBACK, make_client, make_user

HYBRID: dict[str, Any] = {
    "response_types": ("code", "code id_token"),
    "grant_types": ("authorization_code", "implicit", "refresh_token"),
}
ESSENTIAL = json.dumps({"id_token": {"acr": {"essential": True, "value": "gold"}}})

# By rule: what makes a good authorization request a bad one. None takes a parameter out.
AUTHORIZATION: dict[str, dict[str, Any]] = {
    "unknown_client": {"client_id": "nobody"},
    "parameter_missing": {"response_type": None},
    "redirect_uri_missing": {"redirect_uri": None},
    "redirect_uri_unregistered": {"redirect_uri": f"{CALLBACK}/"},
    "parameter_doubled": {"state": ["one", "two"]},
    "parameter_too_long": {"nonce": "n" * 1025},
    "parameters_too_many": {f"p{number}": "1" for number in range(100)},
    "response_type_unknown": {"response_type": "tokens"},
    "response_type_unregistered": {"response_type": "id_token"},
    "response_mode_unknown": {"response_mode": "pigeon"},
    "prompt_unknown": {"prompt": "hurry"},
    "prompt_none_with_others": {"prompt": "none login"},
    "max_age_malformed": {"max_age": "soon"},
    "claims_malformed": {"claims": "[]"},
    "acr_unreachable": {"claims": ESSENTIAL},
    "id_token_hint_invalid": {"id_token_hint": "not.a.token"},
    "pkce_missing": {"code_challenge": None, "code_challenge_method": None},
    "pkce_method": {"code_challenge_method": "plain"},
    "pkce_challenge_malformed": {"code_challenge": "short"},
    "scope_malformed": {"scope": 'openid "'},
    "scope_not_allowed": {"scope": "openid launch"},
    "resource_malformed": {"resource": "api"},
    "resource_unknown": {"resource": FAR},
    "login_required": {"prompt": "none"},
    "request_object_doubled": {"request": "a.b.c", "request_uri": "https://app.example/r"},
    "request_object_invalid": {"request": "a.b.c"},
    "request_uri_unregistered": {"request_uri": "https://app.example/r"},
    "registration_not_supported": {"registration": "{}"},
}

HYBRID_REQUESTS: dict[str, dict[str, Any]] = {
    "nonce_missing": {"response_type": "code id_token", "nonce": None},
    "response_mode_unsafe": {"response_type": "code id_token", "response_mode": "query"},
    "openid_scope_missing": {"response_type": "code id_token", "scope": "profile"},
}


async def test_each_wrong_authorization_request_is_explained_by_its_rule(deployment: Deployment) -> None:
    client = await make_client(deployment.op)
    responses = {rule: await ask(deployment, client, **changes) for rule, changes in AUTHORIZATION.items()}
    assert await rules_of(deployment, responses) == {rule: rule for rule in AUTHORIZATION}

    traces = {rule: await trace_of(deployment, response) for rule, response in responses.items()}
    assert {trace.endpoint for trace in traces.values()} == {"/authorize"}
    unknown = {rule for rule, trace in traces.items() if trace.client_id != client.client_id}
    assert unknown == {"unknown_client"}
    for rule, response in responses.items():
        assert traces[rule].account.status == response.status_code
        if response.is_redirect:
            assert traces[rule].error == answer(response)["error"]
            assert traces[rule].account.description.startswith(answer(response)["error_description"][:20])


async def test_each_rule_of_answers_with_tokens_is_explained(deployment_on_sqlite: Deployment) -> None:
    deployment = deployment_on_sqlite
    client = await make_client(deployment.op, **HYBRID)
    responses = {rule: await ask(deployment, client, **changes) for rule, changes in HYBRID_REQUESTS.items()}
    strict = await make_client(deployment.op, profile="oauth21", **HYBRID)
    responses["front_channel_closed"] = await ask(deployment, strict, response_type="code id_token")
    signing = await make_client(deployment.op, require_signed_request_object=True)
    responses["request_object_missing"] = await ask(deployment, signing)
    assert await rules_of(deployment, responses) == {rule: rule for rule in responses}


async def test_each_wrong_way_to_sign_out_is_explained(deployment: Deployment) -> None:
    op = deployment.op
    client, other, user = await make_client(op), await make_client(op), await make_user(op)
    browser = deployment.browser()
    hint = (await obtain_tokens(deployment, client, user, browser=browser))["id_token"]
    goodbye = client.post_logout_redirect_uris[0]
    async with deployment.http() as http:

        async def sign_out(**parameters: str) -> httpx2.Response:
            return await http.get("/logout", params=parameters)

        responses = {
            "logout_redirect_unregistered": await sign_out(id_token_hint=hint, post_logout_redirect_uri=f"{goodbye}?x"),
            "logout_hint_missing": await sign_out(post_logout_redirect_uri=goodbye, client_id=client.client_id),
            "logout_client_differs": await sign_out(id_token_hint=hint, client_id=other.client_id),
            "id_token_hint_invalid": await sign_out(id_token_hint=hint[:-4] + "AAAA"),
            "unknown_client": await sign_out(client_id="nobody"),
        }
    assert await rules_of(deployment, responses) == {rule: rule for rule in responses}
    told = await trace_of(deployment, responses["logout_redirect_unregistered"])
    assert (told.account.expected, told.account.sent) == ((goodbye,), f"{goodbye}?x")


async def test_what_people_and_browsers_do_is_explained(deployment: Deployment) -> None:
    op = deployment.op
    client, alice, bob = await make_client(op), await make_user(op), await make_user(op)
    browser = deployment.browser()
    consent = await browser.sign_in(await browser.authorize(client), alice)
    hint = (await obtain_tokens(deployment, client, bob))["id_token"]
    silent = await browser.http.get("/authorize", params=asking(client, prompt="none"))
    two_factors = json.dumps({"id_token": {"acr": {"essential": True, "value": TWO_FACTORS}}})
    more = await browser.http.get("/authorize", params=asking(client, claims=two_factors))
    elsewhere = await deployment.browser().get(str(consent.url))
    meant = await deployment.browser().authorize(client, id_token_hint=hint)
    stranger = deployment.browser()
    named = await stranger.authorize(client, id_token_hint=hint)
    responses = {
        "consent_required": silent,
        "acr_not_reached": more,
        "other_browser": elsewhere,
        "cookies_blocked": await deployment.browser().http.post("/login", data={"username": "x"}),
        "csrf": await browser.submit(Page.read(consent), csrf="forged", decision="allow"),
        "another_person": await stranger.sign_in(named, alice),
        "access_denied": await browser.submit(Page.read(consent), decision="deny"),
        "interaction_expired": await browser.get(str(consent.url)),
        "subjects_differ": await browser.authorize(
            client, id_token_hint=hint, claims=json.dumps({"id_token": {"sub": {"value": "somebody"}}})
        ),
        "request_invalid": await browser.submit(Page.read(await browser.authorize(client, prompt="consent"))),
    }
    assert meant.status_code == 200
    assert await rules_of(deployment, responses) == {rule: rule for rule in responses}
    denied = await trace_of(deployment, responses["access_denied"])
    assert (denied.endpoint, denied.client_id) == ("/consent", client.client_id)
    assert received(denied, "decision").value == "deny"
    assert received(denied, "redirect_uri").value == CALLBACK, "the request that was denied is told too"


async def test_what_cannot_be_read_is_explained_too(deployment_on_sqlite: Deployment) -> None:
    deployment = deployment_on_sqlite
    async with deployment.http() as http:
        responses = {
            "parameters_malformed": await http.get("/authorize?state=%zz"),
            "method_wrong": await http.get("/token"),
            "method_wrong at a page": await http.put("/login"),
            "parameters_in_query": await http.post("/token?grant_type=x"),
            "media_type_wrong": await http.post("/token", json={}),
            "parameter_doubled": await send(deployment, "/token", "scope=a&scope=b&code=hush"),
            "too_large": await http.post("/token", content=_long_body()),
            "too_large at a page": await http.post("/login", content=_long_body()),
        }
    assert await rules_of(deployment, responses) == {rule: rule.partition(" ")[0] for rule in responses}
    doubled = await trace_of(deployment, responses["parameter_doubled"])
    assert [(each.name, each.value) for each in doubled.account.received] == [
        ("scope", "a"),
        ("scope", "b"),
        ("code", None),
    ]


async def _long_body() -> AsyncIterator[bytes]:
    """More than a form may hold, in pieces, so that nobody knows it beforehand."""
    for _ in range(80):
        yield b"x" * 1024


async def test_a_failure_of_ours_is_traced_without_what_it_says(deployment: Deployment) -> None:
    client = await make_client(deployment.op)
    await deployment.op.db.run("ALTER TABLE authorization_codes RENAME TO away")
    failed = await redeem(deployment, client, "a-code-that-nobody-looks-up-any-more")
    await deployment.op.db.run("ALTER TABLE away RENAME TO authorization_codes")
    assert failed.status_code >= 500
    trace = await trace_of(deployment, failed)
    assert (trace.account.status, trace.account.rule) == (failed.status_code, "server_error")
    assert "authorization_codes" not in repr(trace)


async def test_each_fault_of_a_request_object_is_explained(open_and_reaching_apps: Deployment) -> None:
    deployment, key = open_and_reaching_apps, AppKey("RS256")
    nowhere = "https://localhost:1/request"
    client = await make_client(deployment.op, jwks=key_set(key), request_uris=(nowhere,))
    foreign = AppKey("RS256").sign(request_claims(client))
    responses = {
        "request_object_invalid": await ask(deployment, client, request=foreign),
        "request_object_claims": await ask(deployment, client, request=key.sign(request_claims(client, aud="else"))),
        "request_uri_unreachable": await ask(deployment, client, request_uri=nowhere),
    }
    assert await rules_of(deployment, responses) == {rule: rule for rule in responses}
    for rule in ("request_object_invalid", "request_uri_unreachable"):
        trace = await trace_of(deployment, responses[rule])
        assert trace.account.detail, "the reason is told here"
        assert trace.account.detail not in answer(responses[rule])["error_description"], "and only here"
