"""How an answer travels: RFC 6749 §4.1.2 and OAuth 2.0 Multiple Response Type Encoding Practices."""

import pytest

from hibana_op.oauth.response_modes import Answer, mode_of

FIELDS = {"code": "a b&c=d#e", "state": "日"}
ENCODED = "code=a+b%26c%3Dd%23e&state=%E6%97%A5"


@pytest.mark.parametrize(
    ("uri", "mode", "location"),
    [
        ("https://app.example/cb", "query", f"https://app.example/cb?{ENCODED}"),
        ("https://app.example", "query", f"https://app.example?{ENCODED}"),
        ("https://app.example/cb?x=1", "query", f"https://app.example/cb?x=1&{ENCODED}"),
        ("https://app.example/cb", "fragment", f"https://app.example/cb#{ENCODED}"),
        ("https://app.example/cb?x=1", "fragment", f"https://app.example/cb?x=1#{ENCODED}"),
        ("com.example.app:/cb", "query", f"com.example.app:/cb?{ENCODED}"),
        ("com.example.app:///cb", "query", f"com.example.app:///cb?{ENCODED}"),
        ("HTTPS://APP.example/../cb", "query", f"HTTPS://APP.example/../cb?{ENCODED}"),
    ],
)
def test_the_redirect_uri_is_kept_as_it_is_registered(uri: str, mode: str, location: str) -> None:
    assert Answer("client", uri, mode, FIELDS).location == location


@pytest.mark.parametrize(
    ("response_type", "asked", "mode"),
    [
        (None, None, "query"),
        ("code", None, "query"),
        ("none", None, "query"),
        ("nonsense", None, "query"),
        ("code", "web_message", "query"),
        ("code", "fragment", "fragment"),
        (None, "form_post", "form_post"),
        ("token", None, "fragment"),
        ("id_token", None, "fragment"),
        ("token code", None, "fragment"),
        ("id_token nonsense", None, "fragment"),
        ("id_token", "web_message", "fragment"),
        ("id_token", "query", "fragment"),
        ("code token", "query", "fragment"),
        ("id_token token", "form_post", "form_post"),
    ],
)
def test_tokens_and_errors_instead_of_them_never_come_in_a_query(
    response_type: str | None, asked: str | None, mode: str
) -> None:
    assert mode_of(response_type, asked) == mode
