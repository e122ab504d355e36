"""`hibana user update`, `list`, `end-sessions`, `export`, `bulk` and the link to a password."""

import json
import stat
from typing import Any

import pytest

from hibana_op.background import KINDS
from hibana_op.jobs.work import work_once
from hibana_op.provider import Provider
from tests.cli.conftest import Shell
from tests.cli.inside import inside
from tests.make import make_session, make_user
from tests.tenancy.authority import make_member, make_tenant, make_unit


def actions(hibana: Shell) -> list[str]:
    """What the audit log says was done, the newest first."""
    return [each["action"] for each in hibana.json("audit", "list")]


def test_what_is_known_of_a_person_is_changed_claim_by_claim(hibana: Shell) -> None:
    given = '{"nickname": "Ally", "name#ja": "アリス", "family_name#ja": "山田"}'
    hibana("user", "create", "--email", "alice@example.com", "--verified", "--name", "Alice", "--claims", given)

    changes = '{"nickname": null, "name#ja": "佐藤アリス", "family_name#ja": null, "address": {"country": "JP"}}'
    changed = hibana.json(
        *("user", "update", "alice@example.com", "--name", "Alice Sato", "--membership", "premium"),
        *("--claims", changes),
    )

    assert (changed["name"], changed["name#ja"], changed["address"]) == ("Alice Sato", "佐藤アリス", {"country": "JP"})
    assert not {"nickname", "family_name#ja"} & changed.keys()
    assert (changed["membership"], changed["email_verified"]) == ("premium", True)
    assert actions(hibana)[0] == "user:account:updated"


def test_a_new_address_is_to_be_confirmed(hibana: Shell) -> None:
    hibana("user", "create", "--email", "alice@example.com", "--verified")
    moved = hibana.json("user", "update", "alice@example.com", "--email", "alice@new.example")
    assert (moved["email"], moved["email_verified"]) == ("alice@new.example", False)


def test_an_account_goes_to_another_person_and_to_nobody(hibana: Shell) -> None:
    parents = [hibana.json("user", "create", "--email", f"{name}@example.com")["id"] for name in ("alice", "bob")]
    hibana("user", "create", "--email", "robot@example.com", "--kind", "agent", "--parent", "alice@example.com")

    assert hibana.json("user", "show", "robot@example.com")["parent_user_id"] == parents[0]
    moved = hibana.json("user", "update", "robot@example.com", "--parent", "bob@example.com")
    assert moved["parent_user_id"] == parents[1]
    assert "belongs to nobody else" in hibana.refused(
        "user", "update", "bob@example.com", "--parent", "alice@example.com"
    )
    assert "parent_user_id" not in hibana.json("user", "update", "robot@example.com", "--no-parent")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ((), 2, "nothing was named to change"),
        (("--parent", "a@example.com", "--no-parent"), 2, "exclude each other"),
        (("--membership", "golden"), 2, "premium"),
        (("--email", "nobody"), 1, "email must be"),
        (("--claims", '{"email": null}'), 1, "email must be"),
        (("--claims", '{"email_verified": true}'), 1, "is for the person to show"),
        (("--claims", '{"sub": "x"}'), 1, "not a standard claim"),
        (("--claims", '{"address#ja": "x"}'), 1, "with a language tag"),
        (("--claims", "[]"), 1, "must be a JSON object"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, tuple) else "",
)
def test_a_change_that_cannot_be_is_refused(hibana: Shell, arguments: tuple[str, ...], status: int, said: str) -> None:
    before = hibana.json("user", "create", "--email", "a@example.com")
    done = hibana.run("user", "update", "a@example.com", *arguments)
    assert (done.returncode, said in done.stderr) == (status, True), done.stderr
    assert hibana.json("user", "show", "a@example.com") == before


