"""What happens to clients, resources and what they may be told."""

from dataclasses import dataclass

from hibana_op.foundation.events.event import Event


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
