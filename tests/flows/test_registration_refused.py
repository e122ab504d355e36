"""What /register refuses, and in which form: RFC 7591 §3.2.2; rows A08, C05, L06, S01, S02."""

import json
from typing import Any

import pytest

from tests.deployment import Deployment
from tests.flows.journeys import error_of
from tests.flows.registering import how_many, manage, post, register
from tests.make import CALLBACK

WEB = {"redirect_uris": [CALLBACK]}


@pytest.mark.parametrize(
    "uri",
    [
        *("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x", "blob:https://a.example/x"),
        *("about:blank", "http://a.example/cb", "com.example.app:/cb", "https://a.example/cb#fragment", "/cb", ""),
        *("https://*.a.example/cb", "https://a.example/\r\nX: y", "https://user@a.example/", "https:///cb"),
    ],
)
async def test_A08_what_must_not_be_registered_is_refused(open_on_sqlite: Deployment, uri: str) -> None:
    refused = await post(open_on_sqlite, {"redirect_uris": [CALLBACK, uri]})
    assert refused.status_code == 400
    # An empty text is no address at all.
    assert error_of(refused) == (
        "invalid_redirect_uri" if uri.strip() and uri.isprintable() else "invalid_client_metadata"
    )
    assert await how_many(open_on_sqlite) == 0


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"redirect_uris": CALLBACK}, "invalid_client_metadata"),
        ({"initiate_login_uri": "http://app.example/start"}, "invalid_client_metadata"),
        ({"logo_uri": "data:image/svg+xml,x"}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"grant_types": ["password"]}, "invalid_client_metadata"),
        ({"grant_types": ["implicit"], "response_types": ["code"]}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}, "invalid_client_metadata"),
        ({"subject_type": "pairwise", "redirect_uris": [CALLBACK, "https://b.example/"]}, "invalid_client_metadata"),
        ({"software_statement": 1}, "invalid_software_statement"),
    ],
    ids=range(12),
)
async def test_L06_what_is_wrong_is_refused_in_the_form_of_the_specification(
    open_on_sqlite: Deployment, members: dict[str, Any], error: str
) -> None:
    refused = await post(open_on_sqlite, {**WEB, **members})
    assert refused.status_code == 400
    assert refused.headers["cache-control"] == "no-store"
    assert refused.headers["content-type"] == "application/json"
    assert error_of(refused) == error
    assert await how_many(open_on_sqlite) == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b'{"client_name":"a","client_name":"b"}',
        b'{"default_max_age":NaN}',
        b'{"default_max_age":1e999}',
        b'{"default_max_age":' + b"9" * 5000 + b"}",
        b'{"client_name":"\\ud800"}',
        b'{"client_name":"\xff"}',
        b'{"client_name":"\x00"}',
        b"\xef\xbb\xbf{}",
        b'{"x":' * 33 + b"1" + b"}" * 33,
        b'{"x":' + b"[" * 100_000,
    ],
    ids=range(15),
)
async def test_S02_a_body_that_two_readers_could_read_differently_is_refused(
    open_on_sqlite: Deployment, body: bytes
) -> None:
    refused = await post(open_on_sqlite, body)
    assert refused.status_code == 400
    assert error_of(refused) == "invalid_request"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("Application/JSON", 201),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jwt", 415),
        ("application/ld+json", 415),
    ],
)
async def test_S02_the_body_is_json_by_name_too(open_on_sqlite: Deployment, kind: str, status: int) -> None:
    response = await post(open_on_sqlite, json.dumps(WEB).encode(), headers={"Content-Type": kind})
    assert response.status_code == status


async def test_S01_a_body_may_be_so_large_and_no_larger(open_on_sqlite: Deployment) -> None:
    filled = {**WEB, "unknown": "x" * (250 * 1024)}
    assert (await post(open_on_sqlite, filled)).status_code == 201
    refused = await post(open_on_sqlite, {**filled, "more": "x" * (10 * 1024)})
    assert refused.status_code == 413
    assert error_of(refused) == "invalid_request"


async def test_C05_no_answer_is_kept_by_anybody_on_the_way(open_on_sqlite: Deployment) -> None:
    registered = await register(open_on_sqlite)
    answers = [
        await post(open_on_sqlite, WEB),
        await post(open_on_sqlite, {}),
        await post(open_on_sqlite, WEB, token="wrong"),
        await manage(open_on_sqlite, "GET", registered.path, registered.token),
        await manage(open_on_sqlite, "GET", registered.path, "wrong"),
        await manage(open_on_sqlite, "PUT", registered.path, registered.token, json={}),
        await manage(open_on_sqlite, "PUT", registered.path, registered.token, json=registered.metadata()),
        await manage(open_on_sqlite, "DELETE", registered.path, registered.token),
    ]
    assert [each.status_code for each in answers] == [201, 400, 401, 200, 401, 400, 200, 401]
    assert {each.headers["cache-control"] for each in answers} == {"no-store"}
    assert {each.headers["content-type"] for each in answers} == {"application/json"}
