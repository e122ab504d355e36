"""What happens to people."""

from dataclasses import dataclass

from hibana_op.foundation.events.event import Event


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
class DeletionRequested(Event):
    """A person asked for their account to be deleted, and was signed out everywhere."""

    tag = "user:deletion:requested"
    target = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionCancelled(Event):
    """A person keeps the account that was to be deleted."""

    tag = "user:deletion:cancelled"
    target = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataExported(Event):
    """A person was given everything that is kept about them."""

    tag = "user:data:exported"
    target = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInvited(Event):
    """Somebody was invited to make an account."""

    tag = "user:invitation:sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordResetRequested(Event):
    """A link to set a new password was sent to a person."""

    tag = "user:password:reset_requested"
    target = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    """A person has a new password; `way`: by a link from their mailbox, or in their account."""

    tag = "user:password:changed"
    target = "user"
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChanged(Event):
    """A person has shown that an address is theirs; `is_new`: it takes the place of the one before."""

    tag = "user:email:confirmed"
    target = "user"
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAdded(Event):
    """A person can sign in with a new passkey; `is_synced`: it is on other devices of theirs too."""

    tag = "user:passkey:added"
    target = "passkey"
    name: str
    is_synced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRenamed(Event):
    """A person calls a passkey something else."""

    tag = "user:passkey:renamed"
    target = "passkey"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRemoved(Event):
    """A passkey of a person no longer signs them in."""

    tag = "user:passkey:removed"
    target = "passkey"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssigned(Event):
    """A person was given a role."""

    tag = "user:role:assigned"
    target = "user"
    role: str
