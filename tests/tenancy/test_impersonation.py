"""Who may ask to act as whom, and why: the rule that the API and the page share."""

from dataclasses import replace

import pytest

from hibana_op.foundation.errors import Conflict, Forbidden, InvalidRecord, NotFound, TooStrong
from hibana_op.provider import Provider
from hibana_op.records import expired, tenant_settings
from hibana_op.records.tenants import SYSTEM
from hibana_op.records.users import User
from hibana_op.tenancy import actors, impersonation, roles, settings
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, may
from tests.api.credentials import ask, key_of, machine_token, person_token, with_role
from tests.deployment import Deployment
from tests.flows.conftest import deployment
from tests.impersonating import ORIGIN, allow
from tests.make import make_member, make_tenant, make_user

__all__ = ["deployment"]


async def actor_of(op: Provider, user: User) -> Actor:
    """A person with all that they hold."""
    return await op.db.glance(lambda tx: actors.person(tx, user.id, now=op.now(), acr="1"))


async def asked(op: Provider, by: User, person: User, reason: str = "Ticket 4711") -> impersonation.Address:
    """Ask, as a person."""
    return await impersonation.ask(op, await actor_of(op, by), person.id, reason=reason, origin=ORIGIN)


async def test_P09_it_is_off_until_the_deployment_allows_it(deployment: Deployment) -> None:
    op = deployment.op
    admin, person = await with_role(op, "super_admin"), await make_user(op)
    with pytest.raises(Conflict, match="do not allow impersonation"):
        await asked(op, admin, person)
    await allow(deployment)
    address = await asked(op, admin, person)
    assert address.expires_at == op.now() + 120
    assert len(address.token) == 43
    (row,) = await op.db.all("SELECT * FROM impersonation_requests")
    assert address.token not in str(dict(row)), "it rests as a digest"
    await allow(deployment, "off")
    with pytest.raises(Conflict):
        await asked(op, admin, person)
    for step in range(expired.STEPS):
        await op.db.transact(lambda tx, step=step: expired.sweep(tx, step, now=address.expires_at + 1))  # type: ignore[misc]
    assert await op.db.all("SELECT * FROM impersonation_requests") == []


async def test_P09_only_the_deployment_chooses_it_and_no_tenant(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    with pytest.raises(InvalidRecord, match="whole deployment"):
        await settings.change(op, await actors.command(op), tenant.id, {"impersonation": "allowed"}, origin=ORIGIN)
    with pytest.raises(InvalidRecord):
        await settings.change(op, await actors.command(op), SYSTEM, {"impersonation": "always"}, origin=ORIGIN)
    assert tenant_settings.read({}).impersonation is None


@pytest.mark.parametrize(
    "role",
    ["admin", "operation_admin", "customer_success", "support", "viewer", "auditor", "finance_admin", "server_manager"],
)
async def test_P09_no_role_that_we_ship_gives_it_but_that_of_super_administrators(
    deployment: Deployment, role: str
) -> None:
    op = deployment.op
    await allow(deployment)
    actor = await actor_of(op, await with_role(op, role))
    assert not may(actor, impersonation.PERMISSION, IN_DEPLOYMENT)
    with pytest.raises(Forbidden, match="impersonation:create"):
        await impersonation.ask(op, actor, (await make_user(op)).id, reason="Ticket 4711", origin=ORIGIN)


async def test_P09_nobody_acts_as_somebody_who_may_do_what_they_may_not(deployment: Deployment) -> None:
    op = deployment.op
    await allow(deployment)
    root, person, owner = await with_role(op, "super_admin"), await make_user(op), await make_user(op)
    await make_member(op, await make_tenant(op), owner, role="owner")
    weak = await a_role_of_its_own(op, "impersonation:*")
    await asked(op, weak, person)
    with pytest.raises(TooStrong):
        await asked(op, weak, owner)
    await asked(op, root, owner)


async def a_role_of_its_own(op: Provider, *permissions: str) -> User:
    """Somebody with a role of the deployment that gives these."""
    made = await roles.create(
        op,
        await actors.command(op),
        tenant_id=None,
        name="desk",
        display_name="Desk",
        permissions=permissions,
        origin=ORIGIN,
    )
    return await with_role(op, made.name)


@pytest.mark.parametrize("role", ["super_admin", "viewer"])
async def test_P09_nobody_acts_as_somebody_with_a_role_of_the_deployment(deployment: Deployment, role: str) -> None:
    op = deployment.op
    await allow(deployment)
    root, other = await with_role(op, "super_admin"), await with_role(op, role)
    with pytest.raises(Conflict, match="holds a role of the deployment"):
        await asked(op, root, other)


@pytest.mark.parametrize("what", [{"status": "suspended"}, {"kind": "service"}, {"kind": "agent"}], ids=str)
async def test_P09_nobody_acts_as_an_account_that_does_not_sign_in(
    deployment: Deployment, what: dict[str, str]
) -> None:
    op = deployment.op
    await allow(deployment)
    root, person = await with_role(op, "super_admin"), await make_user(op, **what)
    with pytest.raises(Conflict, match="does not sign in"):
        await asked(op, root, person)


async def test_P09_nobody_acts_as_themselves_or_as_nobody(deployment: Deployment) -> None:
    op = deployment.op
    await allow(deployment)
    root = await with_role(op, "super_admin")
    with pytest.raises(Conflict, match="themselves"):
        await asked(op, root, root)
    with pytest.raises(NotFound):
        await asked(op, root, replace(root, id="nobody"))


@pytest.mark.parametrize("reason", ["", "   ", "two\nlines", "\x1b[31m", "\u202edrow", "x" * 201], ids=ascii)
async def test_P09_a_reason_is_one_line_that_can_be_shown(deployment: Deployment, reason: str) -> None:
    op = deployment.op
    await allow(deployment)
    with pytest.raises(InvalidRecord, match="reason is one line"):
        await asked(op, await with_role(op, "super_admin"), await make_user(op), reason)
    assert await op.db.all("SELECT * FROM impersonation_requests") == []


async def test_P09_no_key_machine_or_command_asks_and_a_person_does_by_the_api(deployment: Deployment) -> None:
    op = deployment.op
    await allow(deployment)
    root, person = await with_role(op, "super_admin"), await make_user(op)
    path, body = f"/users/{person.id}/impersonation", {"reason": "Ticket 4711"}

    for token in (await key_of(op, root, "*"), await machine_token(deployment)):
        refused = await ask(deployment, "POST", path, token, json=body)
        assert (refused.status_code, "no key or machine" in refused.json()["detail"]) == (403, True)
    with pytest.raises(Forbidden):
        await impersonation.ask(op, await actors.command(op), person.id, reason="Ticket 4711", origin=ORIGIN)

    token = await person_token(op, root)
    for wrong in ({}, {"reason": ""}, {"reason": "x" * 201}, {**body, "user_id": root.id}):
        assert (await ask(deployment, "POST", path, token, json=wrong)).status_code == 422
    told = (await ask(deployment, "POST", path, token, json=body)).json()
    assert told["url"].startswith(f"{op.issuer}/impersonate/")
    assert told["expires_at"] == "2027-01-15T08:02:00Z"
    (entry,) = await op.db.all("SELECT * FROM audit_log WHERE action = 'user:impersonation:requested'")
    assert (entry["user_id"], entry["resource_id"]) == (root.id, person.id)
