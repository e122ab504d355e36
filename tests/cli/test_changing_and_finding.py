"""What is shown, found and changed by commands: APIs, mappings, providers, and what belongs to a tenant."""

import json
from typing import Any

import pytest

from tests.cli.conftest import Shell

API = "https://api.example/"
UNKNOWN = "0192f0c2-3c1f-7c1e-8a51-3f3a8c0e9b11"


def test_an_api_is_changed_and_what_is_not_named_stays(hibana: Shell) -> None:
    reader = hibana.json("client", "create", "--name", "Reader", "--grant-type", "client_credentials")["client_id"]
    created = ("--identifier", API, "--name", "API", "--scope", "read=Read", "--client", reader)
    made = hibana.json("resource", "create", *created, "--token-lifetime", "60")

    changed = hibana.json(
        *("resource", "update", API, "--name", "Orders", "--scope", "write=Write", "--no-offline", "--always-ask"),
        *("--token-lifetime", "0", "--no-client"),
    )

    assert changed == {
        **made,
        "name": "Orders",
        "scopes": [{"value": "write", "description": "Write"}],
        "token_lifetime": None,
        "allow_offline_access": False,
        "skip_consent": False,
        "client_id": None,
    }
    assert hibana.json("resource", "update", made["id"], "--no-scopes", "--offline")["scopes"] == []
    assert "printable" in hibana.refused("resource", "update", API, "--name", "A\x1b[2J")
    for wrong in ((), ("--scope", "a=b", "--no-scopes"), ("--client", reader, "--no-client")):
        assert hibana.run("resource", "update", API, *wrong).returncode == 2
    assert [each["name"] for each in hibana.json("resource", "list", "--search", "order")] == ["Orders"]
    assert hibana.json("resource", "list", "--tenant", "system") == []


def test_what_clients_may_get_is_listed(hibana: Shell) -> None:
    hibana("resource", "create", "--identifier", API, "--name", "API", "--scope", "read=Read")
    clients = [
        hibana.json("client", "create", "--name", name, "--grant-type", "client_credentials")["client_id"]
        for name in ("One", "Two")
    ]
    for client in clients:
        hibana("resource", "allow", API, "--client", client)
    assert [each["client_id"] for each in hibana.json("resource", "grants", API)] == clients
    [one] = hibana.json("resource", "grants", "--client", clients[0])
    assert (one["identifier"], one["scopes"]) == (API, ["read"])
    assert hibana("resource", "grants", "--tenant", "system") == "Nothing found.\n"
    assert hibana.json("resource", "disallow", API, "--client", clients[0])["deleted"] is True
    assert [each["client_name"] for each in hibana.json("client", "list", "--search", "tw")] == ["Two"]


def test_a_mapping_is_shown_changed_and_removed(hibana: Shell) -> None:
    named = ("--scope", "employee", "--claim", "department")
    column = ("--table", "user_custom_fields", "--column", "department")
    hibana("scope-mapping", "create", *named, *column, "--condition", '{"op": "eq", "field": "kind", "value": "human"}')

    changed = hibana.json("scope-mapping", "update", *named, "--transform", "uppercase", "--no-condition")
    assert (changed["transformation"], changed["condition"], changed["source_column"]) == (
        "uppercase",
        None,
        "department",
    )
    assert hibana.json("scope-mapping", "show", *named) == changed
    assert hibana.json("scope-mapping", "list", "--scope", "employee") == [changed]
    assert hibana.json("scope-mapping", "list", "--claim", "nickname", "--scope", "employee") == []
    assert hibana.run("scope-mapping", "update", *named).returncode == 2
    assert hibana.json("scope-mapping", "delete", *named)["deleted"] is True
    assert hibana.refused("scope-mapping", "show", *named)


def test_a_provider_is_renamed_and_answers_for_other_domains(hibana: Shell) -> None:
    endpoints = [
        part
        for name in ("authorization", "token", "userinfo")
        for part in (f"--{name}-endpoint", f"https://hub.example/{name}")
    ]
    hibana(
        *("provider", "create", "--type", "oauth", "--slug", "hub", "--name", "Hub", "--client-id", "abc"),
        *(*endpoints, "--client-secret-stdin"),
        stdin="a secret\n",
    )
    changed = hibana.json("provider", "update", "hub", "--name", "The hub", "--domain", "hub.example")
    assert (changed["name"], changed["domains"], changed["has_secret"]) == ("The hub", ["hub.example"], True)
    assert hibana.json("provider", "update", "hub", "--no-domains")["domains"] == []
    assert "a secret" not in hibana("provider", "update", "hub", "--client-secret-stdin", stdin="another secret\n")
    assert [each["slug"] for each in hibana.json("provider", "list", "--search", "the")] == ["hub"]
    assert hibana.run("provider", "update", "hub").returncode == 2
    assert "no provider" in hibana.refused("provider", "update", "nobody", "--name", "X")


