"""`hibana tenant` and what is in one: units, groups, members, codes, invitations, domains."""

import re
import sqlite3

from tests.cli.command import run
from tests.cli.conftest import Shell


def person(hibana: Shell, email: str) -> str:
    """Add a person; answers their id."""
    return str(hibana.json("user", "create", "--email", email, "--verified")["id"])


def test_a_tenant_is_made_changed_suspended_and_deleted_for_good(hibana: Shell) -> None:
    owner = person(hibana, "alice@example.com")
    made = hibana.json("tenant", "create", "--slug", "acme", "--name", "ACME", "--owner", owner, "--max-users", "5")
    assert (made["slug"], made["status"], made["members"], made["max_users"]) == ("acme", "active", 1, 5)
    changed = hibana.json("tenant", "update", "acme", "--plan", "premium", "--max-users", "0", "--reason", "renewed")
    assert (changed["plan"], changed["max_users"]) == ("premium", None)
    assert hibana.json("tenant", "suspend", "acme")["status"] == "suspended"
    assert [each["slug"] for each in hibana.json("tenant", "list", "--status", "suspended")] == ["acme"]
    assert "is suspended already" in hibana.refused("tenant", "suspend", "acme")
    assert hibana.json("tenant", "resume", "acme")["status"] == "active"
    assert hibana.json("tenant", "delete", "acme")["status"] == "deleted"
    assert hibana.json("tenant", "list") == []
    assert "no tenant has the slug acme" in hibana.refused("tenant", "show", "acme")
    assert "taken" in hibana.refused("tenant", "create", "--slug", "acme", "--name", "ACME")
    told = [(each["action_type"], each["status"]) for each in hibana.json("tenant", "log")]
    assert told == [(what, "done") for what in ("deleted", "resumed", "suspended", "plan_changed", "created")]


def test_what_waits_for_a_second_person_is_approved_by_name(hibana: Shell) -> None:
    for email in ("ann@example.com", "ben@example.com"):
        person(hibana, email)
    hibana("tenant", "create", "--slug", "acme", "--name", "ACME")
    hibana("tenant", "update", "system", "--settings", '{"approvals": ["suspended"]}')
    asked = hibana.json("tenant", "suspend", "acme", "--as", "ann@example.com", "--reason", "unpaid")
    assert asked["status"] == "active"
    change = asked["waits_for_approval"]
    assert change in hibana("tenant", "log", "--waiting", "--json")
    said = "hibana: whoever asked for it cannot decide on it; a second person has to"
    assert hibana.refused("tenant", "approve", change, "--as", "ann@example.com") == said
    assert "say who decides" in hibana.refused("tenant", "approve", change)
    assert hibana.json("tenant", "approve", change, "--as", "ben@example.com")["status"] == "suspended"
    assert hibana.json("tenant", "log", "--waiting") == []
    hibana("tenant", "resume", "acme")
    again = hibana.json("tenant", "suspend", "acme")["waits_for_approval"]
    assert hibana.json("tenant", "reject", again, "--as", "ben@example.com")["status"] == "rejected"
    assert hibana.json("tenant", "show", "acme")["status"] == "active"


def test_units_and_groups_are_named_by_code_and_name(hibana: Shell) -> None:
    person(hibana, "alice@example.com")
    hibana("tenant", "create", "--slug", "acme", "--name", "ACME", "--owner", "alice@example.com")
    top = hibana.json("unit", "create", "--tenant", "acme", "--name", "Head office", "--code", "HQ")
    hibana("unit", "create", "--tenant", "acme", "--name", "Sales", "--code", "S-1", "--parent", "HQ")
    hibana("membership", "update", "alice@example.com", "--tenant", "acme", "--unit", "S-1")
    assert "not empty" in hibana.refused("unit", "delete", "S-1", "--tenant", "acme")
    assert hibana("unit", "delete", "S-1", "--tenant", "acme", "--reassign-to", "HQ").startswith("removed ")
    (member,) = hibana.json("membership", "list", "--tenant", "acme")
    assert (member["email"], member["role"], member["unit_id"]) == ("alice@example.com", "owner", top["id"])
    assert hibana.json("unit", "update", "HQ", "--tenant", "acme", "--name", "Main")["name"] == "Main"
    assert [each["name"] for each in hibana.json("unit", "list", "--tenant", "acme")] == ["Main"]
    hibana("group", "create", "--tenant", "acme", "--name", "Night shift")
    hibana("group", "add", "Night shift", "alice@example.com", "--tenant", "acme")
    assert hibana.json("group", "show", "Night shift", "--tenant", "acme")["members"] == [member["id"]]
    hibana("group", "remove", "Night shift", "alice@example.com", "--tenant", "acme")
    hibana("group", "delete", "Night shift", "--tenant", "acme")
    assert hibana.json("group", "list", "--tenant", "acme") == []
    assert "last owner" in hibana.refused("membership", "delete", "alice@example.com", "--tenant", "acme")


