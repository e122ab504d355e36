"""What somebody leaves behind, P03: codes and invitations above a plain seat end with whoever answers for them."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from hibana_op.foundation.errors import Conflict, LoginRefused
from hibana_op.login import deletion, people
from hibana_op.oauth import client_registry, resource_registry
from hibana_op.provider import Provider
from hibana_op.records import audit_log, clients, resources, users
from hibana_op.records import invitations as invited
from hibana_op.records import join_codes as codes
from hibana_op.records.clients import Client
from hibana_op.records.resources import OWN_API, OWN_SCOPE
from hibana_op.records.roles import Granted
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User
from hibana_op.tenancy import accepting, actors, invitations, join_codes, membership, roles, seats
from hibana_op.tenancy.access import Actor
from hibana_op.tenancy.seats import Seat
from tests.api.credentials import ask, machine_token
from tests.deployment import Deployment
from tests.flows.registering import manage, open_to_all, register
from tests.make import make_client, make_user
from tests.tenancy.authority import HERE, acting, make_member, make_role, make_tenant, make_unit


async def _in_their_own_time(op: Provider, user: User) -> None:
    await deletion.request(op, user, HERE)
    await op.db.run("UPDATE users SET deletion_due_at = :now WHERE id = :id", now=op.now(), id=user.id)
    assert await deletion.erase(op, user, HERE)


ENDS: dict[str, Callable[[Provider, User], Awaitable[None]]] = {
    "erased": lambda op, user: people.delete(op, user, HERE),
    "in their own time": _in_their_own_time,
}


async def seats_of(op: Provider, tenant: Tenant) -> list[Seat]:
    """A plain seat, an administrator's, and one with a role of the tenant's own."""
    role = await make_role(op, tenant, ["groups:read"], "reader")
    return [Seat(), Seat(role="admin"), Seat(role_id=role.id)]


async def make_all(op: Provider, actor: Actor, tenant: Tenant) -> tuple[list[str], list[str]]:
    """A code and an invitation for each of these seats; the texts of the codes, and the ids of the invitations."""
    texts, ids = [], []
    for number, seat in enumerate(await seats_of(op, tenant)):
        texts.append((await join_codes.create(op, actor, tenant.id, seat=seat, origin=HERE))[1])
        email = f"invited-{number}@example.com"
        sent = await invitations.create(op, actor, tenant.id, email=email, seat=seat, origin=HERE)
        ids.append(sent.invitation.id)
    return texts, ids


async def came_in(op: Provider, texts: list[str], ids: list[str]) -> list[bool]:
    """Who gets in now: by each code, then by each invitation."""
    found = []
    for text in texts:
        user = await make_user(op, password=None)
        found.append(await _is_let_in(join_codes.join(op, user.id, text, origin=HERE)))
    for number, invitation_id in enumerate(ids):
        user = await make_user(op, password=None, email=f"invited-{number}@example.com", email_verified=True)
        found.append(await _is_let_in(accepting.accept(op, user.id, invitation_id, origin=HERE)))
    return found


async def _is_let_in(entering: Awaitable[object]) -> bool:
    try:
        await entering
    except LoginRefused:
        return False
    return True


async def told(op: Provider, tenant: Tenant) -> list[str]:
    """What was told of codes and invitations that ended."""
    found = [each for each in await audit_log.page(op.db) if each.tenant_id == tenant.id]
    return sorted(each.action for each in found if each.action.endswith((":disabled", ":cancelled")))


ENDED = ["tenant:invitation:cancelled"] * 2 + ["tenant:join_code:disabled"] * 2


@pytest.mark.parametrize("way", ENDS)
async def test_P03_what_an_erased_person_made_gives_no_more_than_a_plain_seat(deployment: Deployment, way: str) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    await make_member(op, tenant, "owner")
    maker = await make_member(op, tenant, "owner")
    texts, ids = await make_all(op, await acting(op, maker), tenant)
    command = await actors.command(op)
    kept, _ = await join_codes.create(op, command, tenant.id, seat=Seat(role="admin"), origin=HERE)

    await ENDS[way](op, await users.get(op.db, maker.id))

    assert await came_in(op, texts, ids) == [True, False, False] * 2
    assert await told(op, tenant) == ENDED
    left = await codes.find(op.db, tenant.id, kept.id)
    assert left is not None
    assert left.disabled_at is None


async def _client_of(op: Provider) -> Client:
    row = await op.db.one("SELECT client_id FROM oauth_clients WHERE client_name = 'Nightly job'")
    assert row is not None
    return await clients.get(op.db, row["client_id"])


async def _without_grant(op: Provider, machine: Client) -> None:
    await resource_registry.disallow(op, OWN_API, client_id=machine.client_id, origin=HERE)


async def _without_grant_type(op: Provider, machine: Client) -> None:
    changes = {"grant_types": ["authorization_code"], "redirect_uris": ["https://app.example/callback"]}
    await client_registry.update(op, machine.client_id, changes, HERE)


async def _without_scope(op: Provider, machine: Client) -> None:
    """It is a machine by its registration as well, so that it stays one without the grant."""
    await client_registry.update(op, machine.client_id, {"scope": OWN_SCOPE, "response_types": []}, HERE)
    await _without_grant(op, machine)
    assert not [each for each in await audit_log.page(op.db) if each.action.endswith((":disabled", ":cancelled"))]
    await client_registry.update(op, machine.client_id, {"scope": None}, HERE)


ENDS_OF_MACHINES: dict[str, Callable[[Provider, Client], Awaitable[None]]] = {
    "removed": lambda op, machine: client_registry.delete(op, machine.client_id, HERE),
    "without its grant": _without_grant,
    "without its grant type": _without_grant_type,
    "without its scope": _without_scope,
}


@pytest.mark.parametrize("way", ENDS_OF_MACHINES)
@pytest.mark.parametrize("place", ["of the tenant", "of the deployment"])
async def test_P03_what_a_machine_made_gives_no_more_than_a_plain_seat_once_it_is_none(
    deployment: Deployment, place: str, way: str
) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    await make_member(op, tenant, "owner")
    token = await machine_token(deployment, tenant_id=tenant.id if place == "of the tenant" else None)
    machine = await _client_of(op)
    texts, ids = [], []
    for number, seat in enumerate(await seats_of(op, tenant)):
        body = {"tenant_id": tenant.id, "role": seat.role, "role_id": seat.role_id}
        made = await ask(deployment, "POST", "/join-codes", token, json=body)
        texts.append(made.json()["code"])
        sent = await ask(
            deployment, "POST", "/invitations", token, json={**body, "email": f"invited-{number}@example.com"}
        )
        ids.append(sent.json()["id"])
    command = await actors.command(op)
    untouched = [
        (await join_codes.create(op, command, each.id, seat=Seat(role="admin"), origin=HERE))[0]
        for each in (tenant, other)
    ]

    await ENDS_OF_MACHINES[way](op, machine)

    assert await came_in(op, texts, ids) == [True, False, False] * 2
    assert await told(op, tenant) == ENDED
    for code in untouched:
        left = await codes.find(op.db, code.tenant_id, code.id)
        assert left is not None
        assert left.disabled_at is None
    op.remembered.forget()
    again = await ask(deployment, "GET", "/tenants", token)
    assert again.status_code == 401, "its token counts no more, either"


async def test_P03_a_machine_that_its_developer_describes_as_none_leaves_nothing_behind(tmp_path: Path) -> None:
    async with open_to_all(f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path) as deployment:
        op = deployment.op
        tenant = await make_tenant(op)
        machine = await register(deployment, grant_types=["authorization_code", "client_credentials"])
        scopes = frozenset({OWN_SCOPE})
        await op.db.transact(lambda tx: resources.grant(tx, machine.client_id, OWN_API, scopes=scopes, now=op.now()))
        catalogue = (await actors.command(op)).catalogue
        held = (Granted(role="machine", permissions=("*",), tenant_id=None),)
        acting_machine = Actor(catalogue=catalogue, client_id=machine.client_id, granted=held)
        code, _ = await join_codes.create(op, acting_machine, tenant.id, seat=Seat(role="admin"), origin=HERE)

        changed = await manage(
            deployment,
            "PUT",
            machine.path,
            machine.token,
            json=machine.metadata(grant_types=["authorization_code"]),
        )

        assert changed.status_code == 200, changed.text
        left = await codes.find(op.db, tenant.id, code.id)
        assert left is not None
        assert left.disabled_at == op.now()


async def test_P03_a_client_that_never_acted_as_itself_ends_nothing(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    command = await actors.command(op)
    code, _ = await join_codes.create(op, command, tenant.id, seat=Seat(role="admin"), origin=HERE)
    await op.db.run("DELETE FROM audit_log")
    client = await make_client(op, grant_types=("client_credentials",), redirect_uris=(), tenant_id=tenant.id)
    changes = {"grant_types": ["authorization_code"], "redirect_uris": ["https://app.example/callback"]}
    await client_registry.update(op, client.client_id, changes, HERE)
    left = await codes.find(op.db, tenant.id, code.id)
    assert left is not None
    assert left.disabled_at is None


async def test_P03_what_the_log_has_forgotten_counts_as_the_machines_own(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    await machine_token(deployment, tenant_id=tenant.id)
    command = await actors.command(op)
    made = [
        (await join_codes.create(op, command, each.id, seat=Seat(role="admin"), origin=HERE))[0]
        for each in (tenant, other)
    ]
    await op.db.run("DELETE FROM audit_log")
    await client_registry.delete(op, (await _client_of(op)).client_id, HERE)
    found = [await codes.find(op.db, each.tenant_id, each.id) for each in made]
    assert [each is not None and each.disabled_at is None for each in found] == [False, True]


@pytest.mark.parametrize("way", ["join_code", "invitation", "added"])
async def test_J01_a_role_that_comes_with_a_seat_is_told(deployment: Deployment, way: str) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    role, unit = await make_role(op, tenant, ["groups:read"], "reader"), await make_unit(op, tenant)
    user = await make_user(op, password=None, email="new@example.com", email_verified=True)
    command, seat = await actors.command(op), Seat(role_id=role.id, unit_id=unit.id)
    if way == "join_code":
        _, text = await join_codes.create(op, command, tenant.id, seat=seat, origin=HERE)
        await join_codes.join(op, user.id, text, origin=HERE)
    elif way == "invitation":
        sent = await invitations.create(op, command, tenant.id, email=user.email, seat=seat, origin=HERE)
        await accepting.accept(op, user.id, sent.invitation.id, origin=HERE)
    else:
        await membership.add(op, command, tenant.id, user.id, seat=seat, origin=HERE)
    (given,) = await audit_log.page(op.db, action="user:role:assigned")
    assert (given.tenant_id, given.resource_id, given.metadata) == (tenant.id, user.id, {"role": "reader"})
    (joined,) = await audit_log.page(op.db, action="tenant:member:joined")
    assert joined.metadata["way"] == way


async def test_P04_a_role_that_a_code_or_an_invitation_gives_is_in_use(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    role, other = [await make_role(op, tenant, ["groups:read"], name) for name in ("reader", "other")]
    command = await actors.command(op)

    async def check() -> None:
        await seats.require_ungiven(op.db, role, now=op.now())

    await join_codes.create(op, command, tenant.id, seat=Seat(role_id=other.id), origin=HERE)
    with pytest.raises(Conflict, match="give other; disable or cancel them first"):
        await roles.delete(op, command, tenant.id, other.id, origin=HERE)
    await check()
    code, _ = await join_codes.create(op, command, tenant.id, seat=Seat(role_id=role.id), lifetime=60, origin=HERE)
    with pytest.raises(Conflict, match="give reader; disable or cancel them first"):
        await check()
    deployment.clock.advance(61)
    await check()
    sent = await invitations.create(
        op, command, tenant.id, email="a@example.com", seat=Seat(role_id=role.id), origin=HERE
    )
    with pytest.raises(Conflict, match="give reader"):
        await check()
    await invitations.cancel(op, command, tenant.id, sent.invitation.id, origin=HERE)
    await check()
    assert code.disabled_at is None
    assert (await invited.locate(op.db, sent.invitation.id)).status == "cancelled"
