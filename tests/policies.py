"""What a deployment and its tenants choose, set as an administrator would set it."""

from typing import Any

from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records.tenants import SYSTEM, Tenant
from hibana_op.records.users import User
from hibana_op.tenancy import actors
from hibana_op.tenancy import settings as rules
from tests.make import make_member, make_tenant

ORIGIN = Origin("192.0.2.1", "a browser", "trace")


async def choose(op: Provider, tenant_id: str = SYSTEM, **choices: Any) -> None:
    """Choose something for the deployment, or for one tenant."""
    await rules.change(op, await actors.command(op), tenant_id, choices, origin=ORIGIN)


async def member_of_tenant(op: Provider, user: User, **choices: Any) -> Tenant:
    """A new tenant that chooses something, and to which the person belongs."""
    tenant = await make_tenant(op)
    await choose(op, tenant.id, **choices)
    await make_member(op, tenant, user)
    return tenant
