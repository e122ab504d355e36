"""Front-channel and back-channel logout: every app of the session hears of its end."""

import secrets
import time

import pytest

from tests.conformance import checks
from tests.conformance.browser import Landing
from tests.conformance.conftest import plans
from tests.conformance.rp import Module
from tests.conformance.test_rp_initiated_logout import PATH, STATE, check_signed_out, log_out

everywhere = pytest.mark.parametrize("module", plans(form_post=False), indirect=True)
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@everywhere
def test_oidcc_frontchannel_rp_initiated_logout(module: Module) -> None:
    path = f"/front/{secrets.token_urlsafe(8)}"
    client = module.register(
        post_logout_redirect_uris=[module.site.url(PATH)],
        frontchannel_logout_uri=module.site.url(path),
        frontchannel_logout_session_required=True,
    )
    found = module.sign_in(client)
    where = log_out(module, id_token_hint=found.id_token, post_logout_redirect_uri=module.site.url(PATH), state=STATE)
    told = module.site.wait_for(path)
    assert told.query == {"iss": module.op.issuer, "sid": found.id_claims["sid"]}
    assert isinstance(where, Landing)
    assert where.query == {"state": STATE}
    check_signed_out(module, client)


@everywhere
def test_oidcc_backchannel_rp_initiated_logout(module: Module) -> None:
    path = f"/back/{secrets.token_urlsafe(8)}"
    client = module.register(
        post_logout_redirect_uris=[module.site.url(PATH)],
        backchannel_logout_uri=module.site.url(path),
        backchannel_logout_session_required=True,
    )
    found = module.sign_in(client)
    where = log_out(module, id_token_hint=found.id_token, post_logout_redirect_uri=module.site.url(PATH), state=STATE)
    assert isinstance(where, Landing)
    told = module.site.wait_for(path)
    assert told.method == "POST"
    assert told.tls == "TLSv1.3"
    assert told.form.keys() == {"logout_token"}
    assert told.content_type.partition(";")[0] == "application/x-www-form-urlencoded"
    token = told.form["logout_token"]
    claims = checks.verified(token, module.op.jwks(), algorithm="RS256")
    assert checks.header_of(token)["typ"] == "logout+jwt"
    assert claims["iss"] == module.op.issuer
    assert claims["aud"] == client.client_id
    assert abs(time.time() - claims["iat"]) < 60
    assert claims["exp"] - claims["iat"] <= 120
    assert claims["jti"]
    assert claims["events"] == {EVENT: {}}
    assert "nonce" not in claims
    assert claims["sub"] == found.id_claims["sub"]
    assert claims["sid"] == found.id_claims["sid"]
    check_signed_out(module, client)


@everywhere
def test_oidcc_session_state_is_in_the_authorization_response(module: Module) -> None:
    found = module.sign_in(module.register())
    digest, dot, salt = found.fields["session_state"].rpartition(".")
    assert digest
    assert dot
    assert salt
    assert " " not in found.fields["session_state"]
