"""The catalogue of what can happen: one frozen dataclass per event, with a three-part tag for the audit log.

`user_id` and `client_id` say who acted. `target_id` is the record acted on and `target` its kind; the fields
of an event that are none of these become the entry's metadata, so no secret may ever be one of them.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened."""

    tag: ClassVar[str]
    outcome: ClassVar[str] = "success"
    target: ClassVar[str | None] = None

    user_id: str | None = None
    client_id: str | None = None
    target_id: str | None = None


# People


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCreated(Event):
    """A person was added."""

    tag = "user:account:created"
    target = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUpdated(Event):
    """A person's record was changed; `fields` names what changed, never the values."""

    tag = "user:account:updated"
    target = "user"
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDisabled(Event):
    """A person was suspended, and with them all their sessions and tokens."""

    tag = "user:account:disabled"
    target = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEnabled(Event):
    """A suspended person may sign in again."""

    tag = "user:account:enabled"
    target = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUnlocked(Event):
    """The attempts counted against a person were forgotten."""

    tag = "user:account:unlocked"
    target = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeleted(Event):
    """A person was erased."""

    tag = "user:account:deleted"
    target = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssigned(Event):
    """A person was given a role."""

    tag = "user:role:assigned"
    target = "user"
    role: str


# Signing in and out


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSucceeded(Event):
    """A person proved who they are."""

    tag = "user:login:succeeded"
    target = "session"
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFailed(Event):
    """A sign-in was refused; `user_id` is known only when the name belongs to somebody."""

    tag = "user:login:failed"
    outcome = "failure"
    method: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginLocked(Event):
    """A sign-in was not even tried, because too many had failed before."""

    tag = "user:login:locked"
    outcome = "failure"
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """A person signed out, or their session was ended."""

    tag = "user:session:ended"
    target = "session"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGranted(Event):
    """A person allowed a client something."""

    tag = "user:consent:granted"
    target = "client"
    scopes: tuple[str, ...]
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentDenied(Event):
    """A person refused a client."""

    tag = "user:consent:denied"
    outcome = "failure"
    target = "client"
    scopes: tuple[str, ...]


# Tokens


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


# Clients and resources


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCreated(Event):
    """A client was registered."""

    tag = "client:registration:created"
    target = "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientUpdated(Event):
    """A client's metadata was changed."""

    tag = "client:registration:updated"
    target = "client"
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecretRotated(Event):
    """A client was given a new secret."""

    tag = "client:secret:rotated"
    target = "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDeleted(Event):
    """A client was removed."""

    tag = "client:registration:deleted"
    target = "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceCreated(Event):
    """A protected resource was registered."""

    tag = "resource:registration:created"
    target = "resource"
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceDeleted(Event):
    """A protected resource was removed."""

    tag = "resource:registration:deleted"
    target = "resource"
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceGranted(Event):
    """The ceiling of what a client may get for a resource was set."""

    tag = "resource:grant:set"
    target = "resource"
    client: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceGrantRevoked(Event):
    """A client's grant for a resource was taken away."""

    tag = "resource:grant:revoked"
    target = "resource"
    client: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeMappingChanged(Event):
    """The mapping of one claim of a scope was set or removed."""

    tag = "claims:mapping:changed"
    target = "scope_mapping"
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomFieldChanged(Event):
    """A custom field of a person was set or removed."""

    tag = "user:field:changed"
    target = "user"
    field: str
    change: str


# Keys and operations


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyPublished(Event):
    """A signing key was added to the JWKS."""

    tag = "key:signing:published"
    target = "signing_key"
    algorithm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyRevoked(Event):
    """A signing key was taken out of use at once."""

    tag = "key:signing:revoked"
    target = "signing_key"
    algorithm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKeyRotated(Event):
    """Everything sealed was sealed anew under another master key."""

    tag = "key:master:rotated"
    sealed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditExported(Event):
    """The audit log was written to a file or a pipe."""

    tag = "audit:log:exported"
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupTaken(Event):
    """A copy of the database was made."""

    tag = "database:backup:taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRestored(Event):
    """A copy of the database took the place of what was there; what it could revive was ended."""

    tag = "database:backup:restored"
    taken_at: int
    ended: dict[str, int]  # how many of each kind
