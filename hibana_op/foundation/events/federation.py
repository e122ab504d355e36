"""What happens to other providers, and to the accounts there that people sign in with."""

from dataclasses import dataclass

from hibana_op.foundation.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProviderCreated(Event):
    """People may sign in with one more provider."""

    tag = "provider:registration:created"
    target = "identity_provider"
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProviderEnabled(Event):
    """People may sign in with a provider again."""

    tag = "provider:registration:enabled"
    target = "identity_provider"
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProviderDisabled(Event):
    """Nobody can sign in with a provider until it is enabled again."""

    tag = "provider:registration:disabled"
    target = "identity_provider"
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProviderCertificatesChanged(Event):
    """The signatures of a provider are checked with other certificates from now on."""

    tag = "provider:certificates:changed"
    target = "identity_provider"
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProviderUpdated(Event):
    """What is known of a provider was changed: its name, its secret, or the domains that it answers for."""

    tag = "provider:registration:updated"
    target = "identity_provider"
    provider: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProviderDeleted(Event):
    """A provider was removed, and every link to an account there."""

    tag = "provider:registration:deleted"
    target = "identity_provider"
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProvidersChosen(Event):
    """It was decided which providers an app shows; none means all."""

    tag = "client:providers:chosen"
    target = "client"
    providers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityLinked(Event):
    """An account at a provider signs a person in from now on; `reason` says what the link rests on."""

    tag = "user:identity:linked"
    target = "user_identity"
    provider: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityUnlinked(Event):
    """An account at a provider does not sign a person in any more."""

    tag = "user:identity:unlinked"
    target = "user_identity"
    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationRefused(Event):
    """Somebody came back from a provider and was not let in."""

    tag = "user:federation:refused"
    outcome = "failure"
    target = "identity_provider"
    provider: str
    reason: str