def test_members_are_added_suspended_and_removed(hibana: Shell) -> None:
    person(hibana, "bob@example.com")
    hibana("tenant", "create", "--slug", "acme", "--name", "ACME")
    on = ("bob@example.com", "--tenant", "acme")
    assert hibana.json("membership", "create", *on, "--role", "admin")["role"] == "admin"
    assert hibana.json("membership", "suspend", *on)["status"] == "suspended"
    assert hibana.json("membership", "resume", *on)["status"] == "active"
    assert hibana("membership", "delete", *on) == "removed bob@example.com from acme\n"
    assert hibana.json("membership", "list", "--tenant", "acme") == []
    assert [each["status"] for each in hibana.json("membership", "list", "--tenant", "acme", "--status", "left")] == [
        "left"
    ]
    added = hibana.json("membership", "create", *on, "--role", "guest")
    assert added["role"] == "member", "a role of the tenant's own comes on top"
    assert "no role of acme is named nothing" in hibana.refused("membership", "create", *on, "--role", "nothing")


def test_a_join_code_is_shown_again_and_disabled(hibana: Shell) -> None:
    hibana("tenant", "create", "--slug", "acme", "--name", "ACME")
    made = hibana.json("join-code", "create", "--tenant", "acme", "--max-uses", "3", "--expires-in", "24h")
    assert re.fullmatch(r"[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}", made["code"])
    assert made["url"] == f"https://id.example/join?code={made['code']}"
    assert made["expires_at"] == made["created_at"] + 86400
    assert hibana.json("join-code", "list", "--tenant", "acme") == [made]
    kept = sqlite3.connect(hibana.folder / "hibana.db").execute("SELECT * FROM tenant_join_codes").fetchone()
    assert made["code"].replace("-", "") not in str(kept)
    assert hibana.json("join-code", "disable", made["id"], "--tenant", "acme")["state"] == "disabled"
    assert "role must be" in hibana.refused("join-code", "create", "--tenant", "acme", "--role", "owner")


def test_an_invitation_without_mail_is_printed_and_can_be_sent_again_or_cancelled(hibana: Shell) -> None:
    hibana("tenant", "create", "--slug", "acme", "--name", "ACME")
    sent = hibana.json("invitation", "create", "--tenant", "acme", "--email", "bob@example.com")
    assert sent["sent"] is False
    assert sent["url"].startswith("https://id.example/invite/")
    again = hibana.json("invitation", "resend", sent["id"], "--tenant", "acme", "--expires-in", "3d")
    assert again["url"] != sent["url"]
    hibana("invitation", "cancel", sent["id"], "--tenant", "acme")
    assert [each["state"] for each in hibana.json("invitation", "list", "--tenant", "acme")] == ["cancelled"]
    assert "cancelled" in hibana.refused("invitation", "cancel", sent["id"], "--tenant", "acme")
    hibana.settings["HIBANA_SMTP__URL"] = "smtp://127.0.0.1:9"
    mailed = hibana.json("invitation", "create", "--tenant", "acme", "--email", "mei@example.com", "--role", "owner")
    assert (mailed["sent"], mailed["url"], mailed["role"]) == (True, None, "owner")


def test_a_domain_is_vouched_for_and_removed(hibana: Shell) -> None:
    hibana("tenant", "create", "--slug", "acme", "--name", "ACME")
    made = hibana.json("tenant-domain", "create", "Acme.example", "--tenant", "acme")
    assert made["line"].startswith("hibana-domain=")
    assert made["address"] == "https://acme.example/.well-known/hibana-domain.txt"
    on = ("acme.example", "--tenant", "acme")
    assert "cannot be fetched" in hibana.refused("tenant-domain", "verify", *on)
    assert hibana.json("tenant-domain", "verify", *on, "--verified")["verified_at"] is not None
    assert hibana.json("tenant-domain", "update", *on, "--may-join")["may_join"] is True
    assert hibana("tenant-domain", "delete", *on) == "removed acme.example\n"
    assert hibana.json("tenant-domain", "list", "--tenant", "acme") == []


