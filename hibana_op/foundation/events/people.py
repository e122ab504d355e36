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
class RoleAssigned(Event):
    """A person was given a role."""

    tag = "user:role:assigned"
    target = "user"
    role: str
