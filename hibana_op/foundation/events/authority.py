"""What happens to roles and who holds them, from where people may act, and what staff must bring."""

from dataclasses import dataclass

from hibana_op.foundation.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCreated(Event):
    """A role was added to the deployment or to a tenant."""

    tag = "role:record:created"
    target = "role"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleUpdated(Event):
    """A role was changed; `fields` names what changed."""

    tag = "role:record:updated"
    target = "role"
    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDeleted(Event):
    """A role was removed, and nobody holds it any more."""

    tag = "role:record:deleted"
    target = "role"
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleWithdrawn(Event):
    """A role was taken away from a person."""

    tag = "user:role:withdrawn"
    target = "user"
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IpRuleAdded(Event):
    """A network was added from which people of a tenant may act."""

    tag = "tenant:ip_rule:added"
    target = "ip_rule"
    cidr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IpRuleChanged(Event):
    """A network from which people of a tenant may act was changed; `fields` names what changed."""

    tag = "tenant:ip_rule:changed"
    target = "ip_rule"
    cidr: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IpRuleRemoved(Event):
    """A network from which people of a tenant may act was removed."""

    tag = "tenant:ip_rule:removed"
    target = "ip_rule"
    cidr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRequirementSet(Event):
    """Somebody's roles in the deployment count only when they bring this."""

    tag = "user:staff_requirement:set"
    target = "user"
    auth_type: str
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRequirementRemoved(Event):
    """Somebody need not bring this any more before their roles in the deployment count."""

    tag = "user:staff_requirement:removed"
    target = "user"
    auth_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSuspended(Event):
    """A person suspended an account that is theirs, such as an agent."""

    tag = "user:child:suspended"
    target = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSignedOut(Event):
    """A person ended the sessions and tokens of an account that is theirs."""

    tag = "user:child:signed_out"
    target = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildResumed(Event):
    """A person lets an account that is theirs act again."""

    tag = "user:child:resumed"
    target = "user"