def test_an_update_that_names_nothing_is_wrong_usage(hibana: Shell) -> None:
    done = run("tenant", "update", "acme", folder=hibana.folder, settings=hibana.settings)
    assert done.returncode == 2
    assert "nothing was named" in done.stderr


def test_an_app_an_api_and_another_provider_can_be_of_a_tenant(hibana: Shell) -> None:
    tenant = hibana.json("tenant", "create", "--slug", "acme", "--name", "ACME")["id"]
    app = ("client", "create", "--name", "Depot", "--redirect-uri", "https://depot.example/callback")
    api = ("resource", "create", "--identifier", "https://api.example/", "--name", "API")
    other = (
        *("provider", "create", "--slug", "other", "--name", "Other", "--type", "ldap", "--url", "ldaps://x.example"),
        *("--base", "dc=x,dc=example", "--bind-dn", "cn=hibana,dc=x,dc=example", "--client-secret-stdin"),
    )
    for command in (app, api, other):
        assert "no tenant" in hibana.refused(*command, "--tenant", "nowhere", stdin="a secret\n")
        assert hibana.json(*command, "--tenant", "acme", stdin="a secret\n")["tenant_id"] == tenant
    assert hibana.json(*app)["tenant_id"] is None
    assert hibana.json(*app, "--tenant", "system")["tenant_id"] is None


def test_a_list_of_codes_and_invitations_names_the_role_and_the_unit_that_they_give(hibana: Shell) -> None:
    hibana("tenant", "create", "--slug", "acme", "--name", "ACME")
    hibana("role", "create", "desk", "--tenant", "acme", "--permission", "users:read")
    hibana("unit", "create", "--tenant", "acme", "--name", "Osaka", "--code", "OSA")
    as_desk = ("--tenant", "acme", "--role", "desk", "--unit", "OSA")
    code = hibana.json("join-code", "create", *as_desk)
    sent = hibana.json("invitation", "create", "--email", "bob@example.com", *as_desk)
    for made in (code, sent):
        assert (made["role"], made["role_name"], made["unit"]) == ("member", "desk", "Osaka")
    plain = hibana.json("join-code", "create", "--tenant", "acme", "--role", "admin")
    assert (plain["role_name"], plain["unit"]) == ("admin", None)
    for kind in ("join-code", "invitation"):
        heading, *rows = hibana(kind, "list", "--tenant", "acme").splitlines()
        assert "ROLE NAME" in heading
        assert "desk" in rows[0]
        assert "Osaka" in rows[0]


def test_roles_that_we_bring_are_called_in_english(hibana: Shell) -> None:
    hibana("tenant", "create", "--slug", "acme", "--name", "ACME")
    names = {each["name"]: each["display_name"] for each in hibana.json("role", "list", "--tenant", "acme")}
    assert (names["tenant_owner"], names["tenant_admin"]) == ("Owner", "Administrator")
    changed = hibana.json("role", "update", "tenant_admin", "--tenant", "acme", "--display-name", "副管理者")
    assert changed["display_name"] == "副管理者"


def test_the_log_names_the_tenant_even_when_it_is_gone(hibana: Shell) -> None:
    hibana("tenant", "create", "--slug", "acme", "--name", "Acme")
    hibana("tenant", "delete", "acme")
    told = hibana("tenant", "log").splitlines()
    assert "TENANT" in told[0].split()
    assert [("acme" in line.split()) for line in told[1:]] == [True, True]


def test_a_search_without_hits_does_not_say_that_there_is_nothing_yet(hibana: Shell) -> None:
    hibana("tenant", "create", "--slug", "acme", "--name", "Acme")
    for command in (
        ("tenant", "list", "--search", "zzz"),
        ("tenant", "list", "--status", "suspended"),
        ("tenant", "log", "--waiting"),
        ("user", "list", "--search", "zzz"),
        ("user", "list", "--search", "zzz", "--tenants"),
        ("membership", "list", "--tenant", "acme", "--search", "zzz"),
        ("invitation", "list", "--tenant", "acme", "--status", "pending"),
        ("audit", "list", "--action", "user:login:failed"),
    ):
        assert hibana(*command) == "Nothing found.\n"
    for unasked in (("user", "list"), ("membership", "list", "--tenant", "acme")):
        assert hibana(*unasked) == "Nothing yet.\n"
