"""The configuration of a provider of SAML, and what its metadata file says."""

import base64
from typing import Any

import pytest

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.login.federation import configuration
from hibana_op.login.federation.saml import idp_metadata
from tests.saml_provider import ENTITY_ID, SSO_URL, a_key, metadata

GIVEN = {"entity_id": ENTITY_ID, "sso_url": SSO_URL, "certificates": [a_key()[1]]}


def of_unknown_kind() -> str:
    """A certificate whose key is of a kind that nobody has heard of."""
    raw = base64.b64decode("".join(a_key()[1].splitlines()[1:-1]))
    rsa, unknown = bytes.fromhex("2a864886f70d010101"), bytes.fromhex("2a864886f70d010163")
    text = base64.b64encode(raw.replace(rsa, unknown)).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----"


def test_what_is_given_is_kept() -> None:
    whole = {
        **GIVEN,
        "name_id_format": "emailAddress",
        "attributes": {"email": "mail", "email_verified": "checked", "sub": "uid", "locale": "lang"},
        "create_people": True,
        "trust_email": True,
    }
    assert configuration.check("saml", GIVEN) == GIVEN
    assert configuration.check("saml", whole) == whole
    two = configuration.check("saml", {**GIVEN, "certificates": [a_key()[1] + "\n" + a_key("ec", "ec")[1], a_key()[1]]})
    assert two["certificates"] == [a_key()[1], a_key("ec", "ec")[1]]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"entity_id": None}, "needs entity_id"),
        ({"certificates": None}, "needs certificates"),
        ({"client_id": "x"}, "has no client_id"),
        ({"entity_id": ""}, "1 to 1024"),
        ({"sso_url": "http://idp.acme.example/"}, "this machine"),
        ({"sso_url": "javascript:alert(1)"}, "https"),
        ({"certificates": []}, "holds 1 to 8"),
        ({"certificates": "x"}, "list of certificates"),
        ({"certificates": ["x"]}, "holds 1 to 8"),
        ({"certificates": ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]}, "cannot be read"),
        ({"certificates": [of_unknown_kind()]}, "cannot be read"),
        ({"name_id_format": "kerberos"}, "one of: persistent"),
        ({"name_id_format": ["persistent"]}, "one of: persistent"),
        ({"attributes": {"roles": "r"}}, "says what the provider calls"),
        ({"attributes": "email=mail"}, "says what the provider calls"),
        ({"attributes": {"email": ""}}, "1 to 255"),
    ],
)
def test_what_cannot_be_used_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidRecord, match=reason):
        configuration.check("saml", {**GIVEN, **changes})


def test_K08_a_certificate_with_a_weak_key_is_not_pinned() -> None:
    with pytest.raises(InvalidRecord, match="RSA from 2048 bits"):
        configuration.check("saml", {**GIVEN, "certificates": [a_key("weak", "weak")[1]]})


def test_a_metadata_file_says_who_a_provider_is_and_what_it_signs_with() -> None:
    assert idp_metadata.read(metadata()) == GIVEN
    assert idp_metadata.read(metadata().replace(b"<md:IDPSSO", b"<!-- by hand --><md:IDPSSO")) == GIVEN


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (b"md:IDPSSODescriptor", b"md:SPSSODescriptor", "no identity provider"),
        (b"md:EntityDescriptor", b"md:EntitiesDescriptor", "no single provider"),
        (b"HTTP-Redirect", b"HTTP-Artifact", "no sign-in by HTTP-Redirect"),
        (b"ds:X509Certificate", b"ds:X509CRL", "no certificate"),
        (b'use="signing"', b'use="encryption"', "no certificate"),
        (b"<ds:X509Certificate>", b"<ds:X509Certificate>AAAA", "cannot be read"),
        (b"<md:EntityDescriptor", b"<!DOCTYPE x><md:EntityDescriptor", "a declaration"),
        (b"</md:EntityDescriptor>", b"", "not well-formed"),
    ],
    ids=["a service", "a federation", "no redirect", "no certificate", "encryption", "not one", "DTD", "cut off"],
)
def test_metadata_that_cannot_be_used_is_refused(before: bytes, after: bytes, reason: str) -> None:
    assert before in metadata()
    with pytest.raises(InvalidRecord, match=reason):
        idp_metadata.read(metadata().replace(before, after))
