"""Why a request was refused, for the people who run the deployment and the apps; never sent to a client."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """The rule that refused a request, a name in RULES, with what it expected beside what was sent.

    No secret may stand in here: of a credential say the length or the characters, never the value.
    """

    rule: str
    expected: tuple[str, ...] = ()
    sent: str | None = None
    parameter: str | None = None


def size(text: str) -> str:
    """What may be said of a credential."""
    return f"{len(text)} characters"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule by which requests are refused, and the section it comes from; None for a rule of our own.

    What was sent is compared character by character with what was expected if `compares`.
    """

    name: str
    spec: str | None
    compares: bool = False


_OPENID = "https://openid.net/specs/"
_DOCUMENTS = {
    "OpenID Connect Core": f"{_OPENID}openid-connect-core-1_0.html",
    "OpenID Connect Registration": f"{_OPENID}openid-connect-registration-1_0.html",
    "RP-Initiated Logout": f"{_OPENID}openid-connect-rpinitiated-1_0.html",
    "Multiple Response Types": f"{_OPENID}oauth-v2-multiple-response-types-1_0.html",
    "Form Post Response Mode": f"{_OPENID}oauth-v2-form-post-response-mode-1_0.html",
    "Unmet Authentication Requirements": f"{_OPENID}openid-connect-unmet-authentication-requirements-1_0.html",
}


def link(spec: str) -> str:
    """Where a section such as `RFC 6749 §4.1.1` can be read."""
    document, _, section = spec.partition(" §")
    if document.startswith("RFC "):
        kind = "appendix" if section.isalpha() else "section"
        return f"https://www.rfc-editor.org/rfc/rfc{document[4:]}.html#{kind}-{section}"
    return f"{_DOCUMENTS[document]}#rfc.section.{section}"


CORE = "OpenID Connect Core"

