"""`/ip-allowlists`: from where the people of a tenant may act."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, in_named_tenant, require_tenant
from hibana_op.api.shapes import Given, Id, OfTenant, Taken, changes, told_of
from hibana_op.provider import Provider
from hibana_op.records import ip_allowlists
from hibana_op.records.ip_allowlists import IpRule
from hibana_op.tenancy import ip_rules as rules
from hibana_op.tenancy.access import Where

Cidr = Annotated[str, Meta(min_length=2, max_length=64)]
About = Annotated[str, Meta(max_length=200)]


class IpRuleShown(Given, frozen=True, kw_only=True):
    """A network from which people may act; with `user_id` that person alone."""

    id: str
    tenant_id: str
    user_id: str | None
    cidr: str
    description: str
    is_active: bool
    created_at: datetime | None
    updated_at: datetime | None


class NewIpRule(Taken, frozen=True, kw_only=True):
    """A network that is to be allowed; `confirm` it when it shuts out the caller."""

    tenant_id: Id
    cidr: Cidr
    user_id: Id | None = None
    description: About = ""
    is_active: bool = True
    confirm: bool = False


class IpRuleChange(Taken, frozen=True, kw_only=True):
    """What changes of a rule; `confirm` it when it shuts out the caller."""

    cidr: Cidr | UnsetType = UNSET
    description: About | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    confirm: bool = False


class IpRulesAsked(OfTenant, frozen=True, kw_only=True):
    """Which rules."""

    user_id: Annotated[str, Meta(max_length=255, description="About whom.")] = ""


class IpRuleRemoval(Taken, frozen=True, kw_only=True):
    """How a rule is removed."""

    confirm: Annotated[bool, Meta(description="Even when it shuts out the caller.")] = False


async def place(op: Provider, asked: Asked) -> Where:
    """The tenant of the rule."""
    return Where(tenant_id=(await ip_allowlists.locate(op.db, asked.id)).tenant_id)


async def list_rules(op: Provider, asked: Asked) -> Page:
    """The rules of a tenant."""
    tenant_id, query = require_tenant(asked), asked.query

    async def read(after: str, limit: int) -> Sequence[IpRule]:
        return await rules.page(op.db, asked.actor, tenant_id, user_id=query.user_id, after=after, limit=limit)

    return await paging.page(op, query, read, of="ip-allowlists", key=lambda each: each.id, told=_shown)


async def show(op: Provider, asked: Asked) -> IpRuleShown:
    """One rule."""
    return _shown(await ip_allowlists.locate(op.db, asked.id))


async def create(op: Provider, asked: Asked) -> IpRuleShown:
    """Allow a network."""
    given = changes(asked.body)
    made = await rules.create(op, asked.actor, given.pop("tenant_id"), origin=asked.origin, **given)
    return _shown(made)


async def change(op: Provider, asked: Asked) -> IpRuleShown:
    """Change a rule."""
    rule, given = await ip_allowlists.locate(op.db, asked.id), changes(asked.body)
    confirm = given.pop("confirm")
    changed = await rules.update(op, asked.actor, rule.tenant_id, rule.id, given, confirm=confirm, origin=asked.origin)
    return _shown(changed)


async def remove(op: Provider, asked: Asked) -> None:
    """Remove a rule."""
    rule, confirm = await ip_allowlists.locate(op.db, asked.id), asked.query.confirm
    await rules.delete(op, asked.actor, rule.tenant_id, rule.id, confirm=confirm, origin=asked.origin)


def _shown(rule: IpRule) -> IpRuleShown:
    shown: IpRuleShown = told_of(rule, IpRuleShown)
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/ip-allowlists",
        permission="ip-allowlists:read",
        summary="List from where the people of a tenant may act",
        handler=list_rules,
        where=in_named_tenant,
        query=IpRulesAsked,
        gives=IpRuleShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/ip-allowlists",
        permission="ip-allowlists:create",
        summary="Let people act from a network, and from no other that has no rule",
        handler=create,
        where=in_named_tenant,
        takes=NewIpRule,
        gives=IpRuleShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/ip-allowlists/{id}",
        permission="ip-allowlists:read",
        summary="Show a rule",
        handler=show,
        where=place,
        gives=IpRuleShown,
    ),
    Operation(
        method="PATCH",
        path="/ip-allowlists/{id}",
        permission="ip-allowlists:update",
        summary="Change a rule",
        handler=change,
        where=place,
        takes=IpRuleChange,
        gives=IpRuleShown,
    ),
    Operation(
        method="DELETE",
        path="/ip-allowlists/{id}",
        permission="ip-allowlists:delete",
        summary="Remove a rule; with the last one, people may act from anywhere again",
        handler=remove,
        where=place,
        query=IpRuleRemoval,
        status=204,
    ),
)