def test_a_person_is_signed_out_everywhere(hibana: Shell) -> None:
    async def signed_in(op: Provider) -> str:
        user = await make_user(op, password=None, email="alice@example.com")
        for _ in range(2):
            await make_session(op, user)
        return user.id

    user_id = inside(hibana, signed_in)
    assert hibana.json("user", "show", user_id)["sessions"] == 2
    assert hibana.json("user", "end-sessions", "alice@example.com")["sessions"] == 0
    assert actions(hibana).count("user:session:ended") == 2


def test_a_link_to_a_password_is_mailed(hibana: Shell) -> None:
    hibana("user", "create", "--email", "alice@example.com")
    assert "mail" in hibana.refused("user", "send-password-link", "alice@example.com")
    hibana.settings["HIBANA_SMTP__URL"] = "smtp://127.0.0.1:9"
    sent = hibana.json("user", "send-password-link", "alice@example.com", "--language", "en")
    assert (sent["email"], type(sent["expires_at"])) == ("alice@example.com", int)


def test_what_is_kept_about_a_person_is_written_down(hibana: Shell) -> None:
    made = hibana.json("user", "create", "--email", "alice@example.com", "--name", "アリス")
    told = json.loads(hibana("user", "export", "alice@example.com"))
    assert (told["issuer"], told["data"]["profile"]["id"]) == ("https://id.example", made["id"])

    file = hibana.folder / "alice.json"
    assert hibana.json("user", "export", made["id"], str(file)) == {"file": str(file)}
    assert json.loads(file.read_text(encoding="utf-8"))["data"]["profile"]["name"] == "アリス"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "is there already" in hibana.refused("user", "export", made["id"], str(file))
    assert actions(hibana).count("user:data:exported") == 2


def test_many_people_are_suspended_as_a_job(hibana: Shell) -> None:
    for name in ("alice", "bob"):
        hibana("user", "create", "--email", f"{name}@example.com")
    begun = hibana.json("user", "bulk", "suspend", "alice@example.com", "--file", "-", stdin="bob@example.com\n")

    async def work(op: Provider) -> None:
        assert await work_once(op, KINDS)

    inside(hibana, work)
    assert '"done":2' in hibana.json("job", "show", begun["id"])["result_json"]
    assert [each["email"] for each in hibana.json("user", "list", "--status", "suspended")] == [
        "alice@example.com",
        "bob@example.com",
    ]
    assert hibana.json("user", "list", "--status", "active") == []


async def scattered(op: Provider) -> dict[str, Any]:
    """Two people of a tenant, one of them in a unit, and somebody outside."""
    tenant = await make_tenant(op)
    unit = await make_unit(op, tenant)
    for name, role in (("alice", "owner"), ("bob", "member")):
        await make_member(op, tenant, role, user=await make_user(op, password=None, email=f"{name}@example.com"))
    await make_user(op, password=None, email="zoe@example.com")
    return {"unit": unit.id}


def test_people_are_listed_by_tenant_unit_and_role(hibana: Shell) -> None:
    unit_id = inside(hibana, scattered)["unit"]
    hibana("membership", "update", "bob@example.com", "--tenant", "acme", "--unit", unit_id)

    def listed(*arguments: str) -> list[str]:
        return [each["email"].partition("@")[0] for each in hibana.json("user", "list", *arguments)]

    assert listed() == ["alice", "bob", "zoe"]
    assert listed("--tenant", "acme") == ["alice", "bob"]
    assert listed("--tenant", "acme", "--unit", unit_id) == ["bob"]
    assert listed("--tenant", "acme", "--search", "bob@") == ["bob"]
    assert listed("--tenants", "--role", "owner") == ["alice"]
    assert listed("--tenants", "--tenant", "acme", "--status", "active") == ["alice", "bob"]
    assert listed("--tenants", "--status", "left") == []
    for wrong in (("--role", "owner"), ("--unit", unit_id), ("--tenant", "acme", "--status", "active")):
        assert hibana.run("user", "list", *wrong).returncode == 2
    assert hibana.run("user", "list", "--status", "left").returncode == 2
    assert hibana.json("membership", "update", "bob@example.com", "--tenant", "acme", "--no-unit")["unit_id"] is None
