"""Join codes: exact under a race, over when they are over, and not to be guessed."""

import asyncio
from collections import Counter
from dataclasses import replace
from functools import partial

import pytest

from hibana_op.foundation.errors import Forbidden, InvalidRecord, LoginRefused, NotFound
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.vault import Vault, parse_master_key
from hibana_op.operations import keys
from hibana_op.records import audit_log, join_codes, memberships, roles, tenants
from hibana_op.records.memberships import Membership
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User
from hibana_op.tenancy import actors, membership
from hibana_op.tenancy import join_codes as rules
from hibana_op.tenancy.seats import Seat
from tests.deployment import Deployment
from tests.make import make_user
from tests.tenancy.authority import HERE, acting, give, make_member, make_role, make_tenant, make_unit


async def code_for(
    deployment: Deployment,
    tenant: Tenant,
    seat: Seat | None = None,
    *,
    max_uses: int | None = None,
    lifetime: int | None = None,
) -> tuple[str, str]:
    """The id of a new code, and the code."""
    op, actor = deployment.op, await actors.command(deployment.op)
    made, text = await rules.create(
        op, actor, tenant.id, seat=seat or Seat(), max_uses=max_uses, lifetime=lifetime, origin=HERE
    )
    return made.id, text


async def people(deployment: Deployment, number: int) -> list[User]:
    return [await make_user(deployment.op, password=None) for _ in range(number)]


async def all_try(deployment: Deployment, users: list[User], text: str) -> Counter[str]:
    """Everybody types the code at once, each from a place of their own; what became of them."""

    async def attempt(number: int, user: User) -> str:
        origin = Origin(f"192.0.2.{number}", "a browser", "trace")
        try:
            return (await rules.join(deployment.op, user.id, text, origin=origin)).status
        except LoginRefused as refusal:
            return refusal.reason

    return Counter(await asyncio.gather(*(attempt(number, user) for number, user in enumerate(users))))


async def refusal_of(deployment: Deployment, user: User, text: str) -> str:
    with pytest.raises(LoginRefused) as refused:
        await rules.join(deployment.op, user.id, text, origin=HERE)
    return refused.value.reason


