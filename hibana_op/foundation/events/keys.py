"""What happens to the keys of programs."""

from dataclasses import dataclass

from hibana_op.foundation.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyCreated(Event):
    """A key for the API was made."""

    tag = "api-key:secret:created"
    target = "api_key"
    prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked(Event):
    """A key for the API was ended."""

    tag = "api-key:secret:revoked"
    target = "api_key"
    prefix: str
