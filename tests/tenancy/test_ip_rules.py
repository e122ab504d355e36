"""IP allow-lists, P08: from where a tenant's people act, and that nobody shuts out themselves or the last owner."""

from typing import Any

import pytest

from hibana_op.foundation.errors import Conflict, Forbidden, InvalidRecord, NotFound, TooStrong
from hibana_op.foundation.origin import Origin
from hibana_op.records import audit_log, ip_allowlists
from hibana_op.records.ip_allowlists import IpRule, admits
from hibana_op.tenancy import actors
from hibana_op.tenancy import ip_rules as rules
from hibana_op.tenancy.access import IN_DEPLOYMENT, Where, may, reaches
from tests.deployment import Deployment
from tests.make import make_session
from tests.tenancy.authority import HERE, acting, give, make_member, make_role, make_tenant

OFFICE, ELSEWHERE = "192.0.2.0/24", "198.51.100.0/24"
AWAY = Origin("198.51.100.7", "a browser", "trace")
COMMAND = Origin.command("trace")
NOBODY = "01890000-0000-7000-8000-000000000000"


def a_rule(cidr: str, user_id: str | None = None, *, is_active: bool = True) -> IpRule:
    return IpRule(id=cidr, tenant_id="t", user_id=user_id, cidr=cidr, is_active=is_active, created_at=0, updated_at=0)


@pytest.mark.parametrize(
    ("rules_there", "ip", "expected"),
    [
        ([], "192.0.2.1", True),
        ([], None, True),
        ([a_rule(OFFICE)], "192.0.2.1", True),
        ([a_rule(OFFICE)], "::ffff:192.0.2.1", True),
        ([a_rule(OFFICE)], "198.51.100.1", False),
        ([a_rule(OFFICE)], None, False),
        ([a_rule(OFFICE, is_active=False)], "198.51.100.1", True),
        ([a_rule(OFFICE), a_rule(ELSEWHERE, "me")], "198.51.100.1", True),
        ([a_rule(OFFICE), a_rule(ELSEWHERE, "me")], "192.0.2.1", False),
        ([a_rule(OFFICE), a_rule(ELSEWHERE, "me", is_active=False)], "192.0.2.1", True),
        ([a_rule(OFFICE), a_rule(ELSEWHERE, "you")], "198.51.100.1", False),
        ([a_rule(ELSEWHERE, "you")], "192.0.2.1", True),
    ],
    ids=str,
)
def test_P08_who_has_rules_of_their_own_goes_by_these(
    rules_there: list[IpRule], ip: str | None, expected: bool
) -> None:
    assert admits(rules_there, "me", ip) is expected


def test_P08_a_machine_goes_by_the_rules_of_its_tenant() -> None:
    assert admits([a_rule(OFFICE), a_rule(ELSEWHERE, "you")], None, "192.0.2.1")
    assert not admits([a_rule(OFFICE), a_rule(ELSEWHERE, "you")], None, "198.51.100.1")


