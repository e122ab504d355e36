"""What Hibana refuses, and how: one class per wire code, rendered only at the edge."""

from hibana_op.foundation.explanation import Explanation


class Refusal(Exception):
    """A request that was understood and is turned down; its transaction is kept (see `transact`).

    `because` explains it to the people who run the deployment and the app; it never goes out.
    """

    because: Explanation | None = None


class OAuthError(Refusal):
    """An answer in the form of RFC 6749 §5.2: `description` goes out, `detail` only to the log."""

    code = "invalid_request"
    status = 400

    def __init__(self, description: str, *, detail: str = "", because: Explanation | None = None) -> None:
        super().__init__(description)
        self.description = description
        self.detail = detail
        self.because = because


class InvalidRequest(OAuthError):
    """RFC 6749 §4.1.2.1 and §5.2: a parameter is missing, doubled, malformed or out of place."""


class InvalidClient(OAuthError):
    """RFC 6749 §5.2: client authentication failed."""

    code = "invalid_client"
    status = 401


class InvalidGrant(OAuthError):
    """RFC 6749 §5.2: the code, token or its binding is wrong, expired or spent."""

    code = "invalid_grant"


class UnauthorizedClient(OAuthError):
    """RFC 6749 §5.2: this client may not do this."""

    code = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    """RFC 6749 §5.2: there is no such grant here."""

    code = "unsupported_grant_type"


class UnsupportedResponseType(OAuthError):
    """RFC 6749 §4.1.2.1: there is no such response type here."""

    code = "unsupported_response_type"


class InvalidScope(OAuthError):
    """RFC 6749 §5.2: a scope is unknown or not allowed for this client."""

    code = "invalid_scope"


class InvalidTarget(OAuthError):
    """RFC 8707 §2: the resource is unknown, malformed or not allowed for this client."""

    code = "invalid_target"


class AccessDenied(OAuthError):
    """RFC 6749 §4.1.2.1: the person or a policy said no."""

    code = "access_denied"


class LoginRequired(OAuthError):
    """OpenID Connect Core §3.1.2.6."""

    code = "login_required"


class ConsentRequired(OAuthError):
    """OpenID Connect Core §3.1.2.6."""

    code = "consent_required"


class InteractionRequired(OAuthError):
    """OpenID Connect Core §3.1.2.6."""

    code = "interaction_required"


class AccountSelectionRequired(OAuthError):
    """OpenID Connect Core §3.1.2.6."""

    code = "account_selection_required"


class UnmetAuthenticationRequirements(OAuthError):
    """OpenID Connect Unmet Authentication Requirements 1.0."""

    code = "unmet_authentication_requirements"


class InvalidRequestObject(OAuthError):
    """OpenID Connect Core §3.1.2.6 and RFC 9101 §7: the request object is none of this client's, or not in order."""

    code = "invalid_request_object"


class InvalidRequestUri(OAuthError):
    """OpenID Connect Core §3.1.2.6 and RFC 9101 §7: the request_uri leads to no request object of this client."""

    code = "invalid_request_uri"


class RegistrationNotSupported(OAuthError):
    """OpenID Connect Core §3.1.2.6: the `registration` parameter."""

    code = "registration_not_supported"


class InvalidToken(OAuthError):
    """RFC 6750 §3.1: the access token is malformed, expired, revoked or for somebody else."""

    code = "invalid_token"
    status = 401


class InsufficientScope(OAuthError):
    """RFC 6750 §3.1."""

    code = "insufficient_scope"
    status = 403


class InvalidClientMetadata(OAuthError):
    """RFC 7591 §3.2.2."""

    code = "invalid_client_metadata"


class InvalidRedirectUri(OAuthError):
    """RFC 7591 §3.2.2."""

    code = "invalid_redirect_uri"


class InvalidSoftwareStatement(OAuthError):
    """RFC 7591 §3.2.2: the statement is malformed, expired or not signed by whom it names."""

    code = "invalid_software_statement"


class UnapprovedSoftwareStatement(OAuthError):
    """RFC 7591 §3.2.2: nobody here trusts the publisher of the statement."""

    code = "unapproved_software_statement"


class TooManyRequests(OAuthError):
    """RFC 6585 §4: this was asked too often from one place; `retry_after` seconds later it may be again."""

    code = "temporarily_unavailable"
    status = 429

    def __init__(self, description: str, *, retry_after: int) -> None:
        super().__init__(description)
        self.retry_after = retry_after


class LoginRefused(Refusal):
    """A sign-in step that failed; `reason` names the message in `words`, `values` fill it."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = values


class PageRefused(Refusal):
    """A page that cannot be shown; `reason` names the message in `words`, `back` an address of ours to go on from."""

    def __init__(
        self,
        reason: str,
        *,
        status: int = 400,
        detail: str = "",
        because: Explanation | None = None,
        back: str | None = None,
        **values: object,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.detail = detail
        self.because = because
        self.back = back
        self.values = values


class NotFound(Refusal):
    """There is no such record."""


class Conflict(Refusal):
    """Another record holds this value already."""


class Forbidden(Refusal):
    """The caller is known, and lacks a permission."""

    def __init__(self, permission: str) -> None:
        super().__init__(f"this takes the permission {permission}")
        self.permission = permission


class SamePerson(Forbidden):
    """Somebody would be their own second person."""

    def __init__(self) -> None:
        Refusal.__init__(self, "whoever asked for it cannot decide on it; a second person has to")
        self.permission = "tenants:approve"


class KeyMakesNoKeys(Forbidden):
    """A key would make another one, free of its own limits."""

    def __init__(self) -> None:
        Refusal.__init__(self, "a key makes no other keys; sign in to make one")
        self.permission = "api-keys:create"


class TooStrong(Forbidden):
    """The caller may do this, but not to somebody who may do more than they may."""

    def __init__(self) -> None:
        Refusal.__init__(self, "this person may do more than you may here")
        self.permission = ""


class NotInGroup(Forbidden):
    """The caller may do this to the person, but not in a group that they are not in themselves."""

    def __init__(self) -> None:
        Refusal.__init__(self, "with a right in a unit alone, you may do this in groups that you are in yourself")
        self.permission = "groups:update"


class InvalidRecord(Refusal):
    """A value that a record cannot take, said in one sentence for the administrator."""


class Busy(Exception):
    """A queue or a lock stayed full for too long; nothing was changed, try again (503)."""


class WrongSettings(Exception):
    """The configuration cannot be used; `faults` names every reason and its mend."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults
