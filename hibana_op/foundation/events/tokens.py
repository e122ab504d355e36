"""What happens to codes and tokens."""

from dataclasses import dataclass

from hibana_op.foundation.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeIssued(Event):
    """A client was sent an authorization code."""

    tag = "client:code:issued"
    target = "token_family"
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeReplayed(Event):
    """A spent code was presented again; what had been issued from it was revoked."""

    tag = "client:code:replayed"
    outcome = "failure"
    target = "token_family"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdTokenIssued(Event):
    """A client was sent an ID token through the browser, and no access token with it."""

    tag = "client:id_token:issued"
    target = "token_family"
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationConfirmed(Event):
    """A client was told that a person is signed in and allows it what it asked for, and was given nothing else."""

    tag = "client:authorization:confirmed"
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensIssued(Event):
    """A client was given tokens."""

    tag = "client:token:issued"
    target = "token_family"
    grant: str
    scopes: tuple[str, ...]
    audience: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRefused(Event):
    """An authenticated client asked for tokens and was refused."""

    tag = "client:token:refused"
    outcome = "failure"
    grant: str
    error: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshTokenReused(Event):
    """A spent refresh token was presented again; its whole family was revoked."""

    tag = "client:refresh_token:reused"
    outcome = "failure"
    target = "token_family"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(Event):
    """A client gave a token up (RFC 7009)."""

    tag = "client:token:revoked"
    target = "token_family"
    kind: str
