"""The discovery document says what is so, and nothing else is: row N07, OpenID Connect Discovery §3, RFC 8414."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from authlib.oidc.discovery import OpenIDProviderMetadata

from hibana_op.foundation import jose
from hibana_op.oauth import discovery
from hibana_op.records import roles
from hibana_op.records.factors import Factor
from hibana_op.web.words import LANGUAGES
from tests.app_server import AppServer
from tests.deployment import Deployment, deploy
from tests.flows.advertised import PERSON, Advertised, advertised
from tests.flows.journeys import claims_of, error_of, userinfo
from tests.foundation.certificates import Authority
from tests.make import CALLBACK, make_client, make_member, make_resource, make_tenant, make_user
from tests.schema import ISSUER
from tests.tenancy.authority import give, make_unit

KNOWN = frozenset((Path(__file__).parents[1] / "conformance" / "known_metadata.txt").read_text().split())
NOTHING_IS_SIGNED_WITH = ("none", "HS256", "ES256K", "RS1", "rs256", "")
RSA_KEY = jose.generate("RS256").public_jwk
CURVE_KEY = jose.generate("ES256").public_jwk
FOR_ENCRYPTION = {"keys": [{n: v for n, v in key.items() if n not in ("alg", "use")} for key in (RSA_KEY, CURVE_KEY)]}
# A member of the document, the member of a client that takes its values, and what is no value of it.
REGISTERED = [
    ("subject_types_supported", "subject_type", ("secret", "")),
    ("token_endpoint_auth_methods_supported", "token_endpoint_auth_method", ("tls_client_auth", "private_key", "")),
    ("id_token_signing_alg_values_supported", "id_token_signed_response_alg", NOTHING_IS_SIGNED_WITH[1:]),
    ("userinfo_signing_alg_values_supported", "userinfo_signed_response_alg", NOTHING_IS_SIGNED_WITH),
    ("request_object_signing_alg_values_supported", "request_object_signing_alg", NOTHING_IS_SIGNED_WITH[1:]),
    ("token_endpoint_auth_signing_alg_values_supported", "token_endpoint_auth_signing_alg", ("none", "ES256K", "")),
    ("id_token_encryption_alg_values_supported", "id_token_encrypted_response_alg", ("RSA1_5", "dir", "A128KW")),
    ("userinfo_encryption_alg_values_supported", "userinfo_encrypted_response_alg", ("RSA1_5", "PBES2-HS256+A128KW")),
    ("request_object_encryption_alg_values_supported", "request_object_encryption_alg", ("RSA1_5", "dir")),
    ("id_token_encryption_enc_values_supported", "id_token_encrypted_response_enc", ("A128KW", "none")),
    ("userinfo_encryption_enc_values_supported", "userinfo_encrypted_response_enc", ("A128KW", "none")),
    ("request_object_encryption_enc_values_supported", "request_object_encryption_enc", ("A128KW", "none")),
]  # fmt: skip


@pytest.fixture
async def op(tmp_path: Path, authority: Authority) -> AsyncIterator[Advertised]:
    """A deployment that shows what it offers."""
    async with advertised(tmp_path, authority) as shown:
        yield shown


def check_form(document: dict[str, Any]) -> None:
    """What holds for every document: authlib's rules, and only members that are registered and say something."""
    OpenIDProviderMetadata(document).validate()
    assert not document.keys() - KNOWN
    for name, value in document.items():
        if isinstance(value, list):
            assert value, name
            assert len(value) == len(set(value)), name
        else:
            assert value not in (None, ""), name
    assert document["issuer"] == ISSUER


async def test_document_is_in_order_and_the_same_at_both_addresses(deployment: Deployment) -> None:
    await make_resource(deployment.op)
    async with deployment.http() as http:
        openid = await http.get("/.well-known/openid-configuration")
        oauth = await http.get("/.well-known/oauth-authorization-server")
    assert openid.headers["content-type"] == "application/json"
    assert openid.json() == oauth.json()
    assert openid.json()["protected_resources"] == ["https://api.example/", "https://id.example/api/v1"]
    check_form(openid.json())


@pytest.mark.parametrize("registration", ["off", "token", "open"])
@pytest.mark.parametrize("profile", ["oidc", "oauth21"])
async def test_document_is_in_order_whatever_the_settings(tmp_path: Path, registration: str, profile: str) -> None:
    settings = {"HIBANA_REGISTRATION": registration, "HIBANA_PROFILE": profile}
    async with deploy(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path, **settings) as deployment:
        document = await discovery.document(deployment.op)
        check_form(document)
        async with deployment.http() as http:
            answered = (await http.post("/register", json={})).status_code
    assert ("registration_endpoint" in document) == (registration != "off") == (answered != 404)


async def test_N07_every_endpoint_answers(op: Advertised) -> None:
    addresses = [value for name, value in op.document.items() if name.endswith("_endpoint")]
    async with op.deployment.http() as http:
        for address in [*addresses, op.document["jwks_uri"], op.document["check_session_iframe"]]:
            assert address.startswith(ISSUER + "/")
            answers = {(await http.request(method, address)).status_code for method in ("GET", "POST")}
            assert not answers & {404, 500}, address
            assert answers != {405}, address


@pytest.mark.parametrize(("member", "taken_as", "others"), REGISTERED, ids=[each[1] for each in REGISTERED])
async def test_N07_every_advertised_value_can_be_registered_and_no_other(
    op: Advertised, member: str, taken_as: str, others: tuple[str, ...]
) -> None:
    needed: dict[str, Any] = {"jwks": FOR_ENCRYPTION}
    if taken_as.endswith("_enc"):
        needed[taken_as.removesuffix("enc") + "alg"] = "RSA-OAEP"
    for value in op.document[member]:
        keys = needed | (
            {"jwks": {"keys": [jose.generate(value).public_jwk]}} if _signs_itself(taken_as, value) else {}
        )
        _, told = await op.register(**keys, **{taken_as: value})
        assert told[taken_as] == value
    for value in others:
        assert value not in op.document[member]
        assert error_of(await op.ask_to_register(**needed, **{taken_as: value})) == "invalid_client_metadata", value


def _signs_itself(taken_as: str, value: str) -> bool:
    """Whether a client needs a key for what it wants."""
    by_client = taken_as in ("request_object_signing_alg", "token_endpoint_auth_signing_alg")
    return by_client and value in jose.SIGNING_ALGORITHMS


async def test_N07_every_scope_and_claim_is_given(op: Advertised) -> None:
    client, _ = await op.register(grant_types=["authorization_code", "refresh_token"])
    scopes = op.document["scopes_supported"]
    await roles.assign(op.deployment.op.db, op.user.id, "admin", now=1)
    tenant = await make_tenant(op.deployment.op)
    await make_member(op.deployment.op, tenant, op.user)
    unit = await make_unit(op.deployment.op, tenant)
    await give(op.deployment.op, op.user, "department_manager", tenant=tenant, unit=unit)
    tokens = await op.tokens(client, scope=" ".join(scopes))
    assert tokens["scope"].split() == scopes
    told = (await userinfo(op.deployment, tokens["access_token"])).json()
    given = claims_of(tokens["id_token"]).keys() | told.keys()
    assert set(op.document["claims_supported"]) <= given
    assert {name: told[name] for name in PERSON if name != "localized"} == {
        name: value for name, value in PERSON.items() if name != "localized"
    }
    assert (await op.answered(client, scope="openid unknown")).fields["error"] == "invalid_scope"


async def test_N07_every_locale_of_claims_is_chosen(op: Advertised) -> None:
    client, _ = await op.register()
    variants = {"ja": {"name#ja-Hani-JP", "name#ja-Kana-JP"}, "en": {"name#en"}}
    for locale in op.document["claims_locales_supported"]:
        tokens = await op.tokens(client, scope="openid profile", claims_locales=locale)
        told = (await userinfo(op.deployment, tokens["access_token"])).json()
        assert {name for name in told if "#" in name} == variants.get(locale, {f"name#{locale}"})
        assert told["name"] == PERSON["name"]


async def test_N07_every_language_of_the_pages_is_spoken(op: Advertised) -> None:
    assert tuple(op.document["ui_locales_supported"]) == LANGUAGES
    client, _ = await op.register()
    for language in LANGUAGES:
        page = await op.deployment.browser().authorize(client, ui_locales=f"se {language}")
        assert f'<html lang="{language}"' in page.text


async def test_N07_every_prompt_display_and_class_is_accepted(op: Advertised) -> None:
    client, _ = await op.register()
    await op.tokens(client)
    for prompt in op.document["prompt_values_supported"]:
        landing = await op.answered(client, prompt=prompt)
        assert "code" in landing.fields if prompt == "none" else landing.mode == "page", prompt
    assert (await op.answered(client, prompt="guess")).fields["error"] == "invalid_request"
    for display in op.document["display_values_supported"]:
        assert "code" in (await op.arrive(client, display=display)).fields
    await op.prove(Factor(method="passkey", proves=("passkey", "person", "hardware"), amr=("hwk", "user"), proven_at=0))
    for acr in op.document["acr_values_supported"]:
        wanted = json.dumps({"id_token": {"acr": {"essential": True, "value": acr}}})
        assert claims_of((await op.tokens(client, acr_values=acr, claims=wanted))["id_token"])["acr"] == acr
    unknown = json.dumps({"id_token": {"acr": {"essential": True, "value": "urn:unknown"}}})
    assert (await op.answered(client, claims=unknown)).fields["error"] == "unmet_authentication_requirements"


