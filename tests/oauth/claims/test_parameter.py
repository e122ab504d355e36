"""The `claims` parameter: OpenID Connect Core §5.5."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.foundation.errors import InvalidRequest
from hibana_op.oauth.claims import implied_scopes, parse_claims_parameter, wanted_subjects, within
from hibana_op.oauth.shapes import ClaimsRequest


def test_the_example_of_the_specification_is_understood() -> None:
    example = """
      {"userinfo": {"given_name": {"essential": true}, "nickname": null, "email": {"essential": true},
                    "email_verified": {"essential": true}, "picture": null, "http://example.info/claims/groups": null},
       "id_token": {"auth_time": {"essential": true}, "acr": {"values": ["urn:mace:incommon:iap:silver"]}}}"""

    request = parse_claims_parameter(example)

    assert request.userinfo["given_name"] == {"essential": True}
    assert request.userinfo["nickname"] is None
    assert request.id_token["acr"] == {"values": ["urn:mace:incommon:iap:silver"]}
    assert implied_scopes(request) == ("profile", "email")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "1",
        '"x"',
        "{",
        "{'a': 1}",
        '{"id_token": 1}',
        '{"userinfo": []}',
        '{"userinfo": "email"}',
        '{"userinfo": {"email": true}}',
        '{"userinfo": {"email": "x"}}',
        '{"userinfo": {"email": {"essential": 1}}}',
        '{"userinfo": {"email": {"values": {}}}}',
        '{"userinfo": {"email": {"values": [null]}}}',
        '{"userinfo": {"email": {"value": null}}}',
        '{"userinfo": {"email": {"value": {}}}}',
        '{"id_token": {"sub": {"value": 7}}}',
        '{"id_token": {"sub": {"values": ["alice", 7]}}}',
        '{"userinfo": {"sub": {"value": true}}}',
        '{"id_token": {"a": null, "a": null}}',
        '{"id_token": {}, "id_token": {}}',
        '{"userinfo": {"a": {"value": Infinity}}}',
        '{"userinfo": {"a": {"value": 1e400}}}',
        '{"userinfo": {"a": {"value": "\\ud800"}}}',
        '{"other": "\\udc00"}',
        json.dumps({"userinfo": {f"c{number}": None for number in range(101)}}),
        "[" * 100_000,
        '{"userinfo":' * 5_000,
    ],
)
def test_malformed_request_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_claims_parameter(text)


def test_other_members_are_no_error() -> None:
    assert parse_claims_parameter('{"id_token": null, "verified": {"x": [1]}}') == ClaimsRequest()


def test_wanted_subjects_are_the_values_of_sub_wherever_it_is_asked_for() -> None:
    asked = {
        '{"id_token": {"sub": {"value": "alice"}}}': {"alice"},
        '{"userinfo": {"sub": {"value": "alice"}}}': {"alice"},
        '{"id_token": {"sub": {"values": ["alice", "bob"]}}}': {"alice", "bob"},
        '{"id_token": {"sub": {"values": ["alice", "bob"]}}, "userinfo": {"sub": {"value": "bob"}}}': {"bob"},
        '{"id_token": {"sub": {"values": []}}}': None,
        '{"id_token": {"sub": null}}': None,
        '{"id_token": {"sub": {"essential": true}}}': None,
        "{}": None,
    }
    assert {text: wanted_subjects(parse_claims_parameter(text)) for text in asked} == asked


def test_two_wanted_subjects_that_cannot_be_one_person_are_refused() -> None:
    request = parse_claims_parameter('{"id_token": {"sub": {"value": "a"}}, "userinfo": {"sub": {"value": "b"}}}')

    with pytest.raises(InvalidRequest, match="different subjects"):
        wanted_subjects(request)


def test_claims_of_scopes_that_the_client_may_not_have_are_left_out() -> None:
    request = ClaimsRequest(
        id_token={"email": None, "acr": {"essential": True}, "own": None},
        userinfo={"name": None, "name#ja": None, "phone_number": None, "roles": None},
    )

    kept = within(request, ["openid", "profile"])

    assert kept == ClaimsRequest(
        id_token={"acr": {"essential": True}, "own": None}, userinfo={"name": None, "name#ja": None}
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id_token", "userinfo", "sub", "acr", "value", "values", "essential"]), inner
        )
    ),
    max_leaves=15,
)


@given(json_values.map(json.dumps) | st.text())
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        request = parse_claims_parameter(text)
        wanted_subjects(request)
    except InvalidRequest:
        return
    implied_scopes(request)
    stored: dict[str, Any] = {"id_token": request.id_token, "userinfo": request.userinfo}
    assert json.loads(json.dumps(stored, ensure_ascii=False, allow_nan=False).encode()) == stored
