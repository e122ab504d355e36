"""What somebody may do by the API who holds a role in a unit alone: there and below, and nowhere else."""

from dataclasses import dataclass, replace

import pytest

from hibana_op.provider import Provider
from hibana_op.records import memberships
from hibana_op.records.tenants import Tenant
from hibana_op.records.units import Unit
from hibana_op.records.users import User
from tests.api.credentials import ask, person_token
from tests.deployment import Deployment
from tests.make import make_member, make_tenant, make_user
from tests.tenancy.authority import give, make_unit


@dataclass(frozen=True, slots=True)
class House:
    """A tenant with a unit, one below and one beside it, a person in each, and one in none."""

    tenant: Tenant
    unit: Unit
    beside: Unit
    people: dict[str, User]
    manager: User
    token: str


async def a_house(op: Provider) -> House:
    """A house whose manager holds `department_manager` in the unit."""
    tenant, manager = await make_tenant(op), await make_user(op, email="manager@example.com")
    unit = await make_unit(op, tenant)
    below, beside = await make_unit(op, tenant, above=unit), await make_unit(op, tenant)
    people = {}
    for name, place in (("unit", unit), ("below", below), ("beside", beside), ("none", None)):
        people[name] = await make_user(op, password=None, email=f"{name}@example.com")
        await make_member(op, tenant, people[name], unit_id=place.id if place else None)
    await make_member(op, tenant, manager)
    await give(op, manager, "department_manager", tenant=tenant, unit=unit)
    return House(tenant, unit, beside, people, manager, await person_token(op, manager))


async def test_P02_a_manager_sees_the_people_of_their_unit_and_below(deployment: Deployment) -> None:
    house = await a_house(deployment.op)

    statuses = {}
    for name, user in house.people.items():
        statuses[name] = (await ask(deployment, "GET", f"/users/{user.id}", house.token)).status_code
    query = {"tenant_id": house.tenant.id, "unit_id": house.unit.id}
    listed = await ask(deployment, "GET", "/users", house.token, params=query)
    searched = await ask(deployment, "GET", "/users", house.token, params={**query, "q": "below"})

    assert statuses == {"unit": 200, "below": 200, "beside": 404, "none": 404}
    assert [each["email"] for each in listed.json()["items"]] == ["unit@example.com", "below@example.com"]
    assert [each["email"] for each in searched.json()["items"]] == ["below@example.com"]
    assert "phone_number" not in listed.text


async def test_P02_whoever_moved_away_or_left_is_seen_no_more(deployment: Deployment) -> None:
    op, house = deployment.op, await a_house(deployment.op)
    path = f"/users/{house.people['unit'].id}"
    membership = await memberships.of_person(op.db, house.tenant.id, house.people["unit"].id)
    assert membership is not None
    for changed in (
        replace(membership, unit_id=house.beside.id),
        replace(membership, status="left", left_at=op.now()),
    ):
        assert (await ask(deployment, "GET", path, house.token)).status_code == 200
        await op.db.transact(lambda tx, to=changed: memberships.update(tx, to))  # type: ignore[misc]
        assert (await ask(deployment, "GET", path, house.token)).status_code == 404
        await op.db.transact(lambda tx: memberships.update(tx, membership))


async def test_O01_a_unit_of_another_tenant_is_one_that_never_was(deployment: Deployment) -> None:
    op, house = deployment.op, await a_house(deployment.op)
    foreign = await make_unit(op, await make_tenant(op))
    owner = await make_user(op)
    await make_member(op, house.tenant, owner, role="owner")

    for token in (house.token, await person_token(op, owner)):
        for unit_id in (foreign.id, "never-was"):
            query = {"tenant_id": house.tenant.id, "unit_id": unit_id}
            assert (await ask(deployment, "GET", "/users", token, params=query)).status_code == 404


@pytest.mark.parametrize("collection", ["users", "memberships", "invitations", "units", "join-codes"])
async def test_who_holds_a_permission_in_a_unit_is_asked_for_the_unit(
    deployment_on_sqlite: Deployment, collection: str
) -> None:
    house, query = await a_house(deployment_on_sqlite.op), dict[str, str]()
    query["tenant_id"] = house.tenant.id

    unnamed = await ask(deployment_on_sqlite, "GET", f"/{collection}", house.token, params=query)
    named = await ask(
        deployment_on_sqlite, "GET", f"/{collection}", house.token, params={**query, "unit_id": house.unit.id}
    )
    other = await ask(
        deployment_on_sqlite, "GET", f"/{collection}", house.token, params={**query, "unit_id": house.beside.id}
    )

    assert unnamed.status_code == 403
    (fault,) = unnamed.json()["errors"]
    assert (fault["field"], fault["detail"].partition(":")[0]) == ("unit_id", "name the unit")
    assert (named.status_code, other.status_code) == (200, 403)


async def test_who_lacks_a_permission_in_every_unit_hears_which_it_takes(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    house, member = await a_house(op), await make_user(op)
    await make_member(op, house.tenant, member)

    params = {"tenant_id": house.tenant.id}
    answer = await ask(deployment_on_sqlite, "GET", "/users", await person_token(op, member), params=params)

    assert (answer.status_code, answer.json()["detail"]) == (403, "this takes the permission users:read")


async def test_an_invitation_of_a_manager_names_the_unit(deployment: Deployment) -> None:
    house = await a_house(deployment.op)
    body = {"tenant_id": house.tenant.id, "email": "new@example.com"}

    unnamed = await ask(deployment, "POST", "/invitations", house.token, json=body)
    named = await ask(deployment, "POST", "/invitations", house.token, json={**body, "unit_id": house.unit.id})

    assert [each["field"] for each in unnamed.json()["errors"]] == ["unit_id"]
    assert (unnamed.status_code, named.status_code) == (403, 201)
