"""The configuration of a provider: what it takes, and what it refuses."""

from typing import Any

import pytest

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.login.federation import configuration, discovery
from hibana_op.login.federation.shapes import UpstreamFailed

OPENID = {"issuer": "https://login.acme.example", "client_id": "hibana"}
PLAIN = {
    "client_id": "hibana",
    "authorization_endpoint": "https://acme.example/authorize",
    "token_endpoint": "https://acme.example/token",
    "userinfo_endpoint": "https://acme.example/me",
}


def test_what_is_given_is_kept_and_nothing_is_a_default() -> None:
    assert configuration.check("oidc", {**OPENID, "scopes": None}) == OPENID
    whole = {**PLAIN, "scopes": ["read:user"], "claims": {"sub": "uid"}, "emails_endpoint": "https://acme.example/e"}
    assert configuration.check("oauth", whole) == whole
    assert configuration.check("oidc", {**OPENID, "issuer": "http://localhost:9000/"})["issuer"].endswith("/")


@pytest.mark.parametrize(
    ("kind", "config", "reason"),
    [
        ("ws-fed", {}, "the type of a provider"),
        ("oidc", {"client_id": "x"}, "needs issuer"),
        ("oidc", {"issuer": "https://a.example"}, "needs client_id"),
        ("oidc", {**OPENID, "token_endpoint": "https://a.example"}, "has no token_endpoint"),
        ("oidc", {**OPENID, "issuer": "http://login.acme.example"}, "does not lead to this machine"),
        ("oidc", {**OPENID, "issuer": "https://a.example/?b"}, "no query"),
        ("oidc", {**OPENID, "issuer": 7}, "not text"),
        ("oidc", {**OPENID, "issuer": "javascript:alert(1)"}, "https"),
        ("oidc", {**OPENID, "scopes": ["email"]}, "include openid"),
        ("oidc", {**OPENID, "scopes": "openid"}, "list of scopes"),
        ("oidc", {**OPENID, "scopes": ["openid", "a b"]}, "list of scopes"),
        ("oidc", {**OPENID, "trust_email": "true"}, "true or false"),
        ("oidc", {**OPENID, "client_id": ""}, "1 to 255"),
        ("oauth", OPENID, "has no issuer"),
        ("oauth", {"client_id": "x"}, "needs authorization_endpoint"),
        ("oauth", {**PLAIN, "claims": {"roles": "r"}}, "what the provider calls"),
        ("oauth", {**PLAIN, "claims": {"sub": 7}}, "1 to 255"),
        ("oauth", {**PLAIN, "token_endpoint": "https://user@acme.example/"}, "plain form"),
    ],
)
def test_what_cannot_be_used_is_refused(kind: str, config: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidRecord, match=reason):
        configuration.check(kind, config)


@pytest.mark.parametrize("slug", ["", "Acme", "a/b", "-a", "a" * 32, "google", "a b", "ä"])
def test_a_slug_is_plain_and_not_googles(slug: str) -> None:
    with pytest.raises(InvalidRecord):
        configuration.check_slug(slug)


@pytest.mark.parametrize(
    "domain", ["", "example", "@acme.example", "acme..example", "acme.example.", "ä.example", "a b.c"]
)
def test_a_domain_is_a_host_name(domain: str) -> None:
    with pytest.raises(InvalidRecord):
        configuration.check_domain(domain)


def test_a_domain_is_compared_in_small_letters() -> None:
    assert configuration.check_domain(" Acme.Example ") == "acme.example"


METADATA = {
    "issuer": "https://login.acme.example",
    "authorization_endpoint": "https://login.acme.example/authorize",
    "token_endpoint": "https://login.acme.example/token",
    "jwks_uri": "https://login.acme.example/jwks",
}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"issuer": "https://login.acme.example/"}, "another issuer"),
        ({"issuer": None}, "another issuer"),
        ({"token_endpoint": None}, "token_endpoint"),
        ({"jwks_uri": ["x"]}, "jwks_uri"),
        ({"jwks_uri": "http://localhost/jwks"}, "jwks_uri"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint"),
        ({"userinfo_endpoint": "file:///etc/passwd"}, "userinfo_endpoint"),
    ],
)
def test_K02_a_discovery_document_that_cannot_be_trusted_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(UpstreamFailed, match=reason):
        discovery.read("https://login.acme.example", {**METADATA, **changes})


@pytest.mark.parametrize(
    ("methods", "in_the_form"),
    [
        (None, False),
        (["client_secret_basic", "client_secret_post"], False),
        (["client_secret_post"], True),
        ("x", False),
    ],
    ids=["unsaid", "both", "form only", "nonsense"],
)
def test_the_secret_goes_into_the_form_only_where_it_must(methods: Any, in_the_form: bool) -> None:
    told = METADATA if methods is None else {**METADATA, "token_endpoint_auth_methods_supported": methods}
    assert discovery.read("https://login.acme.example", told).posts_secret is in_the_form
