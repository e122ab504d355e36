"""The rooms of the console, and what somebody has to hold to see each of them."""

from dataclasses import dataclass

from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, Where, may

HOME = "/admin"


@dataclass(frozen=True, slots=True)
class Room:
    """A part of the console; `permission`: held in the organisation, or in a unit of it."""

    name: str
    permission: str

    @property
    def address(self) -> str:
        """What follows the organisation in the address."""
        return "" if self is OVERVIEW else f"/{self.name.replace('_', '-')}"


OVERVIEW = Room("overview", "tenants:read")
ROOMS = (
    OVERVIEW,
    Room("members", "memberships:read"),
    Room("join_codes", "join-codes:read"),
    Room("invitations", "invitations:read"),
    Room("branding", "settings:read"),
)


def called(name: str) -> Room:
    """The room of this name."""
    return next(each for each in ROOMS if each.name == name)


def places(actor: Actor, permission: str, tenant_id: str) -> list[Where]:
    """Where in an organisation somebody may do something: in all of it, or in the outermost of their units."""
    whole = Where(tenant_id=tenant_id)
    if may(actor, permission, whole):
        return [whole]
    found: list[Where] = []
    for path in sorted({each.unit_path for each in actor.granted if each.tenant_id == tenant_id and each.unit_path}):
        unit = Where(tenant_id=tenant_id, unit_path=path)
        is_within = any(path.startswith(each.unit_path) for each in found)
        if not is_within and may(actor, permission, unit):
            found.append(unit)
    return found


def is_admitted(actor: Actor, tenant_id: str) -> bool:
    """Whether somebody has anything to do at the console of an organisation: every member may see what it is called."""
    if may(actor, OVERVIEW.permission, IN_DEPLOYMENT):
        return True
    return any(places(actor, room.permission, tenant_id) for room in ROOMS if room is not OVERVIEW)
