"""Requests inside a token: rows A02 and N02, OpenID Connect Core §6.1, RFC 9101."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from hibana_op.foundation import jose
from tests.app_keys import AppKey, key_set, request_claims, unsigned
from tests.app_server import AppServer
from tests.deployment import Deployment, Page, answer, deploy
from tests.flows.asking import KEY, NOW, an_app, ask, is_sign_in
from tests.flows.journeys import claims_of, is_page, obtain_tokens, redeem, refusal_of, tokens_of
from tests.make import CALLBACK, make_resource, make_user
from tests.schema import ISSUER

STRICT: list[dict[str, Any]] = [{"profile": "oauth21"}, {"require_signed_request_object": True}]


@pytest.mark.parametrize("algorithm", jose.SIGNING_ALGORITHMS)
async def test_a_signed_request_may_use_any_asymmetric_algorithm(
    deployment_on_sqlite: Deployment, algorithm: str
) -> None:
    key = AppKey(algorithm)
    client = await an_app(deployment_on_sqlite, jwks=key_set(key))
    for typ in ("oauth-authz-req+jwt", "application/oauth-authz-req+jwt", "JWT", None):
        assert is_sign_in(await ask(deployment_on_sqlite, client, key.sign(request_claims(client), typ=typ)))


@pytest.mark.parametrize("signed", [True, False])
async def test_what_stands_in_the_object_counts_to_the_end(deployment: Deployment, signed: bool) -> None:
    client, user = await an_app(deployment), await make_user(deployment.op)
    claims = request_claims(client, state="inside", nonce="inside too", scope="openid email")
    token = KEY.sign(claims) if signed else unsigned(claims)
    browser = deployment.browser()
    outside = {"client_id": client.client_id, "response_type": "code", "scope": "openid", "nonce": "outside"}

    page = await browser.get(f"/authorize?{urlencode({**outside, 'request': token, 'redirect_uri': CALLBACK})}")
    asked = await browser.sign_in(page, user)
    back = answer(await browser.submit(Page.read(asked), decision="allow"))

    assert (back["state"], back["iss"]) == ("inside", ISSUER)
    tokens = await tokens_of(await redeem(deployment, client, back["code"]))
    assert claims_of(tokens["id_token"])["nonce"] == "inside too"
    assert tokens["scope"] == "openid email"


async def test_a_request_object_may_be_posted(deployment_on_sqlite: Deployment) -> None:
    client = await an_app(deployment_on_sqlite)
    browser = deployment_on_sqlite.browser()
    await browser.get("/")  # the browser has been here before
    for token in (KEY.sign(request_claims(client)), KEY.sign(request_claims(client, login_hint="x" * 500))):
        form = {"client_id": client.client_id, "response_type": "code", "request": token}
        response = await browser.http.post("/authorize", data=form, follow_redirects=True)
        assert is_sign_in(response), response.text


async def test_a_request_object_lasts_until_the_person_has_signed_in(deployment_on_sqlite: Deployment) -> None:
    client, user = await an_app(deployment_on_sqlite), await make_user(deployment_on_sqlite.op)
    token = KEY.sign(request_claims(client, exp=NOW + 30))
    browser = deployment_on_sqlite.browser()
    query = urlencode({"client_id": client.client_id, "response_type": "code", "request": token})
    for _ in range(2):  # a page that is loaded again asks again
        page = await browser.get(f"/authorize?{query}")
        assert is_sign_in(page)
    deployment_on_sqlite.clock.advance(600)
    asked = await browser.sign_in(page, user)
    assert "code" in answer(await browser.submit(Page.read(asked), decision="allow"))
    assert is_page(await browser.get(f"/authorize?{query}"))


async def test_numbers_objects_and_lists_become_parameters(deployment_on_sqlite: Deployment) -> None:
    client, user = await an_app(deployment_on_sqlite), await make_user(deployment_on_sqlite.op, name="Alice")
    await make_resource(deployment_on_sqlite.op, identifier="https://api.example/")
    inside = {
        "max_age": 10,
        "claims": {"id_token": {"name": {"essential": True}, "auth_time": None}},
        "resource": ["https://api.example/"],
        "scope": "openid read",
    }
    token = KEY.sign(request_claims(client, **inside))
    tokens = await obtain_tokens(
        deployment_on_sqlite, client, user, request=token, scope="openid", resource="https://another.example/"
    )
    id_token = claims_of(tokens["id_token"])
    assert (id_token["name"], id_token["auth_time"]) == ("Alice", NOW)
    assert claims_of(tokens["access_token"])["aud"] == "https://api.example/"


WRONG: dict[str, dict[str, Any]] = {
    "client_id is another": {"client_id": "another"},
    "client_id is a list": {"client_id": ["another"]},
    "iss is another": {"iss": "another"},
    "aud is another": {"aud": "https://other.example"},
    "aud are others": {"aud": ["https://other.example", f"{ISSUER}/"]},
    "aud is nobody": {"aud": []},
    "sub is the client": {"sub": "$CLIENT"},
    "response_type is another": {"response_type": "code id_token"},
    "response_type is a list": {"response_type": ["code"]},
    "it points on": {"request_uri": "https://app.example/request"},
    "it holds another": {"request": "a.b.c"},
    "it holds an assertion": {"client_assertion": "a.b.c"},
    "it holds a secret": {"client_secret": "x"},
    "it has expired": {"exp": NOW - 60},
    "exp is text": {"exp": str(NOW + 60)},
    "nbf is ahead": {"nbf": NOW + 61},
    "iat is ahead": {"iat": NOW + 61},
    "state is a number": {"state": 7},
    "prompt is a list": {"prompt": ["login"]},
    "max_age is true": {"max_age": True},
    "max_age is a fraction": {"max_age": 1.5},
    "scope is an object": {"scope": {"openid": True}},
    "claims are a list": {"claims": []},
    "resource is mixed": {"resource": ["https://api.example/", 7]},
    "nonce is too long": {"nonce": "n" * 1025},
    "state holds NUL": {"state": "a\0b"},
}
RIGHT: dict[str, dict[str, Any]] = {
    "no iss and no aud": {"iss": None, "aud": None},
    "aud holds others too": {"aud": ["https://other.example", ISSUER]},
    "sub is a person": {"sub": "somebody"},
    "times are right": {"iat": NOW, "nbf": NOW + 30, "exp": NOW - 30, "jti": "1"},
    "client_id only outside": {"client_id": None},
    "response_type only outside": {"response_type": None},
    "claims as text": {"claims": '{"userinfo":{"name":null}}'},
    "max_age as text": {"max_age": "10"},
    "what nobody knows": {"color": "red"},
    "what nobody knows, of any type": {
        "number": 7,
        "yes": True,
        "list": [1, {}],
        "object": {"a": [None]},
        "text": "\0",
    },
    "too much of what nobody knows": {f"unknown_{number}": "x" * 200 for number in range(40)},
    "an empty value": {"login_hint": ""},
}


@pytest.mark.parametrize("signed", [True, False])
async def test_an_object_that_is_not_in_order_goes_back_as_invalid(
    deployment_on_sqlite: Deployment, signed: bool
) -> None:
    client = await an_app(deployment_on_sqlite)

    def token(changes: dict[str, Any]) -> str:
        filled = {name: client.client_id if value == "$CLIENT" else value for name, value in changes.items()}
        claims = request_claims(client, **filled)
        return KEY.sign(claims) if signed else unsigned(claims)

    for name, changes in WRONG.items():
        response = await ask(deployment_on_sqlite, client, token(changes), redirect_uri=CALLBACK, state="outside")
        assert refusal_of(response) == "invalid_request_object", name
        assert answer(response)["state"] == "outside", name
    for name, changes in RIGHT.items():
        response = await ask(deployment_on_sqlite, client, token(changes), redirect_uri=CALLBACK)
        assert is_sign_in(response), (name, response.headers.get("location"))


async def test_a_client_of_a_strict_profile_is_named_inside_too(deployment_on_sqlite: Deployment) -> None:
    client = await an_app(deployment_on_sqlite, profile="oauth21")
    nameless = KEY.sign(request_claims(client, client_id=None))
    response = await ask(deployment_on_sqlite, client, nameless, redirect_uri=CALLBACK)
    assert refusal_of(response) == "invalid_request_object"


async def test_faults_of_the_parameters_themselves_go_back_as_without_an_object(
    deployment_on_sqlite: Deployment,
) -> None:
    client = await an_app(deployment_on_sqlite)
    for changes, error in (
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "never"}, "invalid_request"),
        ({"scope": "openid unknown"}, "invalid_scope"),
        ({"registration": {"client_name": "x"}}, "registration_not_supported"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ):
        token = KEY.sign(request_claims(client, **{"state": "inside", **changes}))
        response = await ask(deployment_on_sqlite, client, token)
        assert (refusal_of(response), answer(response)["state"]) == (error, "inside"), changes


async def test_A02_nothing_goes_where_nobody_proved_that_it_may(deployment_on_sqlite: Deployment) -> None:
    client = await an_app(deployment_on_sqlite)
    good, evil = KEY.sign(request_claims(client)), "https://evil.example/"
    inside_evil = KEY.sign(request_claims(client, redirect_uri=evil))
    forged = f"{good[:-10]}AAAAAAAAAA"
    pages: list[dict[str, Any]] = [
        {"token": inside_evil, "redirect_uri": CALLBACK},
        {"token": inside_evil, "redirect_uri": evil},
        {"token": forged, "redirect_uri": evil},
        {"token": forged},
        {"token": "rubbish", "redirect_uri": evil},
        {"token": KEY.sign(request_claims(client, redirect_uri=None))},
        {"token": good, "client_id": "unknown"},
        {"token": good, "client_id": None},
        {"token": good, "request_uri": "https://evil.example/request"},
    ]
    for sent in pages:
        assert is_page(await ask(deployment_on_sqlite, client, **sent)), sent
    told = (await ask(deployment_on_sqlite, client, forged)).text
    assert "request object" in told
    assert "redirect_uri" not in told


async def test_the_redirect_uri_in_the_object_wins_over_a_wrong_one_beside_it(
    deployment_on_sqlite: Deployment,
) -> None:
    client = await an_app(deployment_on_sqlite)
    for token in (KEY.sign(request_claims(client)), unsigned(request_claims(client))):
        assert is_sign_in(await ask(deployment_on_sqlite, client, token, redirect_uri=f"{CALLBACK}_invalid"))


async def test_request_and_request_uri_exclude_each_other(deployment_on_sqlite: Deployment) -> None:
    reference = "https://app.example/request"
    client = await an_app(deployment_on_sqlite, request_uris=(reference,))
    both = {"request_uri": reference, "redirect_uri": CALLBACK}
    response = await ask(deployment_on_sqlite, client, KEY.sign(request_claims(client)), **both)
    assert refusal_of(response) == "invalid_request"


@pytest.mark.parametrize("changes", STRICT, ids=["oauth21", "require signed"])
async def test_N02_for_a_strict_client_nothing_outside_the_object_counts(
    deployment_on_sqlite: Deployment, changes: dict[str, Any]
) -> None:
    client = await an_app(deployment_on_sqlite, **changes)
    response = await ask(
        deployment_on_sqlite,
        client,
        KEY.sign(request_claims(client, state=None, prompt="none")),
        state="outside",
        response_mode="form_post",
        redirect_uri="https://evil.example/",
        scope="openid unknown",
        max_age="x",
    )
    assert refusal_of(response) == "login_required"
    assert "state" not in answer(response)
    for needed in ("redirect_uri", "response_type", "code_challenge"):
        token = KEY.sign(request_claims(client, **{needed: None}))
        outside = {"redirect_uri": CALLBACK, "code_challenge": "c" * 43, "code_challenge_method": "S256"}
        assert not is_sign_in(await ask(deployment_on_sqlite, client, token, **outside)), needed


async def test_a_lax_client_may_say_outside_what_the_object_leaves_open(deployment_on_sqlite: Deployment) -> None:
    client = await an_app(deployment_on_sqlite)
    token = KEY.sign(request_claims(client, state=None, redirect_uri=None, prompt="none"))
    response = await ask(deployment_on_sqlite, client, token, state="outside", redirect_uri=CALLBACK)
    assert (refusal_of(response), answer(response)["state"]) == ("login_required", "outside")


async def test_N02_a_client_that_must_sign_cannot_go_without(deployment_on_sqlite: Deployment) -> None:
    client = await an_app(deployment_on_sqlite, require_signed_request_object=True)
    plain = await deployment_on_sqlite.browser().authorize(client)
    assert refusal_of(plain) == "invalid_request"
    for token in (unsigned(request_claims(client)), AppKey().sign(request_claims(client)), ""):
        response = await ask(deployment_on_sqlite, client, token, redirect_uri=CALLBACK)
        assert refusal_of(response) in ("invalid_request", "invalid_request_object")
    assert is_sign_in(await ask(deployment_on_sqlite, client, KEY.sign(request_claims(client))))


async def test_unsigned_requests_are_for_lax_clients_of_lax_deployments(
    deployment_on_sqlite: Deployment, tmp_path: Path
) -> None:
    async def takes(deployment: Deployment, **changes: Any) -> bool:
        client = await an_app(deployment, **changes)
        answers = [
            await ask(deployment, client, unsigned(request_claims(client), **header), redirect_uri=CALLBACK)
            for header in ({}, {"typ": "JWT"}, {"typ": "oauth-authz-req+jwt"})
        ]
        return all(is_sign_in(each) for each in answers)

    assert await takes(deployment_on_sqlite)
    assert await takes(deployment_on_sqlite, jwks=None)
    assert await takes(deployment_on_sqlite, request_object_signing_alg="none")
    assert not await takes(deployment_on_sqlite, request_object_signing_alg="RS256")
    for changes in STRICT:
        assert not await takes(deployment_on_sqlite, **changes)
    folder = tmp_path / "strict"
    folder.mkdir()
    async with deploy(f"sqlite:///{folder / 'hibana.db'}", folder, HIBANA_PROFILE="oauth21") as strict:
        assert not await takes(strict)


async def test_a_registered_algorithm_is_the_only_one(deployment_on_sqlite: Deployment) -> None:
    keys = {algorithm: AppKey(algorithm) for algorithm in ("RS256", "PS256", "ES256")}
    for registered in ("RS256", "ES256", "none"):
        client = await an_app(deployment_on_sqlite, jwks=key_set(*keys.values()), request_object_signing_alg=registered)
        tokens = {algorithm: key.sign(request_claims(client)) for algorithm, key in keys.items()}
        tokens["none"] = unsigned(request_claims(client))
        taken = [name for name, token in tokens.items() if is_sign_in(await ask(deployment_on_sqlite, client, token))]
        assert taken == [registered]


@pytest.mark.parametrize(("registered", "signed"), [("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")])
async def test_one_algorithm_of_two_names_is_known_by_either(
    deployment_on_sqlite: Deployment, registered: str, signed: str
) -> None:
    key = AppKey(registered)
    client = await an_app(deployment_on_sqlite, jwks=key_set(key), request_object_signing_alg=registered)
    assert is_sign_in(await ask(deployment_on_sqlite, client, key.sign(request_claims(client), alg=signed)))


async def test_a_client_without_keys_cannot_sign(deployment_on_sqlite: Deployment) -> None:
    client = await an_app(deployment_on_sqlite, jwks=None)
    response = await ask(deployment_on_sqlite, client, KEY.sign(request_claims(client)), redirect_uri=CALLBACK)
    assert refusal_of(response) == "invalid_request_object"


async def test_keys_at_an_address_are_fetched_to_read_a_request(reaching_apps: Deployment, app_site: AppServer) -> None:
    old, new = AppKey(), AppKey()
    client = await an_app(reaching_apps, jwks=None, jwks_uri=app_site.show("/keys", key_set(old)))
    assert is_sign_in(await ask(reaching_apps, client, old.sign(request_claims(client))))
    app_site.show("/keys", key_set(new))
    assert is_sign_in(await ask(reaching_apps, client, new.sign(request_claims(client))))
    assert app_site.asked == ["/keys"] * 2
