"""`hibana session` and `hibana lockout`: who is signed in, and who has to wait."""

import re

from hibana_op.login import throttle
from hibana_op.provider import Provider
from hibana_op.records import lockouts, memberships, sessions
from tests.cli.conftest import Shell
from tests.cli.inside import inside
from tests.make import make_session, make_user
from tests.tenancy.authority import make_member, make_tenant, make_unit

UNKNOWN = "0192f0c2-3c1f-7c1e-8a51-3f3a8c0e9b11"


async def signed_in(op: Provider) -> tuple[str, str]:
    """Alice in a tenant, Bob nowhere; the id of the session of each."""
    tenant = await make_tenant(op)
    alice = await make_member(op, tenant, user=await make_user(op, password=None, email="alice@example.com"))
    bob = await make_user(op, password=None, email="bob@example.com")
    inside_tenant, outside = await make_session(op, alice), await make_session(op, bob)
    member = await memberships.of_person(op.db, tenant.id, alice.id)
    assert member is not None
    await op.db.transact(lambda tx: sessions.set_active_membership(tx, inside_tenant.id, member.id))
    await make_unit(op, tenant)
    return inside_tenant.id, outside.id


def test_sessions_are_listed_shown_and_ended(hibana: Shell) -> None:
    alice, bob = inside(hibana, signed_in)
    [unit] = hibana.json("unit", "list", "--tenant", "acme")

    def listed(*arguments: str) -> list[str]:
        return [each["id"] for each in hibana.json("session", "list", *arguments)]

    assert listed() == [alice, bob]
    assert listed("--user", "bob@example.com") == [bob]
    assert listed("--tenant", "acme") == [alice]
    assert listed("--tenant", "acme", "--unit", unit["id"]) == []
    assert hibana.run("session", "list", "--unit", unit["id"]).returncode == 2
    shown = hibana.json("session", "show", alice)
    assert (shown["email"], shown["amr"], "token_hash" in shown) == ("alice@example.com", ["pwd"], False)
    assert re.search(r"alice@example\.com +\d{4}-\d\d-\d\d ", hibana("session", "list")), "as people write times"

    assert hibana.json("session", "end", alice) == {"id": alice, "ended": True}
    assert listed() == [bob]
    for act in ("end", "show"):
        assert f"no session has the id {alice}" in hibana.refused("session", act, alice)
        assert "no session has the id" in hibana.refused("session", act, UNKNOWN)
    assert hibana.json("audit", "list", "--action", "user:session:ended")[0]["resource_id"] == alice


def test_everybody_is_signed_out_once_it_is_meant(hibana: Shell) -> None:
    inside(hibana, signed_in)
    assert hibana.run("session", "end").returncode == 2
    assert hibana.run("session", "end", UNKNOWN, "--everybody").returncode == 2
    assert "say --yes" in hibana.refused("session", "end", "--everybody", stdin="y\n")
    assert len(hibana.json("session", "list")) == 2
    assert hibana.json("session", "end", "--everybody", "--yes") == {"people": 2, "ended": True}
    assert hibana.json("session", "list") == []
    assert len(hibana.json("audit", "list", "--action", "user:session:ended")) == 2


def test_who_has_to_wait_is_listed_until_they_are_let_go(hibana: Shell) -> None:
    async def fail(op: Provider) -> None:
        user = await make_user(op, password=None, email="alice@example.com")
        subject = throttle.subject_of_user(user.id)
        for _ in range(3):
            await op.db.transact(lambda tx: lockouts.reserve(tx, subject, limit=2, seconds=600, now=op.now()))

    assert hibana("lockout", "list") == "Nobody has to wait.\n"
    inside(hibana, fail)
    [locked] = hibana.json("lockout", "list")
    assert (locked["email"], locked["codes_only"]) == ("alice@example.com", False)
    assert hibana.json("user", "show", "alice@example.com")["locked_until"] == locked["locked_until"]
    assert hibana("lockout", "list").count("Z  no") == 1, "the time is written as people write it"
    hibana("user", "unlock", "alice@example.com")
    assert hibana.json("lockout", "list") == []
