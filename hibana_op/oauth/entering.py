"""Which tenant somebody enters with a sign-in: the one that the request, the app or the API names, or their own."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hibana_op.foundation.errors import InvalidRequest, InvalidTarget
from hibana_op.foundation.explanation import Explanation
from hibana_op.oauth.call import Form
from hibana_op.records.clients import Client
from hibana_op.records.memberships import Belonging
from hibana_op.records.resources import ResourceServer

SCOPE = "tenant"
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class WantedTenant:
    """The tenant that a request is for: by its slug, by the app or API that belongs to it, or by both."""

    slug: str | None = None
    id: str | None = None
    is_asked_for: bool = False  # by the scope: any tenant of the person will do

    @property
    def is_any(self) -> bool:
        """Whether the request has to do with a tenant at all."""
        return self.slug is not None or self.id is not None or self.is_asked_for


NONE = WantedTenant()


def read(form: Form, client: Client, resources: Sequence[ResourceServer], scopes: Collection[str]) -> WantedTenant:
    """What a request says about the tenant; an app and an API of different tenants never come together."""
    owners = {each.tenant_id for each in resources} - {None}
    if client.tenant_id is not None:
        owners.add(client.tenant_id)
    if len(owners) > 1:
        because = Explanation("resource_of_another_tenant", parameter="resource")
        raise InvalidTarget("the resource belongs to another tenant", because=because)
    slug = _slug(form)
    if slug is None and not owners and SCOPE not in scopes:
        return NONE
    return WantedTenant(slug, next(iter(owners), None), SCOPE in scopes)


def _slug(form: Form) -> str | None:
    """The parameter `tenant`, which may also be called `organization`."""
    named = {value for name in ("tenant", "organization") if (value := form.maybe(name)) is not None}
    if not named:
        return None
    slug = named.pop()
    if named or not _SLUG.fullmatch(slug):
        because = Explanation("tenant_malformed", sent=slug, parameter="tenant")
        raise InvalidRequest("tenant must be the slug of one tenant", because=because)
    return slug


@dataclass(frozen=True, slots=True)
class Entry:
    """Who wants to enter: their tenants, the membership picked in this sign-in, and the one they were last in."""

    belongings: tuple[Belonging, ...] = ()
    picked: str | None = None
    last: str | None = None

    def fitting(self, wanted: WantedTenant) -> tuple[Belonging, ...]:
        """The tenants of the person that do for a request."""
        return tuple(
            each for each in self.belongings if wanted.slug in (None, each.slug) and wanted.id in (None, each.tenant_id)
        )

    def membership(self, wanted: WantedTenant) -> Belonging | None:
        """The one to enter: the only one, or among several the one picked or last used."""
        fitting = {each.membership_id: each for each in self.fitting(wanted)}
        if len(fitting) == 1:
            return next(iter(fitting.values()))
        return fitting.get(self.picked or "") or fitting.get(self.last or "")

    def lacks(self, wanted: WantedTenant) -> bool:
        """Whether the person must pick first, or does not belong where the request is for."""
        if wanted.slug is None and wanted.id is None and not self.belongings:
            return False  # an app that asks for the tenant takes people without one, too
        return wanted.is_any and self.membership(wanted) is None


NOWHERE = Entry()
