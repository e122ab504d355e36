"""What happens to clients, resources and what they may be told."""

from dataclasses import dataclass

from hibana_op.foundation.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCreated(Event):
    """A client was registered."""

    tag = "client:registration:created"
    target = "client"
    registration: str | None = None
    initial_access_token: str | None = None
    software_publisher: str | None = None


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
class UnusedClientsRemoved(Event):
    """Clients that strangers had registered and nobody used were removed."""

    tag = "client:registration:expired"
    clients: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InitialAccessTokenCreated(Event):
    """A token was made with which developers may register clients."""

    tag = "registration:token:created"
    target = "initial_access_token"
    max_uses: int
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InitialAccessTokenRevoked(Event):
    """No more clients can be registered with a token."""

    tag = "registration:token:revoked"
    target = "initial_access_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwarePublisherTrusted(Event):
    """What a publisher states about software counts from now on."""

    tag = "registration:publisher:trusted"
    target = "software_publisher"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwarePublisherRemoved(Event):
    """What a publisher states about software does not count any more."""

    tag = "registration:publisher:removed"
    target = "software_publisher"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceCreated(Event):
    """A protected resource was registered."""

    tag = "resource:registration:created"
    target = "resource"
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceUpdated(Event):
    """A protected resource was changed."""

    tag = "resource:registration:updated"
    target = "resource"
    identifier: str
    fields: tuple[str, ...] = ()


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
class ScopeMappingFailed(Event):
    """A mapping could not be followed, so its claim was left out."""

    tag = "claims:mapping:failed"
    outcome = "failure"
    target = "scope_mapping"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomFieldChanged(Event):
    """A custom field of a person was set or removed."""

    tag = "user:field:changed"
    target = "user"
    field: str
    change: str
