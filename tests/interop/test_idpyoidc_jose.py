"""idpyoidc reads ID tokens and userinfo in every form that it can register for."""

from typing import Any

import pytest
from idpyoidc.message.oidc import ID_TOKEN_VERIFY_ARGS, IdToken

from tests.conformance.conftest import EMAIL
from tests.interop.idpyoidc_party import Parties
from tests.interop.variants import ID_TOKEN_ALGORITHMS, each

ENCRYPTIONS = [
    ("RSA-OAEP", "A128CBC-HS256"),
    ("RSA-OAEP-256", "A256GCM"),
    ("ECDH-ES", "A128GCM"),
    ("ECDH-ES", "A192CBC-HS384"),  # ECDH-ES with a wrapped key is left out, as for request objects
]


def encrypted(what: str, encryption: tuple[str, str]) -> dict[str, Any]:
    """The wish to have something encrypted."""
    alg, enc = encryption
    return {
        f"encrypt_{what}_supported": True,
        f"{what}_encryption_alg_values_supported": [alg],
        f"{what}_encryption_enc_values_supported": [enc],
    }


@each("algorithm", ID_TOKEN_ALGORITHMS)
def test_it_verifies_what_is_signed(parties: Parties, engine: str, algorithm: str) -> None:
    signed: dict[str, Any] = {f"{what}_signing_alg_values_supported": [algorithm] for what in ("id_token", "userinfo")}
    party = parties.register(engine, **signed)
    found = party.sign_in()
    assert found["id_token"].jws_header["alg"] == algorithm
    assert found["userinfo"]["email"] == EMAIL
    assert found["userinfo"]["aud"] == party.registered["client_id"]


@each("encryption", ENCRYPTIONS)
def test_it_reads_userinfo_that_is_encrypted(parties: Parties, engine: str, encryption: tuple[str, str]) -> None:
    for signed in ([], ["ES256"]):
        wishes = encrypted("userinfo", encryption) | {"userinfo_signing_alg_values_supported": signed}
        found = parties.register(engine, **wishes).sign_in()
        assert found["userinfo"]["email"] == EMAIL
        assert ("aud" in found["userinfo"]) == bool(signed)


@pytest.mark.filterwarnings("ignore:owner is deprecated")  # in the library's own call
@each("encryption", ENCRYPTIONS)
def test_it_reads_an_id_token_that_is_encrypted(parties: Parties, engine: str, encryption: tuple[str, str]) -> None:
    party = parties.register(engine, "id_token", **encrypted("id_token", encryption))
    fields = party.arrive(party.client.init_authorization())
    # Its flow takes an ID token only unencrypted; what it calls an ID token can read one all the same.
    checks = party.client.get_service("authorization").gather_verify_arguments()
    claims = IdToken().from_jwt(fields["id_token"], **{k: v for k, v in checks.items() if k in ID_TOKEN_VERIFY_ARGS})
    assert claims.verify(**checks)
    assert (claims.jwe_header["alg"], claims.jwe_header["enc"]) == encryption
    assert claims.jws_header["alg"] == "RS256"
    assert claims["email"] == EMAIL