def made_in_acme(hibana: Shell) -> dict[str, dict[str, Any]]:
    """One of each kind of thing that a tenant has."""
    hibana("tenant", "create", "--slug", "acme", "--name", "ACME")
    hibana("user", "create", "--email", "alice@example.com")
    acme = ("--tenant", "acme")
    return {
        "unit": hibana.json("unit", "create", *acme, "--name", "Sales", "--code", "S-1", "--status", "inactive"),
        "group": hibana.json("group", "create", *acme, "--name", "Night shift"),
        "membership": hibana.json("membership", "create", "alice@example.com", *acme, "--role", "owner"),
        "join-code": hibana.json("join-code", "create", *acme, "--unit", "S-1"),
        "invitation": hibana.json("invitation", "create", *acme, "--email", "bob@example.com"),
        "tenant-domain": hibana.json("tenant-domain", "create", "acme.example", *acme),
        "ip-allowlist": hibana.json("ip-allowlist", "create", "192.0.2.0/24", *acme, "--inactive"),
        "role-assignment": hibana.json("role-assignment", "create", "alice@example.com", "guest", *acme),
        "api-key": hibana.json("api-key", "create", "--user", "alice@example.com", "--name", "Night", "--scope", "*"),
        "registration-token": hibana.json("registration-token", "create"),
        "user-field": hibana.json("user-field", "set", "alice@example.com", "floor", "3", "--type", "number"),
        "staff": hibana.json("staff", "set", "alice@example.com", "--auth-type", "mfa"),
    }


# What is shown once, when it is made, and by what name `show` finds what has no id there.
ONCE = {"url", "sent", "key", "initial_access_token", "registration_endpoint", "members", "replaced"}
NAMED_BY = {
    "user-field": ("alice@example.com", "floor"),
    "staff": ("alice@example.com", "--auth-type", "mfa"),
    "unit": ("S-1",),
    "group": ("Night shift",),
}
OF_NO_TENANT = {"role-assignment", "api-key", "registration-token", "user-field", "staff"}


def test_what_was_made_is_shown_as_it_was_made(hibana: Shell) -> None:
    for kind, made in made_in_acme(hibana).items():
        where = () if kind in OF_NO_TENANT else ("--tenant", "acme")
        shown = hibana.json(kind, "show", *NAMED_BY.get(kind, (made.get("id", ""),)), *where)
        differing = {name for name in shown.keys() | made.keys() if shown.get(name) != made.get(name)}
        assert differing <= ONCE, (kind, differing)
        unknown = [*NAMED_BY["staff"][:1], "--auth-type", "sso"] if kind == "staff" else [UNKNOWN]
        unknown = ["alice@example.com", "ceiling"] if kind == "user-field" else unknown
        assert hibana.refused(kind, "show", *unknown, *where)


def test_what_belongs_to_a_tenant_is_changed_and_found(hibana: Shell) -> None:
    made = made_in_acme(hibana)
    acme = ("--tenant", "acme")

    assert hibana.json("group", "update", "Night shift", *acme, "--name", "Late shift")["description"] == ""
    hibana("group", "add", "Late shift", "alice@example.com", *acme)
    [member] = hibana.json("group", "members", "Late shift", *acme)
    assert (member["email"], member["role"]) == ("alice@example.com", "owner")
    assert hibana.json("group", "list", *acme, "--search", "early") == []

    rule = made["ip-allowlist"]
    moved = hibana.json("ip-allowlist", "update", rule["id"], *acme, "--cidr", "192.0.2.0/25", "--description", "Desk")
    assert (moved["cidr"], moved["description"], moved["is_active"]) == ("192.0.2.0/25", "Desk", False)
    assert hibana.json("ip-allowlist", "list", *acme, "--user", "alice@example.com") == []
    opened = hibana.json("ip-allowlist", "update", rule["id"], *acme, "--active", "--confirm")
    assert opened["is_active"] is True

    [code] = hibana.json("join-code", "list", *acme, "--unit", "S-1")
    assert code["id"] == made["join-code"]["id"]
    assert hibana.json("invitation", "list", *acme, "--unit", "S-1") == []
    assert hibana.json("membership", "list", *acme, "--unit", "S-1") == []
    assert hibana.json("unit", "list", *acme, "--status", "active") == []
    assert [each["code"] for each in hibana.json("unit", "list", *acme, "--search", "sal", "--unit", "S-1")] == ["S-1"]
    plain = hibana.json("unit", "update", "S-1", *acme, "--no-code", "--no-manager")
    assert (plain["code"], plain["name"]) == (None, "Sales")
    [held] = hibana.json("role-assignment", "list", *acme, "--role", "guest")
    assert held["id"] == made["role-assignment"]["id"]
    assert [each["name"] for each in hibana.json("api-key", "list", "--search", "Night")] == ["Night"]
    assert hibana.json("staff", "list", "--user", "alice@example.com")[0]["auth_type"] == "mfa"
    assert hibana.json("user-field", "delete", "alice@example.com", "floor")["deleted"] is True


