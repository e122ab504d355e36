"""Authorization requests with something wrong or unusual in them: rows A03 and A06, and RFC 6749 §4.1.2.1."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.deployment import Deployment, Page, answer, request
from tests.flows.journeys import claims_of, error_of, is_page, obtain_tokens, posted, redeem, refusal_of, tokens_of
from tests.make import make_client, make_resource, make_user

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# What is wrong → the error that goes back to the app.
REFUSALS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"response_type": None}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "CODE"}, "unsupported_response_type"),
    ({"response_type": "code code"}, "unsupported_response_type"),
    ({"response_type": "code  id_token"}, "unsupported_response_type"),
    ({"response_type": "code none"}, "unsupported_response_type"),
    ({"response_type": "code,id_token"}, "unsupported_response_type"),
    ({"response_type": "id_token"}, "unauthorized_client"),
    ({"response_type": "id_token token"}, "unauthorized_client"),
    ({"response_type": "code id_token"}, "unauthorized_client"),
    ({"response_type": "code token"}, "unauthorized_client"),
    ({"response_type": "code id_token token"}, "unauthorized_client"),
    ({"response_type": "none"}, "unauthorized_client"),
    ({"response_mode": "web_message"}, "invalid_request"),
    ({"response_mode": "QUERY"}, "invalid_request"),
    ({"request": "eyJhbGciOiJub25lIn0.W10."}, "invalid_request_object"),
    ({"request_uri": "https://app.example/request.jwt"}, "invalid_request_uri"),
    ({"registration": "{}"}, "registration_not_supported"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "none consent"}, "invalid_request"),
    ({"prompt": "none select_account"}, "invalid_request"),
    ({"prompt": "none create"}, "invalid_request"),
    ({"prompt": "sign_up"}, "invalid_request"),
    ({"prompt": "LOGIN"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "1.5"}, "invalid_request"),
    ({"max_age": "1e3"}, "invalid_request"),
    ({"max_age": "+1"}, "invalid_request"),
    ({"max_age": " 1"}, "invalid_request"),
    ({"max_age": "٣"}, "invalid_request"),
    ({"max_age": "9" * 11}, "invalid_request"),
    ({"max_age": "9" * 10}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": "s256"}, "invalid_request"),
    ({"code_challenge_method": "S512"}, "invalid_request"),
    ({"code_challenge": "a" * 42}, "invalid_request"),
    ({"code_challenge": "a" * 44}, "invalid_request"),
    ({"code_challenge": "a" * 42 + "="}, "invalid_request"),
    ({"claims": "{"}, "invalid_request"),
    ({"claims": "[]"}, "invalid_request"),
    ({"claims": '"x"'}, "invalid_request"),
    ({"claims": '{"id_token": []}'}, "invalid_request"),
    ({"claims": '{"id_token": {"sub": 1}}'}, "invalid_request"),
    ({"claims": '{"id_token": {"sub": {"value": 1}}}'}, "invalid_request"),
    ({"claims": '{"id_token": {"sub": {"value": "a"}}, "userinfo": {"sub": {"value": "b"}}}'}, "invalid_request"),
    ({"claims": '{"id_token": {"acr": {"essential": "yes"}}}'}, "invalid_request"),
    ({"claims": '{"id_token": {"acr": {"values": "x"}}}'}, "invalid_request"),
    ({"claims": '{"id_token": {"acr": {"values": [[]]}}}'}, "invalid_request"),
    ({"claims": '{"userinfo": {"name": {"value": 1e999}}}'}, "invalid_request"),
    ({"claims": '{"userinfo": {"name": {"value": NaN}}}'}, "invalid_request"),
    ({"claims": '{"userinfo": {"name": {"value": "\\ud800"}}}'}, "invalid_request"),
    ({"claims": '{"userinfo": {"\\udfff": null}}'}, "invalid_request"),
    ({"claims": '{"userinfo": {}, "userinfo": {}}'}, "invalid_request"),
    ({"claims": "[" * 2000}, "invalid_request"),
    ({"claims": "9" * 8000}, "invalid_request"),
    ({"claims": '{"id_token": {"acr": {"essential": true, "value": "gold"}}}'}, "unmet_authentication_requirements"),
    ({"claims": '{"id_token": {"acr": {"essential": true, "values": ["a"]}}}'}, "unmet_authentication_requirements"),
    ({"scope": "openid no-such-scope"}, "invalid_scope"),
    ({"scope": "openid\tprofile"}, "invalid_scope"),
    ({"scope": 'openid "quoted"'}, "invalid_scope"),
    ({"scope": "openid café"}, "invalid_scope"),
    ({"scope": " ".join(f"s{number}" for number in range(51))}, "invalid_scope"),
    ({"scope": "read"}, "invalid_scope"),
    ({"resource": "https://unknown.example/"}, "invalid_target"),
    ({"resource": "https://api.example/#part"}, "invalid_target"),
    ({"resource": "api.example"}, "invalid_target"),
    ({"resource": "/api"}, "invalid_target"),
    ({"resource": "http://[bad"}, "invalid_target"),
    ({"resource": ["https://api.example/", "https://unknown.example/"]}, "invalid_target"),
    ({"resource": [f"https://api{number}.example/" for number in range(11)]}, "invalid_target"),
    ({"id_token_hint": "not.a.token"}, "invalid_request"),
)
# What is wrong with the request as a whole: nothing can be sent back.
PAGES: tuple[dict[str, Any], ...] = (
    {"state": "s" * 4097},
    {"nonce": "n" * 1025},
    {"scope": "s" * 2049},
    {"claims": "{" + " " * 8192},
    {"client_id": "c" * 256},
    {"redirect_uri": "https://app.example/" + "x" * 2048},
    {"login_hint": "l" * 513},
    {"ui_locales": "u" * 257},
    {"acr_values": "a" * 1025},
    {"unknown": "x" * 4097},
    {"state": "\0"},
    {"nonce": "a\0b"},
    {"client_id": "a\0b"},
    {"a\0b": "x"},
    {"": "x"},
    {f"p{number}": "x" for number in range(101)},
)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_each_wrong_parameter_is_refused_to_the_app(deployment: Deployment, method: str) -> None:
    client = await make_client(deployment.op)
    await make_resource(deployment.op)

    wrong = []
    async with deployment.http() as http:
        for changes, expected in REFUSALS:
            parameters = request(client, **changes)
            if method == "GET":
                response = await http.get(f"/authorize?{urlencode(parameters, doseq=True)}")
            else:
                response = await http.post("/authorize", content=urlencode(parameters, doseq=True), headers=FORM)
            if response.status_code != 303 or refusal_of(response) != expected:
                wrong.append((changes, response.status_code, response.headers.get("location"), response.text[:200]))

    assert wrong == []


async def test_what_cannot_be_read_is_refused_with_a_page(deployment: Deployment) -> None:
    client = await make_client(deployment.op)
    good = urlencode(request(client))
    raw = (
        f"{good}&x=%",
        f"{good}&x=%zz",
        f"{good}&x=%4",
        f"{good}&x=%ff",
        f"{good}&x=%ed%a0%80",
        f"{good}&x=%c0%80",
        f"{good}&state=%00",
        f"{good}&x=\xff",
    )
    async with deployment.http() as http:
        for changes in PAGES:
            encoded = urlencode(request(client, **changes))
            assert is_page(await http.get(f"/authorize?{encoded}")), changes
            assert is_page(await http.post("/authorize", content=encoded, headers=FORM)), changes
        for encoded in raw:
            assert is_page(await http.post("/authorize", content=encoded.encode("latin-1"), headers=FORM)), encoded


async def test_A03_a_parameter_that_comes_twice_is_refused(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op)
    user = await make_user(op)
    browser = deployment_on_sqlite.browser()
    tokens = await obtain_tokens(deployment_on_sqlite, client, user, browser=browser)
    optional = {"prompt": "login", "max_age": "9", "display": "page", "ui_locales": "ja", "claims": "{}"}
    whole = request(client, **optional, login_hint="x", acr_values="x")

    for name, value in whole.items():
        twice = urlencode([*whole.items(), (name, value)])
        other = urlencode([(name, "other"), *whole.items()])
        for encoded in (twice, other, f"{urlencode(whole)}&{name}="):
            assert is_page(await browser.http.get(f"/authorize?{encoded}")), encoded
            assert is_page(await browser.http.post("/authorize", content=encoded, headers=FORM)), encoded
        split = await browser.http.post(f"/authorize?{name}={quote(str(value))}", data=whole)
        assert is_page(split), name

    calls = {
        "/token": {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "scope": "openid"},
        "/introspect": {"token": tokens["access_token"], "token_type_hint": "access_token"},
        "/revoke": {"token": tokens["access_token"], "token_type_hint": "access_token"},
    }
    basic = (client.client_id, "the-secret-of-the-test-client")
    async with deployment_on_sqlite.http(auth=basic) as http:
        for path, form in calls.items():
            for name, value in form.items():
                for second in (value, "other"):
                    doubled = urlencode([*form.items(), (name, second)])
                    response = await http.post(path, content=doubled, headers=FORM)
                    assert (response.status_code, error_of(response)) == (400, "invalid_request"), doubled
                in_query = await http.post(f"{path}?{urlencode({name: value})}", data=form)
                assert (in_query.status_code, error_of(in_query)) == (400, "invalid_request"), (path, name)
    # Nothing of it had an effect.
    refreshed = await deployment_on_sqlite.token(client, **calls["/token"])
    assert refreshed.status_code == 200
    looked_at = await deployment_on_sqlite.call("/introspect", client, **calls["/introspect"])
    assert looked_at.json()["active"] is True


async def test_client_that_is_not_registered_for_the_code_flow_may_not_use_it(
    deployment_on_sqlite: Deployment,
) -> None:
    op = deployment_on_sqlite.op
    browser = deployment_on_sqlite.browser()
    for changes in ({"grant_types": ("client_credentials",)}, {"response_types": ()}):
        client = await make_client(op, **changes)
        assert refusal_of(await browser.authorize(client)) == "unauthorized_client"


async def test_confidential_client_without_pkce_is_served_when_its_registration_says_so(
    deployment_on_sqlite: Deployment,
) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op, require_pkce=False)
    browser = deployment_on_sqlite.browser()
    without = {"code_challenge": None, "code_challenge_method": None}
    code = await browser.obtain_code(client, await make_user(op), **without)

    assert (await redeem(deployment_on_sqlite, client, code, code_verifier=None)).status_code == 200
    public = await make_client(op, require_pkce=False, token_endpoint_auth_method="none")
    assert refusal_of(await browser.authorize(public, **without)) == "invalid_request"


async def test_state_and_nonce_come_back_exactly_as_they_were_sent(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    client = await make_client(op)
    user = await make_user(op)
    browser = deployment_on_sqlite.browser()
    await browser.obtain_code(client, user)
    values = (
        "x" * 128,
        "x" * 1024,
        "a b+c%20&d=e#f?g/h;i,j",
        "日本語 état 🔑",
        "<>\"'`\\{}|^~!*()",
        " lead and trail ",
        "line\r\nfeed\ttab",
        "%00%0d",
        "0",
    )
    for value in values:
        back = answer(await browser.authorize(client, state=value, nonce=value))
        assert back["state"] == value
        tokens = await tokens_of(await redeem(deployment_on_sqlite, client, back["code"]))
        assert claims_of(tokens["id_token"])["nonce"] == value
        _, fields = posted(await browser.authorize(client, state=value, response_mode="form_post"))
        assert fields["state"] == value
    without = answer(await browser.authorize(client, state=None, nonce=None))
    assert "state" not in without
    tokens = await tokens_of(await redeem(deployment_on_sqlite, client, without["code"]))
    assert "nonce" not in claims_of(tokens["id_token"])


async def test_unknown_and_empty_parameters_are_ignored(deployment_on_sqlite: Deployment) -> None:
    client = await make_client(deployment_on_sqlite.op)
    user = await make_user(deployment_on_sqlite.op)
    browser = deployment_on_sqlite.browser()
    await browser.obtain_code(client, user)
    empty = dict.fromkeys(("prompt", "max_age", "claims", "request", "resource"), "")
    odd_claims = '{"other": 1, "id_token": null, "userinfo": {"x": null}}'

    assert "code" in answer(await browser.authorize(client, unknown="x", display="popup", **empty))
    assert "code" in answer(await browser.authorize(client, claims=odd_claims))


async def test_no_value_of_display_and_no_language_is_an_error(deployment_on_sqlite: Deployment) -> None:
    client = await make_client(deployment_on_sqlite.op)
    user = await make_user(deployment_on_sqlite.op)
    browser = deployment_on_sqlite.browser()
    await browser.obtain_code(client, user)

    for display in ("page", "popup", "touch", "wap", "hologram"):
        assert "code" in answer(await browser.authorize(client, display=display)), display
    for locales in ("se", "ja en", "xx-YY-zz", "???", "*", "ja " * 60):
        assert "code" in answer(await browser.authorize(client, ui_locales=locales, claims_locales=locales)), locales


async def test_a_window_that_the_app_opened_stays_within_its_reach(deployment_on_sqlite: Deployment) -> None:
    client = await make_client(deployment_on_sqlite.op)
    user = await make_user(deployment_on_sqlite.op)
    for display, expected in (("popup", "unsafe-none"), ("page", "same-origin"), (None, "same-origin")):
        browser = deployment_on_sqlite.browser()
        sent = await browser.http.get("/authorize", params=request(client, display=display, response_mode="form_post"))
        login = await browser.get(sent.headers["location"])
        named = await browser.submit(Page.read(login), username=user.email)
        asked = await browser.submit(Page.read(named), password="correct horse battery")
        back = asked if display != "popup" else await browser.submit(Page.read(asked), decision="allow")
        steps = (sent, login, named, asked, back)
        assert {step.headers["cross-origin-opener-policy"] for step in steps} == {expected}, display


async def test_claims_locales_are_kept_for_as_long_as_the_approval(deployment: Deployment) -> None:
    op = deployment.op
    client, user = await make_client(op), await make_user(op)
    browser = deployment.browser()
    asked = "ja-Kana-JP ja_JP se ja-Kana-JP ' x en-US " + " ".join(f"ja-x{number}" for number in range(20))

    await browser.obtain_code(client, user, claims_locales=asked)

    family = await op.db.one("SELECT claims_locales FROM token_families")
    assert family
    assert json.loads(family["claims_locales"])[:4] == ["ja-Kana-JP", "se", "en-US", "ja-x0"]
    assert len(json.loads(family["claims_locales"])) == 10


async def test_posted_request_finds_the_session_that_the_browser_kept_back(deployment: Deployment) -> None:
    client, user = await make_client(deployment.op), await make_user(deployment.op)
    browser = deployment.browser()
    await browser.obtain_code(client, user)
    before = dict(browser.http.cookies)
    # A form in an app's page is sent without our cookies, a redirect that follows is not.
    async with deployment.http() as http:
        elsewhere = await http.post("/authorize", data=request(client, prompt="none", state="a b&c=d#e"))
        assert elsewhere.status_code == 303
        assert "set-cookie" not in elsewhere.headers
        too_long = await http.post(
            "/authorize", data=request(client, **{f"p{number}": "x" * 4000 for number in range(4)})
        )
    back = answer(await browser.get(elsewhere.headers["location"]))

    assert "code" in back
    assert back["state"] == "a b&c=d#e"
    assert dict(browser.http.cookies) == before
    assert is_page(too_long)


async def test_posted_request_is_as_good_as_one_by_get(deployment_on_sqlite: Deployment) -> None:
    client = await make_client(deployment_on_sqlite.op)
    user = await make_user(deployment_on_sqlite.op)
    browser = deployment_on_sqlite.browser()
    await browser.obtain_code(client, user)

    response = await browser.http.post("/authorize", data=request(client, state="posted"))

    assert response.status_code == 303
    assert answer(response)["state"] == "posted"


async def test_wrong_method_or_body_at_the_authorization_endpoint_is_refused(
    deployment_on_sqlite: Deployment,
) -> None:
    client = await make_client(deployment_on_sqlite.op)
    async with deployment_on_sqlite.http() as http:
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
            response = await http.request(method, "/authorize", params=request(client))
            assert is_page(response, 405), method
            assert response.headers["allow"] == "GET, POST"
        assert is_page(await http.post("/authorize", json=request(client)), 415)
        assert is_page(await http.post("/authorize", files={"state": b"x"}), 415)
