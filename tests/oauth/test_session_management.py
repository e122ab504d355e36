"""The session_state of an answer, and the origin it is bound to: OpenID Connect Session Management 1.0 §3."""

import hashlib

import pytest

from hibana_op.oauth.session_management import session_state, web_origin


def test_session_state_is_a_hash_of_client_origin_browser_state_and_salt() -> None:
    found = session_state("the-client", "https://app.example/callback?x=1", "the-state")

    digest, _, salt = found.partition(".")
    assert digest == hashlib.sha256(f"the-client https://app.example the-state {salt}".encode()).hexdigest()
    assert len(salt) >= 16
    assert " " not in found
    assert found != session_state("the-client", "https://app.example/callback?x=1", "the-state")


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://app.example/callback", "https://app.example"),
        ("https://app.example", "https://app.example"),
        ("HTTPS://App.Example:443/callback", "https://app.example"),
        ("https://app.example:8443/callback", "https://app.example:8443"),
        ("http://localhost:80/callback", "http://localhost"),
        ("http://localhost:443/callback", "http://localhost:443"),
        ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
        ("http://[::1]:9000/callback", "http://[::1]:9000"),
        ("com.example.app:/callback", "null"),
        ("com.example.app://host/callback", "null"),
    ],
)
def test_origin_is_spelled_as_browsers_spell_it(uri: str, origin: str) -> None:
    assert web_origin(uri) == origin
