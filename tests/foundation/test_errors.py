"""Every wire code that Hibana sends is one that a specification knows."""

import inspect

import pytest

from hibana_op.foundation import errors
from hibana_op.foundation.errors import Busy, LoginRefused, OAuthError, PageRefused, Refusal, WrongSettings

# The IANA registry "OAuth Extensions Error", RFC 6749, RFC 6750, RFC 7591, RFC 8707 and OpenID Connect.
REGISTERED = {
    "invalid_request": 400,
    "invalid_client": 401,
    "invalid_grant": 400,
    "unauthorized_client": 400,
    "unsupported_grant_type": 400,
    "unsupported_response_type": 400,
    "invalid_scope": 400,
    "invalid_target": 400,
    "access_denied": 400,
    "login_required": 400,
    "consent_required": 400,
    "interaction_required": 400,
    "account_selection_required": 400,
    "unmet_authentication_requirements": 400,
    "registration_not_supported": 400,
    "invalid_request_object": 400,
    "invalid_request_uri": 400,
    "invalid_token": 401,
    "insufficient_scope": 403,
    "invalid_client_metadata": 400,
    "invalid_redirect_uri": 400,
    "invalid_software_statement": 400,
    "unapproved_software_statement": 400,
    "temporarily_unavailable": 429,
}
CLASSES = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, OAuthError) and kind is not OAuthError
]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_has_a_registered_code_and_its_status(kind: type[OAuthError]) -> None:
    assert REGISTERED[kind.code] == kind.status


def test_no_two_errors_share_a_code() -> None:
    assert sorted(kind.code for kind in CLASSES) == sorted(REGISTERED)


def test_the_detail_of_an_error_stays_out_of_its_text() -> None:
    error = OAuthError("the code is invalid", detail="it was spent at 12:00")

    assert (error.description, error.detail) == ("the code is invalid", "it was spent at 12:00")
    assert str(error) == "the code is invalid"


def test_refusals_of_pages_and_of_sign_in_carry_the_name_of_their_message() -> None:
    login = LoginRefused("too_many_attempts", minutes=15)
    page = PageRefused("unknown_client", status=404, detail="no such id", client_id="x")

    assert (login.reason, login.values) == ("too_many_attempts", {"minutes": 15})
    assert (page.reason, page.status, page.detail, page.values) == (
        "unknown_client",
        404,
        "no such id",
        {"client_id": "x"},
    )


def test_what_is_no_refusal_undoes_its_transaction() -> None:
    assert not issubclass(Busy, Refusal)
    assert not issubclass(WrongSettings, Refusal)


def test_wrong_settings_names_every_fault() -> None:
    assert str(WrongSettings(["no issuer", "no master key"])) == "no issuer; no master key"