async def test_somebody_joins_and_becomes_what_the_code_says(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    unit, role = await make_unit(op, tenant), await make_role(op, tenant, ["groups:read"], "reader")
    seat = Seat(role="member", role_id=role.id, unit_id=unit.id)
    code_id, text = await code_for(deployment, tenant, seat, max_uses=1)
    (user,) = await people(deployment, 1)

    seen = await rules.look_up(op, user.id, f"  {text.lower().replace('-', '　')} ", origin=HERE)
    assert (seen.tenant.name, seen.member, seen.code.used_count) == (tenant.name, None, 0)
    member = await rules.join(op, user.id, text, origin=HERE)

    assert (member.role, member.status, member.unit_id) == ("member", "active", unit.id)
    held = {each.role: each.unit_path for each in await roles.granted_to(op.db, user.id, now=op.now())}
    assert held == {"user": "", "reader": unit.path}
    kept = await join_codes.find(op.db, tenant.id, code_id)
    assert kept is not None
    assert (kept.used_count, kept.state(op.now())) == (1, "used up")
    again = await rules.join(op, user.id, text, origin=HERE)
    assert again.id == member.id, "whoever is a member already stays one, and uses nothing up"
    joined = [each for each in await audit_log.page(op.db) if each.action == "tenant:member:joined"]
    assert [(each.tenant_id, each.resource_id, each.metadata["way"]) for each in joined] == [
        (tenant.id, user.id, "join_code")
    ]


async def test_P05_a_code_for_three_lets_three_of_fifty_in_at_once(deployment: Deployment) -> None:
    tenant = await make_tenant(deployment.op)
    code_id, text = await code_for(deployment, tenant, max_uses=3)
    found = await all_try(deployment, await people(deployment, 50), text)
    assert found == {"active": 3, "join_code_over": 47}
    assert await memberships.count_seats(deployment.op.db, tenant.id) == 3
    kept = await join_codes.find(deployment.op.db, tenant.id, code_id)
    assert kept is not None
    assert kept.used_count == 3


async def test_T06_a_tenant_with_room_for_five_takes_five_of_thirty_in_by_several_codes(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    await op.db.transact(lambda tx: tenants.update(tx, replace(tenant, max_users=5)))
    codes = [(await code_for(deployment, tenant))[1] for _ in range(2)]
    crowd = await people(deployment, 30)
    results = await asyncio.gather(*(all_try(deployment, crowd[at::2], codes[at]) for at in (0, 1)))
    assert results[0] + results[1] == {"active": 5, "tenant_full": 25}
    assert await memberships.count_seats(op.db, tenant.id) == 5


async def test_P05_one_person_who_clicks_twenty_times_uses_a_code_once(deployment: Deployment) -> None:
    tenant = await make_tenant(deployment.op)
    code_id, text = await code_for(deployment, tenant, max_uses=2)
    (user,) = await people(deployment, 1)
    assert (await all_try(deployment, [user] * 8, text))["active"] == 8
    kept = await join_codes.find(deployment.op.db, tenant.id, code_id)
    assert kept is not None
    assert kept.used_count == 1


async def test_P05_a_code_ends_to_the_second_and_at_once_when_it_is_disabled(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    one, two, three = await people(deployment, 3)
    _, brief = await code_for(deployment, tenant, lifetime=60)
    code_id, text = await code_for(deployment, tenant)
    deployment.clock.advance(59)
    await rules.join(op, one.id, brief, origin=HERE)
    deployment.clock.advance(1)
    assert await refusal_of(deployment, two, brief) == "join_code_over"
    await rules.join(op, two.id, text, origin=HERE)
    disabled = await rules.disable(op, actor, tenant.id, code_id, origin=HERE)
    assert disabled.state(op.now()) == "disabled"
    assert await refusal_of(deployment, three, text) == "join_code_over"


async def test_nobody_joins_a_tenant_that_is_closed_or_that_shut_them_out(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    _, text = await code_for(deployment, tenant)
    person, other = await people(deployment, 2)
    member = await rules.join(op, person.id, text, origin=HERE)
    await membership.update(op, actor, tenant.id, member.id, {"status": "suspended"}, origin=HERE)
    assert await refusal_of(deployment, person, text) == "member_suspended"
    for ended in (replace(tenant, plan_expires_at=op.now()), replace(tenant, license_expires_at=op.now())):
        await op.db.transact(partial(tenants.update, tenant=ended))
        assert await refusal_of(deployment, other, text) == "join_code_over"


async def test_P05_few_codes_can_be_tried(deployment: Deployment) -> None:
    tenant = await make_tenant(deployment.op)
    _, text = await code_for(deployment, tenant)
    (user,) = await people(deployment, 1)
    tried = [await refusal_of(deployment, user, "AAAA-AAAA") for _ in range(rules.MOST_FOR_A_PERSON)]
    assert set(tried) == {"join_code_wrong"}
    assert await refusal_of(deployment, user, text) == "too_many_attempts"
    deployment.clock.advance(rules.WINDOW + 1)
    assert (await rules.join(deployment.op, user.id, text, origin=HERE)).status == "active"
    refused = [each for each in await audit_log.page(deployment.op.db) if each.action == "tenant:join_code:refused"]
    assert {each.outcome for each in refused} == {"failure"}
    assert text.replace("-", "") not in str(refused)


async def test_P05_many_people_at_one_address_are_limited_together(deployment_on_sqlite: Deployment) -> None:
    deployment = deployment_on_sqlite
    tenant = await make_tenant(deployment.op)
    _, text = await code_for(deployment, tenant)
    for user in await people(deployment, rules.MOST_FOR_AN_ADDRESS // 5):
        for _ in range(5):
            assert await refusal_of(deployment, user, "AAAA-AAAA") == "join_code_wrong"
    (user,) = await people(deployment, 1)
    assert await refusal_of(deployment, user, text) == "too_many_attempts"
    elsewhere = Origin("198.51.100.7", "a browser", "trace")
    assert (await rules.join(deployment.op, user.id, text, origin=elsewhere)).status == "active"


async def test_T01_a_code_rests_sealed_and_is_shown_again_to_those_who_may_see_it(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    code_id, text = await code_for(deployment, tenant)
    row = await op.db.one("SELECT * FROM tenant_join_codes WHERE id = :id", id=code_id)
    assert row is not None
    assert all(part not in str(dict(row)) for part in (text, text.replace("-", "")))
    administrator = await acting(op, await make_member(op, tenant, "admin"))
    assert rules.text_of(op, await rules.get(op, administrator, tenant.id, code_id)) == text
    with pytest.raises(Forbidden):
        await rules.get(op, await acting(op, await make_member(op, tenant)), tenant.id, code_id)


async def test_P03_a_code_gives_no_more_than_its_maker_holds(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    administrator = await acting(op, await make_member(op, tenant, "admin"))
    strong = await make_role(op, tenant, ["roles:create"], "strong")
    made, _ = await rules.create(op, administrator, tenant.id, seat=Seat(role="admin"), origin=HERE)
    assert made.role == "admin"
    with pytest.raises(Forbidden):
        await rules.create(op, administrator, tenant.id, seat=Seat(role_id=strong.id), origin=HERE)
    with pytest.raises(InvalidRecord, match="role"):
        await rules.create(op, administrator, tenant.id, seat=Seat(role="owner"), origin=HERE)


async def test_whoever_left_comes_back_as_a_plain_member(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    await make_member(op, tenant, "owner")
    person = await make_member(op, tenant, "admin")
    before = await memberships.of_person(op.db, tenant.id, person.id)
    assert before is not None
    await membership.leave(op, person.id, before.id, origin=HERE)
    _, text = await code_for(deployment, tenant)
    back: Membership = await rules.join(op, person.id, text, origin=HERE)
    assert (back.id, back.role, back.status, back.left_at) == (before.id, "member", "active", None)


async def test_T02_a_code_is_sealed_anew_with_the_master_key(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    code_id, text = await code_for(deployment, tenant)
    step = await keys.rotate_master(op, HERE)
    assert step.new_key is not None
    kept = await join_codes.find(op.db, tenant.id, code_id)
    assert kept is not None
    opened = Vault([parse_master_key(step.new_key)]).open(kept.code_sealed, join_codes.sealed_name(code_id))
    assert rules.shown(opened.decode()) == text


async def test_P03_a_code_is_read_only_by_those_who_could_give_what_it_gives(deployment: Deployment) -> None:
    op, actor = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    unit = await make_unit(op, tenant)
    person = await make_member(op, tenant)
    await give(op, person, "department_manager", tenant=tenant, unit=unit)
    manager = await acting(op, person)
    for role, is_told in (("member", True), ("admin", False)):
        seat = Seat(role=role, unit_id=unit.id)
        made, _ = await rules.create(op, actor, tenant.id, seat=seat, origin=HERE)
        assert (await rules.get(op, manager, tenant.id, made.id)).id == made.id
        assert await rules.may_be_told(op, manager, made) is is_told


async def test_P05_whoever_is_suspended_does_not_come_back_by_leaving_first(deployment: Deployment) -> None:
    op, tenant = deployment.op, await make_tenant(deployment.op)
    _, text = await code_for(deployment, tenant)
    person = await make_member(op, tenant, status="suspended")
    member = await memberships.of_person(op.db, tenant.id, person.id)
    assert member is not None

    with pytest.raises(NotFound):
        await membership.leave(op, person.id, member.id, origin=HERE)

    assert await refusal_of(deployment, person, text) == "member_suspended"


@pytest.mark.parametrize("end", ["remove", "demote", "suspend", "suspend person"])
async def test_P05_a_code_for_more_than_a_plain_seat_is_no_way_back_for_whoever_made_it(
    deployment: Deployment, end: str
) -> None:
    op, command = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    admin, friend, other = await make_member(op, tenant, "admin"), *await people(deployment, 2)
    place = await memberships.of_person(op.db, tenant.id, admin.id)
    assert place is not None
    actor = await acting(op, admin)
    _, strong = await rules.create(op, actor, tenant.id, seat=Seat(role="admin"), origin=HERE)
    _, plain = await rules.create(op, actor, tenant.id, seat=Seat(), origin=HERE)
    assert (await rules.join(op, other.id, strong, origin=HERE)).role == "admin"

    if end == "remove":
        await membership.remove(op, command, tenant.id, place.id, origin=HERE)
    elif end == "suspend person":
        await op.db.run("UPDATE users SET status = 'suspended' WHERE id = :id", id=admin.id)
    else:
        change = {"role": "member"} if end == "demote" else {"status": "suspended"}
        await membership.update(op, command, tenant.id, place.id, change, origin=HERE)

    assert await refusal_of(deployment, friend, strong) == "join_code_over"
    assert (await rules.join(op, friend.id, plain, origin=HERE)).role == "member"
    if end == "remove":
        assert await refusal_of(deployment, admin, strong) == "join_code_over"


async def test_P05_no_code_makes_an_owner_by_another_name(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner = await acting(op, await make_member(op, tenant, "owner"))
    everything = await make_role(op, tenant, ("*",))
    own = await roles.find_by_name(op.db, tenant.id, "tenant_owner")
    assert own is not None
    for role_id in (own.id, everything.id):
        with pytest.raises(InvalidRecord, match="owners are invited"):
            await rules.create(op, owner, tenant.id, seat=Seat(role_id=role_id), origin=HERE)
    assert await join_codes.page(op.db, tenant.id) == []