def test_an_invitation_says_which_one_it_replaced(hibana: Shell) -> None:
    hibana("tenant", "create", "--slug", "acme", "--name", "ACME")
    invite = ("invitation", "create", "--tenant", "acme", "--email", "bob@example.com", "--json")
    first, again = hibana.run(*invite), hibana.run(*invite)
    before = json.loads(first.stdout)
    assert (before["replaced"], first.stderr) == ([], "")
    assert json.loads(again.stdout)["replaced"] == [before["id"]]
    said = f"hibana: warning: the invitation {before['id']} to the same address counts no more\n"
    assert again.stderr == said


@pytest.mark.parametrize(
    "arguments",
    [
        ("group", "update", "Night shift", "--tenant", "acme"),
        ("ip-allowlist", "update", UNKNOWN, "--tenant", "acme"),
        ("unit", "update", "S-1", "--tenant", "acme", "--code", "S-2", "--no-code"),
        ("unit", "update", "S-1", "--tenant", "acme", "--parent", "HQ", "--top"),
        ("membership", "update", "a@example.com", "--tenant", "acme", "--unit", "S-1", "--no-unit"),
        ("tenant", "log", "--waiting", "--status", "done"),
    ],
    ids=" ".join,
)
def test_a_change_that_names_nothing_or_both_is_wrong_usage(hibana: Shell, arguments: tuple[str, ...]) -> None:
    assert hibana.run(*arguments).returncode == 2


def test_what_was_chosen_of_a_tenant_is_taken_back_and_looked_up(hibana: Shell) -> None:
    values = ("--size", "small", "--type", "delivery", "--plan-expires-at", "4102444800", "--max-users", "5")
    hibana("tenant", "create", "--slug", "acme", "--name", "ACME", *values)
    back = ("--size", "none", "--type", "none", "--plan-expires-at", "0", "--max-users", "0")
    changed = hibana.json("tenant", "update", "acme", *back, "--reason", "a slip")
    names = ("company_size", "tenant_type", "plan_expires_at", "max_users")
    assert [changed[name] for name in names] == [None] * 4

    [latest, *_] = hibana.json("tenant", "log", "--tenant", "acme", "--status", "done")
    assert hibana.json("tenant", "show-change", latest["id"]) == latest
    assert (latest["reason"], latest["old_values"]["company_size"]) == ("a slip", "small")
    assert hibana.json("tenant", "log", "--status", "rejected") == []
    assert "no change has the id" in hibana.refused("tenant", "show-change", UNKNOWN)


def test_a_key_a_client_and_a_publisher_are_shown(hibana: Shell) -> None:
    kid = hibana.json("keys", "rotate", "--alg", "ES256")["kid"]
    shown = hibana.json("keys", "show", kid)
    assert (shown["public_jwk"]["kty"], "d" in shown["public_jwk"]) == ("EC", False)
    assert "no key is named other" in hibana.refused("keys", "show", "other")
    (hibana.folder / "keys.json").write_text(json.dumps({"keys": [shown["public_jwk"]]}), encoding="utf-8")
    hibana("software-publisher", "add", "--issuer", "https://apps.example", "--jwks", "keys.json")
    assert hibana.json("software-publisher", "show", "https://apps.example")["jwks"]["keys"][0]["kty"] == "EC"
    assert "no publisher" in hibana.refused("software-publisher", "show", "https://other.example")
    client = hibana.json("client", "create", "--name", "Shop", "--redirect-uri", "https://shop.example/callback")
    assert hibana.json("client", "show", client["client_id"])["identity_providers"] == []
