"""Config and Dynamic: the discovery document."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conformance.conftest import CODE
from tests.conformance.rp import Module

ENGINES = [pytest.param((engine, CODE), id=engine) for engine in ("sqlite", "postgres")]
# What the plans know; any other member is a warning.
KNOWN = frozenset((Path(__file__).parent / "known_metadata.txt").read_text().split())
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")


@pytest.mark.parametrize("module", ENGINES, indirect=True)
def test_oidcc_discovery_endpoint_verification(module: Module) -> None:
    with module.op.http() as http:
        response = http.get(f"{module.op.issuer}/.well-known/openid-configuration")
    assert response.status_code == 200
    assert response.headers["content-type"].partition(";")[0] == "application/json"
    told = response.json()
    assert told["issuer"] == module.op.issuer
    assert not told.keys() - KNOWN
    assert {"code", "id_token", "id_token token"} <= set(told["response_types_supported"])
    assert {"authorization_code", "implicit"} <= set(told["grant_types_supported"])
    assert {"public", "pairwise"} == set(told["subject_types_supported"])
    assert "RS256" in told["id_token_signing_alg_values_supported"]
    assert "RS256" in told["userinfo_signing_alg_values_supported"]
    assert {"RS256", "none"} <= set(told["request_object_signing_alg_values_supported"])
    assert told["request_uri_parameter_supported"] is True
    assert told["claims_supported"]
    assert "openid" in told["scopes_supported"]
    assert all(_SCOPE.fullmatch(scope) for scope in told["scopes_supported"])
    for name in ("ui_locales_supported", "claims_locales_supported"):
        assert all(_LANGUAGE.fullmatch(tag) for tag in told.get(name, []))
    for name, value in told.items():
        if name.endswith("_endpoint") or name in ("jwks_uri", "check_session_iframe"):
            assert urlsplit(value).scheme == "https", name
    assert {"userinfo_endpoint", "registration_endpoint", "end_session_endpoint"} <= told.keys()
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert len(module.op.jwks()["keys"]) >= 2


@pytest.mark.parametrize("module", ENGINES, indirect=True)
def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(module: Module) -> None:
    assert module.op.metadata["end_session_endpoint"].startswith("https://")


@pytest.mark.parametrize("module", ENGINES, indirect=True)
def test_oidcc_logout_discovery_of_the_other_three_ways(module: Module) -> None:
    told = module.op.metadata
    assert told["check_session_iframe"].startswith("https://")
    for name in ("frontchannel_logout", "backchannel_logout"):
        assert told[f"{name}_supported"] is True
        assert told[f"{name}_session_supported"] is True