async def test_N07_every_response_type_answers_in_every_mode(op: Advertised) -> None:
    types = op.document["response_types_supported"]
    client, _ = await op.register(response_types=types, grant_types=["authorization_code", "implicit"])
    for response_type in types:
        words = set(response_type.split()) - {"none", "token"}
        expected = words | ({"access_token"} if "token" in response_type.split() else set())
        for mode in op.document["response_modes_supported"]:
            landing = await op.arrive(client, response_type=response_type, response_mode=mode)
            if mode == "query" and expected & {"id_token", "access_token"}:
                assert (landing.mode, landing.fields["error"]) == ("fragment", "invalid_request")
                continue
            assert landing.mode == mode
            assert {"code", "id_token", "access_token"} & landing.fields.keys() == expected
            assert landing.fields["iss"] == op.document["issuer"]
    assert op.document["authorization_response_iss_parameter_supported"] is True
    assert (await op.answered(client, response_mode="web_message")).fields["error"] == "invalid_request"
    assert (await op.answered(client, response_type="token")).fields["error"] == "unsupported_response_type"
    assert error_of(await op.ask_to_register(response_types=["token"])) == "invalid_client_metadata"


async def test_N07_every_grant_and_no_other_is_known(op: Advertised) -> None:
    everything = {"authorization_code", "refresh_token", "client_credentials", "implicit"}
    assert set(op.document["grant_types_supported"]) == everything
    client, told = await op.register(
        grant_types=op.document["grant_types_supported"],
        response_types=["code", "id_token"],
        token_endpoint_auth_method="client_secret_basic",
    )
    auth = (client.client_id, told["client_secret"])
    for grant in everything - {"implicit"}:
        form = {"grant_type": grant, "code": "x", "redirect_uri": CALLBACK, "refresh_token": "x"}
        response = await op.post("token_endpoint", data=form, auth=auth)
        assert response.status_code == 200 or error_of(response) == "invalid_grant"
    for grant in (
        "implicit",
        "password",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:openid:params:grant-type:ciba",
    ):
        response = await op.post("token_endpoint", data={"grant_type": grant}, auth=auth)
        assert error_of(response) == "unsupported_grant_type"
    device = "urn:ietf:params:oauth:grant-type:device_code"
    assert error_of(await op.ask_to_register(grant_types=[device])) == "invalid_client_metadata"


async def test_N07_proof_keys_are_made_by_the_advertised_method_only(op: Advertised) -> None:
    client, _ = await op.register()
    assert op.document["code_challenge_methods_supported"] == ["S256"]
    assert "code" in (await op.arrive(client)).fields
    assert (await op.answered(client, code_challenge_method="plain")).fields["error"] == "invalid_request"


async def test_N07_subjects_are_of_the_registered_type(op: Advertised, app_site: AppServer) -> None:
    sector = app_site.show("/sector", [CALLBACK])
    told = []
    for subject_type in op.document["subject_types_supported"]:
        client, _ = await op.register(subject_type=subject_type, sector_identifier_uri=sector)
        told.append(claims_of((await op.tokens(client))["id_token"])["sub"])
    assert told[0] == op.user.id
    assert len(told[1]) == 43
    assert (
        error_of(await op.ask_to_register(sector_identifier_uri=app_site.show("/s", []))) == "invalid_client_metadata"
    )


async def test_N07_what_a_strict_deployment_leaves_out_is_refused_there(tmp_path: Path, authority: Authority) -> None:
    async with advertised(tmp_path, authority, HIBANA_PROFILE="oauth21") as op:
        assert op.document["response_types_supported"] == ["code", "none"]
        assert "implicit" not in op.document["grant_types_supported"]
        for member in ("id_token", "request_object"):
            assert "none" not in op.document[f"{member}_signing_alg_values_supported"]
        for metadata in (
            {"response_types": ["code id_token"], "grant_types": ["authorization_code", "implicit"]},
            {"id_token_signed_response_alg": "none"},
            {"request_object_signing_alg": "none"},
        ):
            assert error_of(await op.ask_to_register(**metadata)) == "invalid_client_metadata"
        client, _ = await op.register()
        assert (await op.arrive(client, response_type="code")).fields["code"]
        assert (await op.answered(client, response_type="id_token")).fields["error"] == "unauthorized_client"


async def test_scopes_of_apis_are_not_those_of_accounts(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    await make_client(op)
    await make_user(op)
    await op.db.run(
        "INSERT INTO scope_mappings (scope, claim_name, source_table, source_column, transformation, created_at) "
        "VALUES ('read', 'tier', 'users', 'membership', 'none', 0), ('team', 'team', 'users', 'locale', 'none', 0)"
    )
    await make_resource(op)
    scopes = (await discovery.document(op))["scopes_supported"]
    assert "team" in scopes
    assert "read" not in scopes
