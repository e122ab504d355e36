"""`hibana role` and `hibana role-assignment`: what people may do, and who may."""

import pytest

from hibana_op.provider import Provider
from tests.cli.conftest import Shell
from tests.cli.inside import inside
from tests.make import make_user
from tests.tenancy.authority import make_member, make_tenant, make_unit


async def acme(op: Provider) -> tuple[str, str, str]:
    """A tenant with a unit and a member; the tenant's id, the unit's and the member's."""
    tenant = await make_tenant(op)
    unit = await make_unit(op, tenant)
    member = await make_user(op, password=None, email="bob@example.com")
    await make_member(op, tenant, user=member)
    return tenant.id, unit.id, member.id


def test_a_role_of_a_tenant_is_made_changed_shown_and_removed(hibana: Shell) -> None:
    tenant_id, _, _ = inside(hibana, acme)
    made = hibana.json("role", "create", "desk", "--tenant", "acme", "--permission", "users:read")

    assert (made["tenant_id"], made["display_name"], made["permissions"]) == (tenant_id, "desk", ["users:read"])
    assert hibana.json("role", "show", "desk", "--tenant", "acme") == made
    assert hibana.json("role", "show", made["id"], "--tenant", "acme") == made
    changed = hibana.json(
        *("role", "update", "desk", "--tenant", "acme", "--no-permission", "--display-name", "受付"),
        *("--description", "At the door", "--requires-acr", "urn:hibana:loa:2"),
    )
    assert (changed["permissions"], changed["display_name"], changed["requires_acr"]) == (
        [],
        "受付",
        "urn:hibana:loa:2",
    )
    assert hibana.json("role", "update", "desk", "--tenant", "acme", "--requires-acr", "")["requires_acr"] is None
    assert "受付" in hibana("role", "list", "--tenant", "acme")
    assert hibana.json("role", "delete", "desk", "--tenant", "acme")["deleted"] is True
    assert "no role is named desk; there are" in hibana.refused("role", "show", "desk", "--tenant", "acme")


def test_the_roles_of_the_deployment_are_those_without_a_tenant(hibana: Shell) -> None:
    names = [each["name"] for each in hibana.json("role", "list")]
    assert {"super_admin", "admin", "viewer", "support", "auditor", "server_manager"} <= set(names)
    assert hibana.json("role", "list", "--tenant", "system") == hibana.json("role", "list")
    assert "tenant_owner" in {each["name"] for each in hibana.json("role", "list", "--tenant", "role-template")}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "Desk"), "name"),
        (("create", "desk", "--permission", "users:fly"), "no permission users:fly"),
        (("create", "viewer"), "already"),
        (("create", "desk", "--tenant", "nowhere"), "no tenant"),
        (("delete", "super_admin"), "always there"),
        (("update", "super_admin", "--no-permission"), "everything"),
    ],
)
def test_an_unsound_change_of_a_role_is_refused(hibana: Shell, arguments: tuple[str, ...], said: str) -> None:
    assert said in hibana.refused("role", *arguments)


def test_a_role_is_given_listed_and_taken_in_each_kind_of_place(hibana: Shell) -> None:
    tenant_id, unit_id, member_id = inside(hibana, acme)
    give = ("role-assignment", "create", "bob@example.com")
    made = [
        hibana.json(*give, "auditor"),
        hibana.json(*give, "tenant_admin", "--tenant", "acme"),
        hibana.json(*give, "department_manager", "--tenant", "acme", "--unit", unit_id),
    ]

    assert [(each["scope_type"], each["scope_id"], each["role"]) for each in made] == [
        ("deployment", "system", "auditor"),
        ("tenant", tenant_id, "tenant_admin"),
        ("organization_unit", unit_id, "department_manager"),
    ]
    assert {each["user_id"] for each in made} == {member_id}
    assert hibana.json("role-assignment", "list", "--user", "bob@example.com") == made[:1]
    assert hibana.json("role-assignment", "list", "--tenant", "acme") == made[1:]
    for each in made:
        assert hibana.json("role-assignment", "delete", each["id"])["deleted"] is True
    assert hibana.json("role-assignment", "list", "--tenant", "acme") == []
    assert "no role assignment" in hibana.refused("role-assignment", "delete", made[0]["id"])


def test_P03_a_role_in_a_tenant_is_for_its_people_and_the_last_chief_stays(hibana: Shell) -> None:
    inside(hibana, acme)
    hibana("user", "create", "--email", "chief@example.com", "--role", "super_admin")
    stranger = ("role-assignment", "create", "chief@example.com", "guest", "--tenant", "acme")
    assert "no member" in hibana.refused(*stranger)
    assert "no role is named auditor" in hibana.refused(
        "role-assignment", "create", "bob@example.com", "auditor", "--tenant", "acme"
    )
    (only,) = hibana.json("role-assignment", "list", "--user", "chief@example.com")
    assert "last super administrator" in hibana.refused("role-assignment", "delete", only["id"])


def test_assignments_are_listed_for_a_unit_and_for_what_reaches_it(hibana: Shell) -> None:
    _, unit_id, _ = inside(hibana, acme)
    give = ("role-assignment", "create", "bob@example.com", "department_manager", "--tenant", "acme")
    whole, inner = hibana.json(*give), hibana.json(*give, "--unit", unit_id)
    listed = ("role-assignment", "list", "--tenant", "acme")

    assert [each["id"] for each in hibana.json(*listed)] == [whole["id"], inner["id"]]
    assert [each["id"] for each in hibana.json(*listed, "--unit", unit_id)] == [inner["id"]]
    reached = hibana.json(*listed, "--unit", unit_id, "--from-above")
    assert [each["id"] for each in reached] == [whole["id"], inner["id"]]
    assert "no unit has the id" in hibana.refused(*listed, "--unit", "elsewhere")