# The name, the section, and whether the sent value is held against the expected ones. What a rule says and how
# to mend a breach of it stands under the same name in templates/words. The names of error codes and of pages'
# reasons are here too: they explain a refusal that says nothing closer.
RULES = {
    rule.name: rule
    for rule in (
        # Reading a request
        Rule("parameter_missing", "RFC 6749 §3.1"),
        Rule("parameter_doubled", "RFC 6749 §3.1"),
        Rule("parameter_too_long", None),
        Rule("parameters_too_many", None),
        Rule("parameters_malformed", "RFC 6749 §B"),
        Rule("parameters_in_query", "RFC 6749 §3.2"),
        Rule("media_type_wrong", "RFC 6749 §4.1.3"),
        Rule("method_wrong", "RFC 9110 §15.5.6"),
        # Who asks, and where the answer goes
        Rule("unknown_client", "RFC 6749 §2.2"),
        Rule("app_closed", None),
        Rule("redirect_uri_missing", f"{CORE} §3.1.2.1"),
        Rule("redirect_uri_unregistered", f"{CORE} §3.1.2.1", compares=True),
        Rule("bad_redirect_uri", f"{CORE} §3.1.2.1"),
        # Authorization requests
        Rule("response_type_unknown", "RFC 6749 §3.1.1"),
        Rule("response_type_unregistered", "OpenID Connect Registration §2"),
        Rule("front_channel_closed", "RFC 9700 §2.1.2"),
        Rule("response_mode_unknown", "Multiple Response Types §2.1"),
        Rule("response_mode_unsafe", "Multiple Response Types §5"),
        Rule("response_mode_unregistered", None),
        Rule("prompt_unknown", f"{CORE} §3.1.2.1"),
        Rule("prompt_none_with_others", f"{CORE} §3.1.2.1"),
        Rule("max_age_malformed", f"{CORE} §3.1.2.1"),
        Rule("nonce_missing", f"{CORE} §3.2.2.1"),
        Rule("claims_malformed", f"{CORE} §5.5"),
        Rule("acr_unreachable", f"{CORE} §5.5.1.1"),
        Rule("acr_not_reached", f"{CORE} §5.5.1.1"),
        Rule("id_token_hint_invalid", f"{CORE} §3.1.2.1"),
        Rule("subjects_differ", f"{CORE} §5.5.1"),
        Rule("pkce_missing", "RFC 7636 §4.4.1"),
        Rule("pkce_method", "RFC 7636 §4.3"),
        Rule("pkce_challenge_malformed", "RFC 7636 §4.2"),
        Rule("scope_malformed", "RFC 6749 §3.3"),
        Rule("scope_not_allowed", "RFC 6749 §3.3"),
        Rule("resource_malformed", "RFC 8707 §2"),
        Rule("resource_unknown", "RFC 8707 §2", compares=True),
        Rule("another_person", f"{CORE} §3.1.2.1"),
        # Request objects
        Rule("request_object_doubled", f"{CORE} §6.2"),
        Rule("request_object_missing", "RFC 9101 §10.5"),
        Rule("request_object_invalid", "RFC 9101 §6.2"),
        Rule("request_object_claims", "RFC 9101 §4"),
        Rule("request_uri_unregistered", f"{CORE} §6.2", compares=True),
        Rule("request_uri_unreachable", f"{CORE} §6.2"),
        # Client authentication
        Rule("client_authentication_missing", "RFC 6749 §3.2.1"),
        Rule("client_secret_wrong", "RFC 6749 §5.2"),
        Rule("client_assertion_wrong", "RFC 7523 §3"),
        Rule("client_assertion_type", "RFC 7521 §4.2"),
        Rule("client_assertion_claims", "RFC 7523 §3"),
        Rule("client_assertion_replayed", "RFC 7523 §3"),
        Rule("client_authentication_method", f"{CORE} §9"),
        Rule("client_authentication_doubled", "RFC 6749 §2.3"),
        Rule("client_id_differs", "RFC 6749 §3.2.1"),
        Rule("authorization_header_malformed", "RFC 7617 §2"),
        # Token requests
        Rule("grant_type_unknown", "RFC 6749 §5.2"),
        Rule("grant_type_unregistered", "RFC 7591 §2"),
        Rule("client_is_public", "RFC 6749 §4.4"),
        Rule("code_unknown", "RFC 6749 §4.1.3"),
        Rule("code_expired", "RFC 6749 §4.1.2"),
        Rule("code_spent", "RFC 6749 §4.1.2"),
        Rule("code_of_another_client", "RFC 6749 §4.1.3"),
        Rule("code_redirect_uri_differs", "RFC 6749 §4.1.3", compares=True),
        Rule("pkce_verifier_missing", "RFC 7636 §4.5"),
        Rule("pkce_verifier_unexpected", "RFC 9700 §2.1.1"),
        Rule("pkce_verifier_malformed", "RFC 7636 §4.1"),
        Rule("pkce_verifier_wrong", "RFC 7636 §4.6"),
        Rule("refresh_token_unknown", "RFC 6749 §6"),
        Rule("refresh_token_expired", "RFC 6749 §6"),
        Rule("refresh_token_reused", "RFC 9700 §4.14.2"),
        Rule("refresh_token_of_another_client", "RFC 6749 §6"),
        Rule("refresh_session_ended", f"{CORE} §11"),
        Rule("approval_ended", "RFC 6749 §5.2"),
        Rule("scope_beyond_approval", "RFC 6749 §6"),
        Rule("resource_beyond_approval", "RFC 8707 §2.2", compares=True),
        Rule("resource_not_granted", "RFC 8707 §2"),
        Rule("resource_ambiguous", "RFC 8707 §2"),
        # Tenants, which no RFC knows
        Rule("resource_of_another_tenant", "RFC 8707 §2"),
        Rule("tenant_malformed", "RFC 6749 §3.1"),
        Rule("not_in_tenant", "RFC 6749 §4.1.2.1"),
        Rule("address_not_allowed", "RFC 6749 §4.1.2.1"),
        # Access tokens
        Rule("access_token_missing", "RFC 6750 §2"),
        Rule("access_token_doubled", "RFC 6750 §2"),
        Rule("access_token_dead", "RFC 6750 §3.1"),
        Rule("access_token_for_another", "RFC 9068 §4"),
        Rule("openid_scope_missing", f"{CORE} §3.1.2.1"),
        Rule("introspection_by_public_client", "RFC 7662 §2.1"),
        # Signing out
        Rule("logout_redirect_unregistered", "RP-Initiated Logout §3", compares=True),
        Rule("logout_hint_missing", "RP-Initiated Logout §3"),
        Rule("logout_client_differs", "RP-Initiated Logout §2"),
        # Registration
        Rule("json_malformed", "RFC 7591 §3.1"),
        Rule("initial_access_token_missing", "RFC 7591 §3"),
        Rule("initial_access_token_wrong", "RFC 7591 §3"),
        Rule("registration_token_wrong", "RFC 7592 §2"),
        Rule("client_metadata_member", "RFC 7591 §2"),
        Rule("redirect_uri_not_registrable", "RFC 9700 §2.1"),
        Rule("sector_without_redirect_uri", "OpenID Connect Registration §5"),
        # Pages and browsers
        Rule("interaction_expired", None),
        Rule("other_browser", "RFC 9700 §4.7"),
        Rule("session_ended", None),
        Rule("no_second_step", None),
        Rule("way_not_allowed", None),
        Rule("cannot_set_up", None),
        Rule("csrf", "RFC 6749 §10.12"),
        Rule("cookies_blocked", None),
        Rule("request_invalid", "RFC 6749 §4.1.2.1"),
        Rule("method", "RFC 9110 §15.5.6"),
        Rule("not_found", None),
        Rule("link_spent", None),
        Rule("invitation_expired", None),
        Rule("invitation_spent", None),
        Rule("too_large", "RFC 9110 §15.5.14"),
        Rule("busy", None),
        Rule("server_error", None),
        # Other providers
        Rule("federation_unavailable", None),
        Rule("federation_expired", "RFC 9700 §4.7"),
        Rule("federation_declined", "RFC 6749 §4.1.2.1"),
        Rule("federation_failed", f"{CORE} §3.1.3.7"),
        Rule("federation_not_linked", None),
        Rule("federation_email_unconfirmed", f"{CORE} §5.7"),
        Rule("federation_account_exists", f"{CORE} §5.7"),
        Rule("identity_taken", None),
        Rule("identity_last_way_in", None),
        Rule("proof_too_old", None),
        Rule("console_closed", None),
        Rule("console_shut", None),
        Rule("console_forbidden", None),
        Rule("console_nothing", None),
        Rule("acting_as_another", None),
        Rule("impersonation_over", None),
        Rule("impersonation_refused", None),
        Rule("impersonation_unproven", None),
        # What an error code alone says
        Rule("invalid_request", "RFC 6749 §5.2"),
        Rule("invalid_client", "RFC 6749 §5.2"),
        Rule("invalid_grant", "RFC 6749 §5.2"),
        Rule("unauthorized_client", "RFC 6749 §5.2"),
        Rule("unsupported_grant_type", "RFC 6749 §5.2"),
        Rule("unsupported_response_type", "RFC 6749 §4.1.2.1"),
        Rule("invalid_scope", "RFC 6749 §5.2"),
        Rule("invalid_target", "RFC 8707 §2"),
        Rule("access_denied", "RFC 6749 §4.1.2.1"),
        Rule("login_required", f"{CORE} §3.1.2.6"),
        Rule("consent_required", f"{CORE} §3.1.2.6"),
        Rule("interaction_required", f"{CORE} §3.1.2.6"),
        Rule("account_selection_required", f"{CORE} §3.1.2.6"),
        Rule("unmet_authentication_requirements", "Unmet Authentication Requirements §2"),
        Rule("registration_not_supported", f"{CORE} §3.1.2.6"),
        Rule("invalid_token", "RFC 6750 §3.1"),
        Rule("insufficient_scope", "RFC 6750 §3.1"),
        Rule("invalid_client_metadata", "RFC 7591 §3.2.2"),
        Rule("invalid_redirect_uri", "RFC 7591 §3.2.2"),
        Rule("invalid_request_object", "RFC 9101 §7"),
        Rule("invalid_request_uri", "RFC 9101 §7"),
        Rule("invalid_software_statement", "RFC 7591 §3.2.2"),
        Rule("unapproved_software_statement", "RFC 7591 §3.2.2"),
        Rule("temporarily_unavailable", "RFC 6585 §4"),
        Rule("other", None),
    )
}
