"""`hibana membership bulk` and `hibana invitation bulk`: jobs that the server, here the test, does."""

from typing import Any

import pytest

from hibana_op.background import KINDS
from hibana_op.jobs.work import work_once
from hibana_op.provider import Provider
from tests.cli.command import run
from tests.cli.conftest import Shell
from tests.cli.inside import inside
from tests.make import make_user
from tests.tenancy.authority import make_member, make_tenant, make_unit


async def acme(op: Provider) -> str:
    """A tenant with a unit, an owner and two members; the unit's id."""
    tenant = await make_tenant(op)
    unit = await make_unit(op, tenant)
    for name, role in (("alice", "owner"), ("bob", "member"), ("carol", "member")):
        user = await make_user(op, password=None, email=f"{name}@example.com")
        await make_member(op, tenant, role, user=user)
    return unit.id


def done(hibana: Shell, begun: dict[str, Any]) -> dict[str, Any]:
    """The job once a worker was at it."""

    async def work(op: Provider) -> None:
        assert await work_once(op, KINDS)

    assert begun["status"] == "waiting"
    inside(hibana, work)
    shown: dict[str, Any] = hibana.json("job", "show", begun["id"])
    return shown


def members(hibana: Shell, member: str) -> dict[str, Any]:
    """One member of what each address has."""
    return {each["email"]: each[member] for each in hibana.json("membership", "list", "--tenant", "acme")}


def test_many_members_are_changed_suspended_let_in_and_removed(hibana: Shell) -> None:
    unit_id = inside(hibana, acme)
    both = "bob@example.com\n\n carol@example.com \n"

    begun = hibana.json("membership", "bulk", "suspend", "bob@example.com", "carol@example.com", "--tenant", "acme")
    assert (begun["kind"], done(hibana, begun)["status"]) == ("members", "done")
    assert members(hibana, "status") == {
        "alice@example.com": "active",
        "bob@example.com": "suspended",
        "carol@example.com": "suspended",
    }
    done(hibana, hibana.json("membership", "bulk", "resume", "--tenant", "acme", "--file", "-", stdin=both))
    moved = ("membership", "bulk", "update", "--tenant", "acme", "--file", "-", "--role", "admin", "--unit", unit_id)
    done(hibana, hibana.json(*moved, stdin=both))
    assert (members(hibana, "role")["bob@example.com"], members(hibana, "unit_id")["carol@example.com"]) == (
        "admin",
        unit_id,
    )
    job = done(hibana, hibana.json("membership", "bulk", "delete", "--tenant", "acme", "--file", "-", stdin=both))
    assert '"done":2' in job["result_json"]
    assert list(members(hibana, "id")) == ["alice@example.com"]
    told = hibana("membership", "bulk", "resume", "alice@example.com", "--tenant", "acme")
    assert "says how far it is" in told
    assert len(hibana.json("job", "list", "--tenant", "acme", "--kind", "members")) == 5
    assert hibana.json("job", "list", "--tenant", "system") == []


def test_many_addresses_are_invited(hibana: Shell) -> None:
    inside(hibana, acme)
    begun = hibana.json(
        *("invitation", "bulk", "dora@example.com", "--tenant", "acme", "--file", "-", "--role", "guest"),
        stdin="emil@example.com\nbob@example.com\n",
    )
    job = done(hibana, begun)

    assert ('"done":2,"failed":1' in job["result_json"], "bob@example.com" in job["result_json"]) == (True, True)
    invited = hibana.json("invitation", "list", "--tenant", "acme")
    assert [each["email"] for each in invited] == ["dora@example.com", "emil@example.com"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("membership", "bulk", "suspend", "--tenant", "acme"), "name at least one"),
        (("invitation", "bulk", "--tenant", "acme"), "name at least one"),
        (("membership", "bulk", "suspend", "bob@example.com", "--tenant", "acme", "--role", "admin"), "with update"),
        (("role-assignment", "list", "--tenant", "acme", "--from-above"), "needs --unit"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_a_command_that_lacks_something_says_what(hibana: Shell, arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments, folder=hibana.folder, settings=hibana.settings)
    assert (done.returncode, said in done.stderr) == (2, True)


def test_who_is_no_member_is_named_before_anything_begins(hibana: Shell) -> None:
    inside(hibana, acme)
    hibana("user", "create", "--email", "zoe@example.com")
    refused = hibana.refused("membership", "bulk", "suspend", "bob@example.com", "zoe@example.com", "--tenant", "acme")
    assert "zoe@example.com is no member of acme" in refused
    assert "say what is to change" in hibana.refused(
        "membership", "bulk", "update", "bob@example.com", "--tenant", "acme"
    )
    assert hibana.json("job", "list", "--tenant", "acme") == []
