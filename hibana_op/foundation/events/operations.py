"""What happens to keys, the audit log and the database."""

from dataclasses import dataclass

from hibana_op.foundation.events.event import Event


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsForgotten(Event):
    """The oldest records were taken out, as the deployment's settings say."""

    tag = "deployment:records:forgotten"
    audit_entries: int
    failed_logins: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachedListSkipped(Event):
    """A password was chosen without a look into a list of breached ones; told once an hour."""

    tag = "deployment:breached_list:skipped"
    outcome = "failure"
    source: str  # file or service
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCreated(Event):
    """Long work was asked for."""

    tag = "deployment:job:created"
    target = "job"
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCancelled(Event):
    """Work in the background was ended before it was done."""

    tag = "deployment:job:cancelled"
    target = "job"
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionAdded(Event):
    """A permission was added to the catalogue; `held_in` names the kinds of places in which it may be held."""

    tag = "deployment:permission:added"
    target = "permission"
    held_in: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionChanged(Event):
    """A permission was changed in the catalogue; `fields` names what changed."""

    tag = "deployment:permission:changed"
    target = "permission"
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionRemoved(Event):
    """A permission was removed from the catalogue."""

    tag = "deployment:permission:removed"
    target = "permission"
