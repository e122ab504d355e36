"""Which redirect URIs may be registered: row A08, RFC 9700 §2.1, RFC 8252 §7."""

import pytest

from hibana_op.oauth.redirect_uris import fault, is_loopback, is_registered
from tests.make import a_client

GOOD_FOR_ALL = (
    "https://app.example/callback",
    "https://app.example",
    "https://app.example:8443/callback?tenant=1&x=%2F",
    "https://xn--r8jz45g.example/callback",
    "https://192.0.2.7/callback",
    "https://[2001:db8::1]/callback",
    "http://localhost/callback",
    "http://localhost:3000/",
    "http://127.0.0.1/callback",
    "http://127.0.0.1:3000/callback",
    "http://127.9.9.9/",
    "http://[::1]:3000/callback",
    "HTTPS://app.example/callback",
)
GOOD_FOR_NATIVE = ("com.example.app:/callback", "com.example.app://callback", "com.example.app:callback", "a.b:c")
NEVER = (
    "",
    "callback",
    "/callback",
    "//app.example/callback",
    "https://",
    "https:///callback",
    "https:callback",
    "https:/app.example/callback",
    "https://app.example/callback#",
    "https://app.example/callback#part",
    "https://user@app.example/callback",
    "https://user:password@app.example/callback",
    "https://@app.example/callback",
    "https://app.example:port/callback",
    "https://app.example:99999/callback",
    "https://app.example:-1/callback",
    "https://[2001:db8::1/callback",
    "https://[zz]/callback",
    "https://*.example/callback",
    "https://*/callback",
    "https://app.example/call back",
    "https://app.example/callback\n",
    "https://app.example/call\tback",
    "https://app.example/callback\\",
    "https://app.example/%",
    "https://app.example/%zz",
    "https://app.example/日本語",
    "https://日本語.example/callback",
    "https://аpp.example/callback",
    'https://app.example/"',
    "https://app.example/<script>",
    "https://app.example/{id}",
    "https://app.example/^",
    "https://app.example/`",
    "https://app.example/|",
    "https://app.example/" + "x" * 2048,
    " https://app.example/callback",
    "http://app.example/callback",
    "http://localhost.example/callback",
    "http://localhost./callback",
    "http://127.0.0.1.example/callback",
    "http://127.1/callback",
    "http://2130706433/callback",
    "http://0x7f.1/callback",
    "http://0.0.0.0/callback",
    "http://10.0.0.1/callback",
    "http://[::]/callback",
    "http://",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "vbscript:x",
    "blob:https://app.example/1",
    "about:blank",
    "ftp://app.example/",
    "ws://app.example/",
    "urn:ietf:wg:oauth:2.0:oob",
    "mailto:a@example.com",
    "myapp://callback",
    "1app.example:/callback",
    ".example:/callback",
)


@pytest.mark.parametrize("application_type", ["web", "native"])
def test_A08_an_address_of_the_web_or_of_this_machine_may_be_registered(application_type: str) -> None:
    assert {uri: fault(uri, application_type=application_type) for uri in GOOD_FOR_ALL} == dict.fromkeys(GOOD_FOR_ALL)


def test_A08_a_private_use_scheme_has_a_dot_and_a_native_app() -> None:
    for uri in GOOD_FOR_NATIVE:
        assert fault(uri, application_type="native") is None, uri
        assert "application_type native" in str(fault(uri, application_type="web"))
    assert "with a dot" in str(fault("myapp:/callback", application_type="native"))


@pytest.mark.parametrize("application_type", ["web", "native"])
def test_A08_dangerous_and_malformed_addresses_are_never_registered(application_type: str) -> None:
    assert [uri for uri in NEVER if fault(uri, application_type=application_type) is None] == []


def test_each_fault_is_named() -> None:
    reasons = {
        "https://app.example/" + "x" * 2048: "is longer than 2048 characters",
        "https://app.example/#": "must not have a fragment",
        "nothing": "must be an absolute URI of plain ASCII characters",
        "https://app.example:port/": "is not a well-formed URI",
        "https://user@app.example/": "must not hold a user name",
        "https://*.example/": "must not hold a wildcard: each address is registered in full",
        "https:///callback": "must name a host",
        "http://app.example/": "must use https; http is for localhost only",
    }
    assert {uri: fault(uri, application_type="web") for uri in reasons} == reasons


def test_only_this_machine_is_loopback() -> None:
    here = ("localhost", "127.0.0.1", "127.255.255.254", "::1")
    elsewhere = ("", "LOCALHOST.example", "::", "10.0.0.1", "fe80::1", "app.example", "127.1")
    assert all(map(is_loopback, here))
    assert not any(map(is_loopback, elsewhere))


def test_A01_registered_means_the_same_bytes_but_for_a_loopback_port() -> None:
    client = a_client(redirect_uris=("https://app.example/cb", "http://127.0.0.1:8000/cb?x=1", "http://localhost:1/"))

    assert is_registered("https://app.example/cb", client)
    assert is_registered("http://127.0.0.1/cb?x=1", client)
    assert is_registered("http://127.0.0.1:9/cb?x=1", client)
    for uri in (
        "https://app.example:443/cb",
        "http://127.0.0.1:9/cb?x=2",
        "http://127.0.0.1:9/cb",
        "http://[::1]:9/cb?x=1",
        "http://127.0.0.1:99999/cb?x=1",
        "http://127.0.0.1:123456/cb?x=1",
        "http://127.0.0.1:９/cb?x=1",
        "http://localhost:2/",
        "",
    ):
        assert not is_registered(uri, client), uri
