"""The catalogue of what can happen, by whom it concerns."""

from hibana_op.foundation.events.clients import (
    ClientCreated,
    ClientDeleted,
    ClientSecretRotated,
    ClientUpdated,
    CustomFieldChanged,
    ResourceCreated,
    ResourceDeleted,
    ResourceGranted,
    ResourceGrantRevoked,
    ScopeMappingChanged,
)
from hibana_op.foundation.events.event import (
    Event,
)
from hibana_op.foundation.events.operations import (
    AuditExported,
    BackupRestored,
    BackupTaken,
    MasterKeyRotated,
    SigningKeyPublished,
    SigningKeyRevoked,
)
from hibana_op.foundation.events.people import (
    RoleAssigned,
    UserCreated,
    UserDeleted,
    UserDisabled,
    UserEnabled,
    UserUnlocked,
    UserUpdated,
)
from hibana_op.foundation.events.sessions import (
    ConsentDenied,
    ConsentGranted,
    LoginFailed,
    LoginLocked,
    LoginSucceeded,
    SessionEnded,
)
from hibana_op.foundation.events.tokens import (
    CodeIssued,
    CodeReplayed,
    RefreshTokenReused,
    TokenRefused,
    TokenRevoked,
    TokensIssued,
)

__all__ = [
    "AuditExported",
    "BackupRestored",
    "BackupTaken",
    "ClientCreated",
    "ClientDeleted",
    "ClientSecretRotated",
    "ClientUpdated",
    "CodeIssued",
    "CodeReplayed",
    "ConsentDenied",
    "ConsentGranted",
    "CustomFieldChanged",
    "Event",
    "LoginFailed",
    "LoginLocked",
    "LoginSucceeded",
    "MasterKeyRotated",
    "RefreshTokenReused",
    "ResourceCreated",
    "ResourceDeleted",
    "ResourceGrantRevoked",
    "ResourceGranted",
    "RoleAssigned",
    "ScopeMappingChanged",
    "SessionEnded",
    "SigningKeyPublished",
    "SigningKeyRevoked",
    "TokenRefused",
    "TokenRevoked",
    "TokensIssued",
    "UserCreated",
    "UserDeleted",
    "UserDisabled",
    "UserEnabled",
    "UserUnlocked",
    "UserUpdated",
]
