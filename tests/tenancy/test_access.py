"""One rule of who may do what and where: what it grants, and that it never grants more."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.foundation.errors import Forbidden, NotFound
from hibana_op.records.permissions import EVERYWHERE, Catalogue, PermissionScope
from hibana_op.records.roles import DEPLOYMENT, TENANT, UNIT, Granted
from hibana_op.tenancy.access import (
    IN_DEPLOYMENT,
    Actor,
    Where,
    check_may_grant,
    is_weaker,
    may,
    reaches,
    require,
    require_reach,
    spelled_out,
)

LEVELS = {
    "users:read": (DEPLOYMENT, TENANT, UNIT),
    "users:delete": (DEPLOYMENT,),
    "units:update": (DEPLOYMENT, TENANT, UNIT),
    "clients:read": (DEPLOYMENT, TENANT),
    "clients:delete": (DEPLOYMENT, TENANT),
    "tenants:read": (DEPLOYMENT, TENANT),
    "tenants:suspend": (DEPLOYMENT,),
}
IN_A, IN_B = Where(tenant_id="a"), Where(tenant_id="b")
SALES, TEAM, OFFICE = (Where(tenant_id="a", unit_path=path) for path in ("sales/", "sales/team/", "office/"))


def entry(level: str, scope_id: str, permission: str, *, is_active: bool = True, pattern: str = "*") -> PermissionScope:
    return PermissionScope(
        id=f"{level}:{scope_id}:{permission}",
        scope_type=level,
        scope_id=scope_id,
        permission=permission,
        resource_type=permission.partition(":")[0],
        resource_pattern=pattern,
        description="",
        is_active=is_active,
        created_at=0,
    )


def catalogue_of(*special: PermissionScope) -> Catalogue:
    usual = [entry(level, EVERYWHERE, name) for name, levels in LEVELS.items() for level in levels]
    return {(each.scope_type, each.scope_id, each.permission): each for each in (*usual, *special)}


def role(*permissions: str, tenant_id: str | None = None, unit_path: str = "") -> Granted:
    return Granted(role="some", permissions=permissions, tenant_id=tenant_id, unit_path=unit_path)


def actor(*granted: Granted, catalogue: Catalogue | None = None) -> Actor:
    return Actor(catalogue=catalogue or catalogue_of(), user_id="someone", granted=granted)


@pytest.mark.parametrize(
    ("granted", "permission", "where", "expected"),
    [
        (role("users:read"), "users:read", IN_DEPLOYMENT, True),
        (role("users:read"), "users:read", IN_A, True),
        (role("users:read"), "users:read", TEAM, True),
        (role("users:read"), "users:delete", IN_DEPLOYMENT, False),
        (role("users:*"), "users:delete", IN_A, True),
        (role("*"), "tenants:suspend", IN_A, True),
        (role("users"), "users:read", IN_DEPLOYMENT, False),
        (role("user:*"), "users:read", IN_DEPLOYMENT, False),
        (role("*:read"), "users:read", IN_DEPLOYMENT, False),
        (role(""), "users:read", IN_DEPLOYMENT, False),
        (role(), "users:read", IN_DEPLOYMENT, False),
        (role("*"), "unheard:of", IN_DEPLOYMENT, False),
        (role("unheard:of"), "unheard:of", IN_DEPLOYMENT, False),
        (role("*", tenant_id="a"), "clients:delete", IN_A, True),
        (role("*", tenant_id="a"), "clients:delete", IN_B, False),
        (role("*", tenant_id="a"), "clients:delete", IN_DEPLOYMENT, False),
        (role("*", tenant_id="a"), "users:read", TEAM, True),
        (role("*", tenant_id="a"), "users:delete", IN_A, False),
        (role("*", tenant_id="a"), "tenants:suspend", IN_A, False),
        (role("*", tenant_id="a", unit_path="sales/"), "units:update", SALES, True),
        (role("*", tenant_id="a", unit_path="sales/"), "units:update", TEAM, True),
        (role("*", tenant_id="a", unit_path="sales/"), "units:update", OFFICE, False),
        (role("*", tenant_id="a", unit_path="sales/team/"), "units:update", SALES, False),
        (role("*", tenant_id="a", unit_path="sales/"), "units:update", IN_A, False),
        (role("*", tenant_id="a", unit_path="sales/"), "units:update", IN_DEPLOYMENT, False),
        (role("*", tenant_id="a", unit_path="sales/"), "clients:read", SALES, False),
        (role("*", tenant_id="b", unit_path="sales/"), "units:update", SALES, False),
        (role("*", tenant_id="a", unit_path="sale/"), "units:update", SALES, False),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_P01_a_role_gives_its_permissions_where_it_is_held_and_below(
    granted: Granted, permission: str, where: Where, expected: bool
) -> None:
    assert may(actor(granted), permission, where) is expected
    assert may(actor(), permission, where) is False
    assert may(actor(role("nothing:here"), granted), permission, where) is expected


def test_whoever_has_a_shell_may_do_everything() -> None:
    shell = Actor(catalogue={}, is_command=True)
    assert may(shell, "users:delete", IN_A)
    assert reaches(shell, "a")
    assert not is_weaker(shell, [role("*")], IN_DEPLOYMENT)
    check_may_grant(shell, ["*"], IN_A)


@pytest.mark.parametrize(
    ("special", "still"),
    [
        (entry(TENANT, "a", "users:read", is_active=False), {IN_DEPLOYMENT, IN_B}),
        (entry(UNIT, "sales", "users:read", is_active=False), {IN_DEPLOYMENT, IN_A, IN_B, OFFICE}),
        (entry(UNIT, "team", "users:read", is_active=False), {IN_DEPLOYMENT, IN_A, IN_B, OFFICE, SALES}),
        (entry(TENANT, "a", "users:read"), {IN_DEPLOYMENT, IN_A, IN_B, SALES, TEAM, OFFICE}),
        (entry(TENANT, "a", "users:read", pattern="x*"), {IN_DEPLOYMENT, IN_B}),
        (entry(DEPLOYMENT, EVERYWHERE, "users:read", is_active=False), set()),
    ],
    ids=["a tenant", "a unit", "a unit below", "a tenant, on", "a tenant, for some", "everywhere"],
)
def test_the_catalogue_takes_a_permission_away_from_everybody(special: PermissionScope, still: set[Where]) -> None:
    everybody = actor(role("*"), catalogue=catalogue_of(special))
    places = (IN_DEPLOYMENT, IN_A, IN_B, SALES, TEAM, OFFICE)
    assert {where for where in places if may(everybody, "users:read", where)} == still
    assert may(everybody, "clients:read", IN_A)


def test_what_is_switched_off_in_one_kind_of_place_stays_on_in_the_others() -> None:
    off = catalogue_of(entry(TENANT, EVERYWHERE, "users:read", is_active=False))
    assert not may(actor(role("*", tenant_id="a"), catalogue=off), "users:read", IN_A)
    assert may(actor(role("*", tenant_id="a", unit_path="sales/"), catalogue=off), "users:read", TEAM)
    assert may(actor(role("*"), catalogue=off), "users:read", IN_A)


def test_a_permission_for_some_things_is_not_for_others() -> None:
    some = catalogue_of(entry(TENANT, EVERYWHERE, "clients:read", pattern="shop-*"))
    owner = actor(role("*", tenant_id="a"), catalogue=some)
    assert may(owner, "clients:read", replace(IN_A, resource_id="shop-1"))
    assert not may(owner, "clients:read", replace(IN_A, resource_id="Shop-1"))
    assert not may(owner, "clients:read", replace(IN_A, resource_id="bank-1"))
    assert not may(owner, "clients:read", IN_A)


def test_a_key_narrows_what_its_owner_may() -> None:
    key = replace(actor(role("*")), ceiling=("clients:*", "users:read"))
    assert may(key, "clients:delete", IN_DEPLOYMENT)
    assert may(key, "users:read", IN_A)
    assert not may(key, "users:delete", IN_DEPLOYMENT)
    assert not may(replace(key, ceiling=()), "users:read", IN_DEPLOYMENT)
    assert not may(replace(actor(role("users:read")), ceiling=("*",)), "users:delete", IN_DEPLOYMENT)


def test_O02_what_is_made_for_one_tenant_reaches_no_other_place() -> None:
    confined = replace(actor(role("*"), role("*", tenant_id="a"), role("*", tenant_id="b")), tenant_id="a")
    assert may(confined, "clients:read", IN_A)
    assert may(confined, "users:read", TEAM)
    assert not may(confined, "clients:read", IN_B)
    assert not may(confined, "users:delete", IN_DEPLOYMENT)
    assert reaches(confined, "a")
    assert not reaches(confined, "b")
    with pytest.raises(Forbidden):
        check_may_grant(confined, ["users:read"], IN_DEPLOYMENT)


def test_a_key_for_a_tenant_that_its_owner_left_reaches_nothing() -> None:
    left = replace(actor(role("*", tenant_id="b")), tenant_id="a")
    assert not reaches(left, "a")
    assert not reaches(left, "b")


def test_to_outsiders_a_tenant_does_not_exist() -> None:
    member = actor(role("tenants:read", tenant_id="a"))
    require_reach(member, "a")
    for nobody in (member, actor(), actor(role())):
        with pytest.raises(NotFound, match=r"^no tenant has the id b$"):
            require_reach(nobody, "b")


def test_a_refusal_names_the_permission() -> None:
    with pytest.raises(Forbidden, match="clients:delete") as refused:
        require(actor(role("clients:read")), "clients:delete", IN_A)
    assert refused.value.permission == "clients:delete"


@pytest.mark.parametrize(
    ("granted", "wanted", "where", "expected"),
    [
        (role("clients:*", tenant_id="a"), ["clients:read"], IN_A, True),
        (role("clients:read", tenant_id="a"), ["clients:*"], IN_A, False),
        (role("*", tenant_id="a"), ["*"], IN_A, True),
        (role("*", tenant_id="a"), ["*"], SALES, True),
        (role("*", tenant_id="a"), ["*"], IN_B, False),
        (role("*", tenant_id="a"), ["*"], IN_DEPLOYMENT, False),
        (role("users:read", "clients:*"), ["*"], IN_A, False),
        (role("users:*", "units:*", "clients:*", "tenants:*"), ["*"], IN_A, True),
        (role("*", tenant_id="a", unit_path="sales/"), ["units:*"], TEAM, True),
        (role("*", tenant_id="a", unit_path="sales/"), ["units:*"], OFFICE, False),
    ],
    ids=str,
)
def test_P03_nobody_hands_out_what_they_lack(granted: Granted, wanted: list[str], where: Where, expected: bool) -> None:
    if expected:
        check_may_grant(actor(granted), wanted, where)
    else:
        with pytest.raises(Forbidden):
            check_may_grant(actor(granted), wanted, where)


def test_P03_what_is_switched_off_is_handed_out_by_those_alone_who_were_given_it() -> None:
    off = catalogue_of(entry(TENANT, "a", "clients:delete", is_active=False))
    check_may_grant(actor(role("*", tenant_id="a"), catalogue=off), ["clients:*"], IN_A)
    with pytest.raises(Forbidden):
        check_may_grant(actor(role("clients:read", tenant_id="a"), catalogue=off), ["clients:*"], IN_A)


@pytest.mark.parametrize(
    ("mine", "theirs", "where", "expected"),
    [
        ([role("users:*")], [], IN_DEPLOYMENT, False),
        ([role("users:*")], [role("users:read")], IN_DEPLOYMENT, False),
        ([role("users:*")], [role("*")], IN_DEPLOYMENT, True),
        ([role("users:*")], [role("clients:read")], IN_DEPLOYMENT, True),
        ([role("users:*")], [role("*", tenant_id="a")], IN_DEPLOYMENT, False),
        ([role("*")], [role("*")], IN_DEPLOYMENT, False),
        ([role("users:read", tenant_id="a")], [role("tenants:read", tenant_id="a")], IN_A, False),
        ([role("users:read", tenant_id="a")], [role("*", tenant_id="b")], IN_A, False),
        ([role("users:read", tenant_id="a")], [role("*", tenant_id="a")], IN_A, True),
        ([role("*", tenant_id="a")], [role("*", tenant_id="a")], IN_A, False),
        ([role("*", tenant_id="a")], [role("*")], IN_A, False),
        ([role("users:*", tenant_id="a")], [role("*")], IN_A, True),
        ([role("*", tenant_id="a", unit_path="sales/")], [role("clients:read", tenant_id="a")], SALES, True),
        (
            [role("*", tenant_id="a", unit_path="sales/")],
            [role("units:update", tenant_id="a", unit_path="sales/team/")],
            SALES,
            False,
        ),
        (
            [role("*", tenant_id="a", unit_path="sales/")],
            [role("units:update", tenant_id="a", unit_path="office/")],
            SALES,
            True,
        ),
    ],
    ids=str,
)
def test_P03_a_stronger_administrator_is_nobodys_to_change(
    mine: list[Granted], theirs: list[Granted], where: Where, expected: bool
) -> None:
    assert is_weaker(actor(*mine), theirs, where) is expected


def test_P03_a_narrow_key_changes_ordinary_people_alone() -> None:
    key = replace(actor(role("*", tenant_id="a")), ceiling=("clients:*",))
    assert not is_weaker(key, [role("tenants:read", tenant_id="a")], IN_A)
    assert is_weaker(key, [role("users:read", tenant_id="a")], IN_A)


def test_patterns_stand_for_what_may_be_held_in_that_kind_of_place() -> None:
    known = catalogue_of(entry(TENANT, "a", "clients:read", is_active=False))
    assert spelled_out(known, ["*"], SALES) == ["users:read", "units:update"]
    assert spelled_out(known, ["clients:*", "tenants:suspend"], IN_A) == ["clients:read", "clients:delete"]


TENANTS = st.sampled_from(["a", "b"])
PATHS = st.sampled_from(["", "sales/", "sales/team/", "office/"])
PERMISSIONS = st.sampled_from([*LEVELS, "*", "users:*", "clients:*", "tenants:*", "unheard:of"])
GRANTED = st.one_of(
    st.builds(Granted, role=st.just("r"), permissions=st.lists(PERMISSIONS).map(tuple), tenant_id=st.none()),
    st.builds(Granted, role=st.just("r"), permissions=st.lists(PERMISSIONS).map(tuple), tenant_id=TENANTS),
    st.builds(
        Granted, role=st.just("r"), permissions=st.lists(PERMISSIONS).map(tuple), tenant_id=TENANTS, unit_path=PATHS
    ),
)
PLACES = st.one_of(st.just(IN_DEPLOYMENT), st.builds(Where, tenant_id=TENANTS, unit_path=PATHS))
OFF = st.builds(
    entry,
    st.sampled_from([DEPLOYMENT, TENANT, UNIT]),
    st.sampled_from([EVERYWHERE, "a", "b", "sales", "team"]),
    st.sampled_from(list(LEVELS)),
    is_active=st.booleans(),
)


@given(
    granted=st.lists(GRANTED, max_size=4),
    permission=st.sampled_from([*LEVELS, "unheard:of"]),
    where=PLACES,
    off=st.lists(OFF, max_size=4),
    confined_to=st.none() | TENANTS,
    ceiling=st.none() | st.lists(PERMISSIONS, max_size=3),
)
def test_P01_nothing_is_granted_that_no_role_covers(
    *,
    granted: list[Granted],
    permission: str,
    where: Where,
    off: list[PermissionScope],
    confined_to: str | None,
    ceiling: list[str] | None,
) -> None:
    someone = replace(
        actor(*granted, catalogue=catalogue_of(*off)),
        tenant_id=confined_to,
        ceiling=None if ceiling is None else tuple(ceiling),
    )
    if not may(someone, permission, where):
        return
    covering = [each for each in granted if covers(each, where) and says(each.permissions, permission)]
    assert covering
    assert any(level_of(each) in LEVELS[permission] for each in covering)
    assert confined_to in (None, where.tenant_id)
    assert ceiling is None or says(ceiling, permission)
    assert where.tenant_id is None or reaches(someone, where.tenant_id)
    taken = {(each.scope_type, each.scope_id) for each in off if each.permission == permission and not each.is_active}
    taken -= {(each.scope_type, each.scope_id) for each in off if each.permission == permission and each.is_active}
    assert (TENANT, where.tenant_id) not in taken
    check_may_grant(someone, [permission], where)
    assert not is_weaker(someone, [role(permission, tenant_id=where.tenant_id, unit_path=where.unit_path)], where)


def covers(granted: Granted, where: Where) -> bool:
    place = (where.tenant_id or "", *where.unit_path.split("/")[:-1])
    own = (granted.tenant_id or "", *granted.unit_path.split("/")[:-1])
    return granted.tenant_id is None or place[: len(own)] == own


def says(permissions: Iterable[str], permission: str) -> bool:
    return bool({"*", permission, permission.partition(":")[0] + ":*"} & set(permissions))


def level_of(granted: Granted) -> str:
    if granted.tenant_id is None:
        return DEPLOYMENT
    return UNIT if granted.unit_path else TENANT
