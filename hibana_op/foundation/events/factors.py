"""What happens to the second factors of people."""

from dataclasses import dataclass

from hibana_op.foundation.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorAdded(Event):
    """A person set a second factor up."""

    tag = "user:factor:added"
    target = "user"
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRemoved(Event):
    """A person gave a second factor up."""

    tag = "user:factor:removed"
    target = "user"
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrimaryFactorChosen(Event):
    """A person chose which second factor is asked for first."""

    tag = "user:factor:preferred"
    target = "user"
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupCodesMade(Event):
    """A person was given new backup codes; those before are void."""

    tag = "user:backup_codes:made"
    target = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSent(Event):
    """A code was sent to a person, by mail or SMS."""

    tag = "user:code:sent"
    target = "user"
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTrusted(Event):
    """A person trusts a browser, where they need no second factor for a while."""

    tag = "user:device:trusted"
    target = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicesForgotten(Event):
    """A person trusts none of their browsers any more."""

    tag = "user:devices:forgotten"
    target = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorsReset(Event):
    """An administrator removed what a person had lost, and signed them out everywhere."""

    tag = "user:factors:reset"
    target = "user"
    removed: tuple[str, ...]
