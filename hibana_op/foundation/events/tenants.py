"""What happens to tenants, and to who belongs to them."""

from dataclasses import dataclass

from hibana_op.foundation.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantCreated(Event):
    """A tenant was added."""

    tag = "tenant:record:created"
    target = "tenant"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantUpdated(Event):
    """A tenant's record was changed; `fields` names what changed."""

    tag = "tenant:record:updated"
    target = "tenant"
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSuspended(Event):
    """Nobody may enter a tenant, and what was issued in it ended."""

    tag = "tenant:status:suspended"
    target = "tenant"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantResumed(Event):
    """A tenant's people may enter it again."""

    tag = "tenant:status:resumed"
    target = "tenant"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantDeleted(Event):
    """A tenant is gone for good."""

    tag = "tenant:status:deleted"
    target = "tenant"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantChangeRequested(Event):
    """Something is to be done to a tenant once a second person approves."""

    tag = "tenant:change:requested"
    target = "tenant_change"
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantChangeApproved(Event):
    """A second person approved what another asked for."""

    tag = "tenant:change:approved"
    target = "tenant_change"
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantChangeRejected(Event):
    """A second person rejected what another asked for."""

    tag = "tenant:change:rejected"
    target = "tenant_change"
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainAdded(Event):
    """A tenant says that a domain is its own."""

    tag = "tenant:domain:added"
    target = "domain"
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainVerified(Event):
    """A domain is a tenant's; `way`: its web server showed it, or an administrator of the deployment knows."""

    tag = "tenant:domain:verified"
    target = "domain"
    domain: str
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainChanged(Event):
    """People with an address of a domain may join, or may not any more."""

    tag = "tenant:domain:changed"
    target = "domain"
    domain: str
    may_join: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRemoved(Event):
    """A domain was taken away from a tenant."""

    tag = "tenant:domain:removed"
    target = "domain"
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandingFileAdded(Event):
    """A picture, a style sheet or markup for the pages of a tenant, or of the deployment, was uploaded."""

    tag = "tenant:branding-file:added"
    target = "branding-file"
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandingFileRemoved(Event):
    """What was uploaded for the look of pages was removed."""

    tag = "tenant:branding-file:removed"
    target = "branding-file"
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCreated(Event):
    """An organisation unit was added."""

    tag = "tenant:unit:created"
    target = "unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitUpdated(Event):
    """An organisation unit was changed; `fields` names what changed."""

    tag = "tenant:unit:updated"
    target = "unit"
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitMoved(Event):
    """An organisation unit was put in another place, with all beneath it."""

    tag = "tenant:unit:moved"
    target = "unit"
    parent_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDeleted(Event):
    """An organisation unit was removed."""

    tag = "tenant:unit:deleted"
    target = "unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCreated(Event):
    """A group was added."""

    tag = "tenant:group:created"
    target = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupUpdated(Event):
    """A group was changed."""

    tag = "tenant:group:updated"
    target = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDeleted(Event):
    """A group was removed."""

    tag = "tenant:group:deleted"
    target = "group"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMemberAdded(Event):
    """Somebody was put in a group."""

    tag = "tenant:group:member_added"
    target = "user"
    group_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMemberRemoved(Event):
    """Somebody was taken out of a group."""

    tag = "tenant:group:member_removed"
    target = "user"
    group_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberJoined(Event):
    """Somebody became a member; `way`: added, join_code, invitation or domain."""

    tag = "tenant:member:joined"
    target = "user"
    membership_id: str
    role: str
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberUpdated(Event):
    """What a member is was changed; `fields` names what changed."""

    tag = "tenant:member:updated"
    target = "user"
    membership_id: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSuspended(Event):
    """A member may not enter the tenant, and what was issued to them in it ended."""

    tag = "tenant:member:suspended"
    target = "user"
    membership_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberResumed(Event):
    """A suspended member may enter the tenant again."""

    tag = "tenant:member:resumed"
    target = "user"
    membership_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved(Event):
    """A member was taken out of a tenant."""

    tag = "tenant:member:removed"
    target = "user"
    membership_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLeft(Event):
    """A member left a tenant."""

    tag = "tenant:member:left"
    target = "user"
    membership_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinCodeCreated(Event):
    """A join code was made."""

    tag = "tenant:join_code:created"
    target = "join_code"
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinCodeDisabled(Event):
    """A join code counts no more."""

    tag = "tenant:join_code:disabled"
    target = "join_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationSent(Event):
    """Somebody was invited into a tenant; `is_again`: with another link."""

    tag = "tenant:invitation:sent"
    target = "invitation"
    role: str
    is_again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationCancelled(Event):
    """An invitation counts no more."""

    tag = "tenant:invitation:cancelled"
    target = "invitation"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinCodeRefused(Event):
    """Somebody typed a join code that does not count, or too many of them."""

    tag = "tenant:join_code:refused"
    outcome = "failure"
    reason: str