async def test_P08_what_is_held_in_a_tenant_counts_only_from_where_its_people_may_act(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    owner = await make_member(op, tenant, "owner")
    await make_member(op, other, user=owner)
    await give(op, owner, "viewer")
    actor = await acting(op, owner)

    rule = await rules.create(op, actor, tenant.id, cidr=OFFICE, origin=HERE)

    assert reaches(await acting(op, owner), tenant.id)
    for ip in ("198.51.100.7", "2001:db8::1", None):
        away = await acting(op, owner, ip=ip)
        assert {each.tenant_id for each in away.granted} == {None, other.id}
        assert not may(away, "clients:create", Where(tenant_id=tenant.id))
        assert may(away, "users:read", IN_DEPLOYMENT)
        assert not await ip_allowlists.allows(op.db, tenant.id, owner.id, ip)
        assert not await ip_allowlists.allows(op.db, tenant.id, None, ip)
        assert await ip_allowlists.allows(op.db, other.id, owner.id, ip)
    assert await ip_allowlists.allows(op.db, tenant.id, owner.id, "::ffff:192.0.2.9")
    await rules.delete(op, actor, tenant.id, rule.id, origin=HERE)
    assert await ip_allowlists.allows(op.db, tenant.id, owner.id, "198.51.100.7")


async def test_rules_are_added_changed_listed_and_removed(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner, member = await make_member(op, tenant, "owner"), await make_member(op, tenant)
    actor = await acting(op, owner)

    office = await rules.create(op, actor, tenant.id, cidr="192.0.2.0/24", description="本社", origin=HERE)
    home = await rules.create(op, actor, tenant.id, cidr="2001:db8::/64", user_id=member.id, origin=HERE)
    assert await rules.page(op.db, actor, tenant.id) == [office, home]
    assert await rules.page(op.db, actor, tenant.id, user_id=member.id) == [home]
    assert await rules.get(op.db, actor, tenant.id, home.id) == home

    changed = await rules.update(
        op, actor, tenant.id, home.id, {"cidr": "::ffff:198.51.100.0/120", "is_active": False}, origin=HERE
    )
    assert (changed.cidr, changed.is_active, changed.description) == (ELSEWHERE, False, "")
    assert await rules.update(op, actor, tenant.id, home.id, {"is_active": False}, origin=HERE) == changed
    await rules.delete(op, actor, tenant.id, home.id, origin=HERE)
    with pytest.raises(NotFound, match="no rule"):
        await rules.delete(op, actor, tenant.id, home.id, origin=HERE)

    told = [(each.action, each.tenant_id, each.metadata) for each in await audit_log.page(op.db)]
    assert told == [
        ("tenant:ip_rule:removed", tenant.id, {"cidr": ELSEWHERE}),
        ("tenant:ip_rule:changed", tenant.id, {"cidr": ELSEWHERE, "fields": ["cidr", "is_active"]}),
        ("tenant:ip_rule:added", tenant.id, {"cidr": "2001:db8::/64"}),
        ("tenant:ip_rule:added", tenant.id, {"cidr": OFFICE}),
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cidr": "the office"}, "no network"),
        ({"cidr": "192.0.2.1/24"}, "inside a network"),
        ({"description": "two\nlines"}, "description"),
        ({"description": "x" * 201}, "description"),
    ],
)
async def test_an_unsound_rule_is_refused(deployment_on_sqlite: Deployment, changes: dict[str, Any], said: str) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    actor = await acting(op, await make_member(op, tenant, "owner"))
    rule = await rules.create(op, actor, tenant.id, cidr=OFFICE, origin=HERE)
    with pytest.raises(InvalidRecord, match=said):
        await rules.create(op, actor, tenant.id, origin=HERE, **{"cidr": OFFICE, **changes})
    with pytest.raises(InvalidRecord, match=said):
        await rules.update(op, actor, tenant.id, rule.id, changes, origin=HERE)
    with pytest.raises(InvalidRecord, match="user_id of a rule"):
        await rules.update(op, actor, tenant.id, rule.id, {"user_id": None}, origin=HERE)


async def test_P08_the_last_owner_is_never_shut_out_confirmed_or_not(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner, admin = await make_member(op, tenant, "owner"), await make_member(op, tenant, "admin")
    await make_session(op, owner, ip_address=HERE.ip)
    by_owner, by_admin = await acting(op, owner), await acting(op, admin, ip=AWAY.ip)
    command = await actors.command(op)

    for actor, origin in ((by_owner, HERE), (by_admin, AWAY), (command, COMMAND)):
        for confirm in (False, True):
            with pytest.raises(Conflict, match="no owner"):
                await rules.create(op, actor, tenant.id, cidr=ELSEWHERE, origin=origin, confirm=confirm)
    office = await rules.create(op, by_owner, tenant.id, cidr=OFFICE, origin=HERE)
    away = await rules.create(op, by_owner, tenant.id, cidr=ELSEWHERE, origin=HERE)
    with pytest.raises(Conflict, match="no owner"):
        await rules.delete(op, by_admin, tenant.id, office.id, origin=AWAY, confirm=True)
    for changes in ({"is_active": False}, {"cidr": "203.0.113.0/24"}):
        with pytest.raises(Conflict, match="no owner"):
            await rules.update(op, by_admin, tenant.id, office.id, changes, origin=AWAY, confirm=True)
    with pytest.raises(Conflict, match="no owner"):
        await rules.create(op, by_owner, tenant.id, cidr=ELSEWHERE, user_id=owner.id, origin=HERE, confirm=True)
    await rules.delete(op, by_owner, tenant.id, away.id, origin=HERE)
    await rules.delete(op, by_owner, tenant.id, office.id, origin=HERE)


async def test_P08_whoever_would_shut_themselves_out_says_so_twice(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner, admin = await make_member(op, tenant, "owner"), await make_member(op, tenant, "admin")
    await make_session(op, owner, ip_address=HERE.ip)
    actor = await acting(op, admin, ip=AWAY.ip)

    with pytest.raises(Conflict, match=r"198\.51\.100\.7"):
        await rules.create(op, actor, tenant.id, cidr=OFFICE, origin=AWAY)
    assert await ip_allowlists.every(op.db, tenant.id) == []
    await rules.create(op, actor, tenant.id, cidr=OFFICE, origin=AWAY, confirm=True)
    assert not await ip_allowlists.allows(op.db, tenant.id, admin.id, AWAY.ip)


async def test_P08_one_of_two_owners_may_be_shut_out_but_not_both(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    here, away = await make_member(op, tenant, "owner"), await make_member(op, tenant, "owner")
    await make_session(op, here, ip_address=HERE.ip)
    await make_session(op, away, ip_address=AWAY.ip)
    actor = await acting(op, here)

    await rules.create(op, actor, tenant.id, cidr=OFFICE, origin=HERE)
    with pytest.raises(Conflict, match="no owner"):
        await rules.create(op, actor, tenant.id, cidr=ELSEWHERE, user_id=here.id, origin=HERE, confirm=True)


async def test_P08_of_an_owner_who_was_never_here_nobody_knows_the_place(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    await make_member(op, tenant, "owner")
    command = await actors.command(op)

    with pytest.raises(Conflict, match="confirm"):
        await rules.create(op, command, tenant.id, cidr=OFFICE, origin=COMMAND)
    await rules.create(op, command, tenant.id, cidr=OFFICE, origin=COMMAND, confirm=True)
    await rules.create(op, command, tenant.id, cidr=ELSEWHERE, origin=COMMAND)


async def test_P03_rules_about_others_are_for_those_who_may_do_as_much(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    owner, admin, member = [await make_member(op, tenant, role) for role in ("owner", "admin", "member")]
    stranger = await make_member(op, other)
    actor = await acting(op, admin)

    with pytest.raises(TooStrong):
        await rules.create(op, actor, tenant.id, cidr=ELSEWHERE, user_id=owner.id, origin=HERE, confirm=True)
    await rules.create(op, actor, tenant.id, cidr=ELSEWHERE, user_id=member.id, origin=HERE)
    of_owner = await rules.create(op, await acting(op, owner), tenant.id, cidr=OFFICE, user_id=owner.id, origin=HERE)
    with pytest.raises(TooStrong):
        await rules.delete(op, actor, tenant.id, of_owner.id, origin=HERE)
    for user_id in (stranger.id, NOBODY):
        with pytest.raises(NotFound, match=f"no member has the id {user_id}"):
            await rules.create(op, actor, tenant.id, cidr=OFFICE, user_id=user_id, origin=HERE)
    with pytest.raises(Forbidden, match="ip-allowlists:create"):
        await rules.create(op, await acting(op, member, ip=AWAY.ip), tenant.id, cidr=OFFICE, origin=AWAY)


async def test_O01_the_rules_of_another_tenant_do_not_exist(deployment: Deployment) -> None:
    op = deployment.op
    ours, theirs = await make_tenant(op), await make_tenant(op, "other")
    owner, foreign_owner = await make_member(op, ours, "owner"), await make_member(op, theirs, "owner")
    await make_role(op, ours, ["ip-allowlists:*"])
    actor = await acting(op, owner)
    foreign = await rules.create(op, await acting(op, foreign_owner), theirs.id, cidr=OFFICE, origin=HERE)

    for rule_id in (foreign.id, NOBODY):
        with pytest.raises(NotFound, match=f"no rule has the id {rule_id}"):
            await rules.get(op.db, actor, ours.id, rule_id)
        with pytest.raises(NotFound, match=f"no rule has the id {rule_id}"):
            await rules.update(op, actor, ours.id, rule_id, {"is_active": False}, origin=HERE)
        with pytest.raises(NotFound, match=f"no rule has the id {rule_id}"):
            await rules.delete(op, actor, ours.id, rule_id, origin=HERE)
    for tenant_id in (theirs.id, NOBODY):
        with pytest.raises(NotFound, match=f"no tenant has the id {tenant_id}"):
            await rules.page(op.db, actor, tenant_id)
        with pytest.raises(NotFound, match=f"no tenant has the id {tenant_id}"):
            await rules.create(op, actor, tenant_id, cidr=OFFICE, origin=HERE)
    assert await ip_allowlists.every(op.db, theirs.id) == [foreign]
