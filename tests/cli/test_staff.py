"""`hibana staff`: what staff must bring; and the people of all tenants, agents among them."""

from hibana_op.provider import Provider
from tests.cli.conftest import Shell
from tests.cli.inside import inside
from tests.make import make_user
from tests.tenancy.authority import give, make_member, make_tenant


def test_what_staff_must_bring_is_set_listed_and_removed(hibana: Shell) -> None:
    hibana("user", "create", "--email", "alice@example.com", "--role", "admin")
    assert "Nothing more" in hibana("staff", "list")
    made = hibana.json(
        *("staff", "set", "alice@example.com", "--auth-type", "mfa"),
        *("--cidr", "192.0.2.0/24", "--cidr", "2001:db8::/32", "--expires-in", "90d"),
    )
    assert made["cidrs"] == ["192.0.2.0/24", "2001:db8::/32"]
    assert made["expires_at"] - made["created_at"] == 90 * 86400
    changed = hibana.json("staff", "set", "alice@example.com", "--auth-type", "mfa", "--inactive")
    assert (changed["id"], changed["cidrs"], changed["is_active"]) == (made["id"], [], False)
    assert hibana.json("staff", "list") == [changed]
    assert hibana.json("staff", "remove", "alice@example.com", "--auth-type", "mfa")["deleted"] is True
    assert "mfa is not asked" in hibana.refused("staff", "remove", "alice@example.com", "--auth-type", "mfa")
    assert "no network" in hibana.refused(
        "staff", "set", "alice@example.com", "--auth-type", "sso", "--cidr", "the office"
    )


def test_people_are_listed_once_for_every_tenant(hibana: Shell) -> None:
    async def two_tenants(op: Provider) -> None:
        person = await make_user(op, password=None, email="bob@example.com")
        acme = await make_tenant(op)
        await make_member(op, acme, "owner", user=person)
        await make_member(op, await make_tenant(op, "other"), user=person)
        await give(op, person, "guest", tenant=acme)

    inside(hibana, two_tenants)
    hibana("user", "create", "--email", "nowhere@example.com")

    found = hibana.json("user", "list", "--tenants")
    assert [(each["email"], each["tenant_name"], each["membership_role"], each["roles"]) for each in found] == [
        ("bob@example.com", "Acme", "owner", ["guest"]),
        ("bob@example.com", "Other", "member", []),
    ]
    assert hibana.json("user", "list", "--tenants", "--search", "nowhere") == []
    assert "Acme" in hibana("user", "list", "--tenants")


def test_an_agent_belongs_to_a_person(hibana: Shell) -> None:
    parent = hibana.json("user", "create", "--email", "alice@example.com")
    make = ("user", "create", "--email", "planner@example.com", "--kind", "agent", "--parent")
    agent = hibana.json(*make, "alice@example.com")
    assert (agent["kind"], agent["parent_user_id"]) == ("agent", parent["id"])
    assert "belongs to nobody else" in hibana.refused(
        "user", "create", "--email", "another@example.com", "--parent", "planner@example.com"
    )
    hibana("user", "disable", "alice@example.com")
    assert hibana.json("user", "show", "planner@example.com")["status"] == "suspended"
