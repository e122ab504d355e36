"""`hibana provider` with directories (LDAP): added, and tried step by step."""

import json

import pytest

from tests.cli.command import run
from tests.cli.conftest import Shell
from tests.slapd import BASE, DIRECTORY_PASSWORD, HOST, PEOPLE, SERVICE_DN, SERVICE_PASSWORD, Slapd


@pytest.fixture
def corp(hibana: Shell, slapd: Slapd) -> tuple[str, ...]:
    """The command that adds the directory, up to its DN."""
    hibana.settings |= {"HIBANA_OUTBOUND_ALLOW": HOST, "HIBANA_OUTBOUND_CA_FILE": str(slapd.authority.file)}
    return (
        *("provider", "create", "--type", "ldap", "--slug", "corp", "--name", "Corp", "--client-secret-stdin"),
        *("--url", slapd.url, "--base", BASE, "--bind-dn", SERVICE_DN),
    )


def test_a_directory_is_added_and_shown_without_its_secret(hibana: Shell, corp: tuple[str, ...], slapd: Slapd) -> None:
    names = ("--user-attribute", "uid", "--user-attribute", "employeeNumber", "--subject", "entryDN")
    made = hibana.json(*corp, *names, "--attribute", "name=displayName", stdin=f"{SERVICE_PASSWORD}\n")
    assert made["config"] == {
        "url": slapd.url,
        "base": BASE,
        "bind_dn": SERVICE_DN,
        "user_attributes": ["uid", "employeeNumber"],
        "subject": "entryDN",
        "attributes": {"name": "displayName"},
    }
    assert (made["type"], made["has_secret"], made["configured"], "redirect_uri" in made) == ("ldap", True, True, False)
    assert SERVICE_PASSWORD not in hibana("provider", "show", "corp")


def test_a_directory_is_not_added_with_what_cannot_work(hibana: Shell, corp: tuple[str, ...]) -> None:
    assert "needs a secret" in hibana.refused(*(each for each in corp if each != "--client-secret-stdin"))
    plain = tuple("ldap://directory.example" if each.startswith("ldaps:") else each for each in corp)
    assert "needs start_tls" in hibana.refused(*plain, stdin="x\n")
    assert "has no issuer" in hibana.refused(*corp, "--issuer", "https://a.example", stdin="x\n")
    assert hibana.json("provider", "list") == []


def test_every_step_of_a_sign_in_is_tried(hibana: Shell, corp: tuple[str, ...], slapd: Slapd) -> None:
    number = slapd.uuid_of(slapd.add("tried", mail="tried@corp.example"))
    hibana(*corp, stdin=f"{SERVICE_PASSWORD}\n")
    steps = hibana.json("provider", "test", "corp", "--username", "tried", stdin=f"{DIRECTORY_PASSWORD}\n")
    assert [step["name"] for step in steps] == [
        *("connection", "service account", "base", "person", "subject"),
        *("email", "name", "given_name", "family_name", "password"),
    ]
    assert all(step["works"] for step in steps)
    told = {step["name"]: step["detail"] for step in steps}
    assert told["person"] == f"uid=tried,{PEOPLE}"
    assert told["subject"] == f"entryUUID: {number}"
    assert told["email"] == "mail: tried@corp.example"
    assert hibana.json("audit", "list")[0]["action"] != "user:login:failed"


@pytest.mark.parametrize(
    ("change", "username", "step", "detail"),
    [
        ({"HIBANA_OUTBOUND_ALLOW": "elsewhere"}, "tried", "connection", "HIBANA_OUTBOUND_ALLOW"),
        ({"HIBANA_OUTBOUND_CA_FILE": ""}, "tried", "connection", "does not prove its name"),
        ({"secret": "wrong"}, "tried", "service account", "does not let the service account in"),
        ({"base": f"ou=nothing,{BASE}"}, "tried", "base", "no such entry"),
        ({}, "nobody", "person", "uid, mail"),
        ({}, "tried", "password", "does not let the person in"),
    ],
    ids=["address", "certificate", "account", "base", "person", "password"],
)
def test_the_step_that_does_not_work_is_named(
    hibana: Shell, corp: tuple[str, ...], slapd: Slapd, *, change: dict[str, str], username: str, step: str, detail: str
) -> None:
    slapd.add("tried")
    changed = tuple(change.get("base", each) if each == BASE else each for each in corp)
    hibana(*changed, stdin=f"{change.get('secret', SERVICE_PASSWORD)}\n")
    settings = {name: value for name, value in change.items() if name.startswith("HIBANA_")}
    hibana.settings = {name: value for name, value in {**hibana.settings, **settings}.items() if value}
    tried = ("provider", "test", "corp", "--username", username, "--json")
    done = run(*tried, folder=hibana.folder, settings=hibana.settings, stdin="wrong\n")
    assert done.returncode == 1
    *before, last = json.loads(done.stdout)
    assert all(each["works"] for each in before)
    assert (last["name"], last["works"], detail in last["detail"]) == (step, False, True), last


def test_only_directories_are_tried(hibana: Shell) -> None:
    assert "no provider" in hibana.refused("provider", "test", "corp", "--username", "x", stdin="\n")
