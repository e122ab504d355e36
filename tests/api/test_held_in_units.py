"""What somebody may do by the API who holds a role in a unit alone: there and below, and nowhere else."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from hibana_op.provider import Provider
from hibana_op.records import audit_log, memberships
from hibana_op.records.tenants import Tenant
from hibana_op.records.units import Unit
from hibana_op.records.users import User
from hibana_op.tenancy import actors, groups
from tests.api.credentials import ORIGIN, ask, person_token
from tests.deployment import Deployment
from tests.make import make_member, make_session, make_tenant, make_user
from tests.tenancy.authority import give, make_role, make_unit


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


@pytest.mark.parametrize("collection", ["users", "memberships", "invitations", "units", "join-codes", "sessions"])
async def test_who_holds_a_permission_in_a_unit_is_asked_for_the_unit(
    deployment_on_sqlite: Deployment, collection: str
) -> None:
    op = deployment_on_sqlite.op
    house = await a_house(op)
    await make_role(op, house.tenant, ["sessions:*"], "watcher")
    await give(op, house.manager, "watcher", tenant=house.tenant, unit=house.unit)
    query = {"tenant_id": house.tenant.id}

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


async def test_P02_sessions_of_a_units_people_are_seen_and_ended_there_alone(deployment: Deployment) -> None:
    op, house = deployment.op, await a_house(deployment.op)
    await make_role(op, house.tenant, ["sessions:*"], "watcher")
    await give(op, house.manager, "watcher", tenant=house.tenant, unit=house.unit)
    ids = {}
    for name, user in house.people.items():
        member = await memberships.of_person(op.db, house.tenant.id, user.id)
        assert member is not None
        ids[name] = (await make_session(op, user, active_membership_id=member.id)).id
    ids["elsewhere"] = (await make_session(op, house.people["unit"])).id
    query = {"tenant_id": house.tenant.id, "unit_id": house.unit.id, "limit": "1"}

    first = (await ask(deployment, "GET", "/sessions", house.token, params=query)).json()
    second = await ask(deployment, "GET", "/sessions", house.token, params={**query, "cursor": first["next_cursor"]})
    by_use = await ask(deployment, "GET", "/sessions", house.token, params={**query, "sort": "-last_seen_at"})
    tenantless = await ask(deployment, "GET", "/sessions", house.token, params={"unit_id": house.unit.id})
    assert [each["id"] for each in first["items"] + second.json()["items"]] == [ids["unit"], ids["below"]]
    assert (second.json()["next_cursor"], by_use.status_code, tenantless.status_code) == (None, 200, 422)
    never = await ask(deployment, "DELETE", "/sessions/never-was", house.token)
    for name, session_id in ids.items():
        path = f"/sessions/{session_id}"
        seen = await ask(deployment, "GET", path, house.token)
        ended = await ask(deployment, "DELETE", path, house.token)
        assert (seen.status_code, ended.status_code) == ((200, 204) if name in ("unit", "below") else (404, 404)), name
        if ended.status_code == 404:
            assert ended.json()["detail"] == never.json()["detail"]


async def test_P03_a_units_manager_ends_no_session_of_somebody_stronger(deployment_on_sqlite: Deployment) -> None:
    op = deployment_on_sqlite.op
    house, owner = await a_house(op), await make_user(op, password=None)
    await make_role(op, house.tenant, ["sessions:*"], "watcher")
    await give(op, house.manager, "watcher", tenant=house.tenant, unit=house.unit)
    member = await make_member(op, house.tenant, owner, role="owner", unit_id=house.unit.id)
    session = await make_session(op, owner, active_membership_id=member.id)

    refused = await ask(deployment_on_sqlite, "DELETE", f"/sessions/{session.id}", house.token)

    assert (refused.status_code, refused.json()["detail"]) == (403, "this person may do more than you may here")


async def test_P03_a_units_people_are_put_into_groups_by_whoever_is_in_them(deployment: Deployment) -> None:
    op, house = deployment.op, await a_house(deployment.op)
    command, tenant_id = await actors.command(op), house.tenant.id
    ids = {}
    for name, user in {**house.people, "manager": house.manager}.items():
        member = await memberships.of_person(op.db, tenant_id, user.id)
        assert member is not None
        ids[name] = member.id
    own, other = [
        await groups.create(op, command, tenant_id, name=name, origin=ORIGIN) for name in ("Drivers", "Auditors")
    ]
    for name in ("manager", "below", "beside"):
        await groups.add_member(op, command, tenant_id, own.id, ids[name], origin=ORIGIN)
    people = f"/groups/{own.id}/members"

    async def status(method: str, path: str, **options: Any) -> int:
        return (await ask(deployment, method, path, house.token, **options)).status_code

    listed = await ask(deployment, "GET", "/groups", house.token, params={"tenant_id": tenant_id})
    assert [each["name"] for each in listed.json()["items"]] == ["Drivers", "Auditors"]
    assert await status("GET", f"/groups/{other.id}") == 200
    seen = await ask(deployment, "GET", people, house.token)
    assert [each["id"] for each in seen.json()["items"]] == [ids["below"]]
    assert await status("PUT", f"{people}/{ids['unit']}") == 204
    assert await status("DELETE", f"{people}/{ids['below']}") == 204
    for name in ("beside", "none", "manager"):
        for method in ("GET", "PUT", "DELETE"):
            assert await status(method, f"{people}/{ids[name]}") == 404, name
    refused = await ask(deployment, "PUT", f"/groups/{other.id}/members/{ids['unit']}", house.token)
    assert (refused.status_code, refused.json()["detail"]) == (
        403,
        "with a right in a unit alone, you may do this in groups that you are in yourself",
    )
    assert await status("DELETE", f"/groups/{other.id}/members/{ids['unit']}") == 403
    assert await status("PATCH", f"/groups/{own.id}", json={"name": "Mine"}) == 404
    assert await status("DELETE", f"/groups/{own.id}") == 403
    assert await status("POST", "/groups", json={"tenant_id": tenant_id, "name": "Admins"}) == 403
    told = [each for each in await audit_log.page(op.db, limit=2) if each.user_id == house.manager.id]
    assert [each.action for each in told] == ["tenant:group:member_removed", "tenant:group:member_added"]


@pytest.mark.parametrize("way", ["role-assignments", "join-codes", "invitations", "invitations/bulk"])
async def test_P04_a_role_that_would_give_nothing_in_a_unit_is_not_given_there(
    deployment_on_sqlite: Deployment, way: str
) -> None:
    op = deployment_on_sqlite.op
    house, owner = await a_house(op), await make_user(op, password=None)
    await make_member(op, house.tenant, owner, role="owner")
    token = await person_token(op, owner)
    nothing = await make_role(op, house.tenant, ["clients:*", "groups:create"], "app-maker")
    some = await make_role(op, house.tenant, ["clients:*", "groups:*", "users:read"], "mixed")
    name_alone = await make_role(op, house.tenant, [], "captain")
    about: dict[str, dict[str, Any]] = {
        "role-assignments": {"user_id": house.people["unit"].id},
        "invitations": {"email": "new@example.com"},
        "invitations/bulk": {"emails": ["new@example.com"]},
    }
    body: dict[str, Any] = {"tenant_id": house.tenant.id, "unit_id": house.unit.id, **about.get(way, {})}

    refused = await ask(deployment_on_sqlite, "POST", f"/{way}", token, json={**body, "role_id": nothing.id})
    whole = {name: value for name, value in body.items() if name != "unit_id"}

    assert (refused.status_code, refused.json()["detail"]) == (
        422,
        "nothing that app-maker gives can be held in a unit; give it in the whole tenant",
    )
    for given in ({**whole, "role_id": nothing.id}, {**body, "role_id": some.id}, {**body, "role_id": name_alone.id}):
        answer = await ask(deployment_on_sqlite, "POST", f"/{way}", token, json=given)
        assert answer.is_success, answer.text
    for role, counting in ((nothing, []), (some, ["groups:read", "groups:update", "users:read"])):
        shown = await ask(deployment_on_sqlite, "GET", f"/roles/{role.id}", token)
        assert shown.json()["permissions_in_units"] == counting
