"""Who is let in at the console: by the rights that count, after a sign-in that is enough, from where they are."""

from dataclasses import dataclass

from hibana_op.foundation.errors import PageRefused
from hibana_op.login import sessions
from hibana_op.pages.account.person import Me
from hibana_op.pages.admin.rooms import is_admitted
from hibana_op.records import memberships, permissions, roles
from hibana_op.records.memberships import Shut
from hibana_op.storage.database import Session as Db
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import Actor
from hibana_op.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody holds: all of it, and what of it counts after a sign-in like theirs and at their address."""

    held: Actor
    counting: Actor

    def tenants(self) -> list[str]:
        """The ids of the organisations in which they hold something that the console is for."""
        named = {each.tenant_id for each in self.held.granted if each.tenant_id is not None}
        return sorted(each for each in named if is_admitted(self.held, each))


async def rights_of(visit: Visit, me: Me, tx: Db) -> Rights:
    """The rights of the person in a session; one that an organisation's own provider began reaches that one alone."""
    now, user_id = visit.site.op.now(), me.user.id
    only = await sessions.confinement(tx, me.session)
    held = Actor(
        catalogue=await permissions.catalogue(tx),
        user_id=user_id,
        granted=tuple(await roles.granted_to(tx, user_id, now=now)),
        tenant_id=only,
    )
    counting = await actors.person(
        tx, user_id, now=now, tenant_id=only, acr=me.session.acr, amr=me.session.amr, ip=visit.origin.ip
    )
    return Rights(held, counting)


async def shut_to(visit: Visit, me: Me, tx: Db, tenant_id: str) -> Shut | None:
    """The organisation, if the person belongs to it and cannot enter it at the moment."""
    found = await memberships.shut(tx, me.user.id, now=visit.site.op.now())
    return next((each for each in found if each.tenant_id == tenant_id), None)


def not_found() -> PageRefused:
    """There is nothing here: what never was, what is somebody else's, and what is not theirs to see, all alike."""
    return PageRefused("not_found", status=404)
