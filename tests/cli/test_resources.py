"""`hibana resource`: APIs, and the ceiling of each client."""

import pytest

from tests.cli.conftest import Shell

OWN = "https://id.example/api/v1"  # the management API, which is there from the beginning
API = ("resource", "create", "--identifier", "https://api.example/", "--name", "API", "--scope", "read=Read everything")


def test_an_api_is_registered_listed_shown_and_removed(hibana: Shell) -> None:
    made = hibana.json(*API, "--signing-alg", "ES256", "--token-format", "opaque", "--token-lifetime", "60")

    assert made["scopes"] == [{"value": "read", "description": "Read everything"}]
    assert made["token_format"] == "opaque"
    assert made["signing_alg"] == "ES256"
    assert made["token_lifetime"] == 60
    assert [each["identifier"] for each in hibana.json("resource", "list")] == ["https://api.example/", OWN]
    assert hibana.json("resource", "show", made["id"]) == made
    assert hibana.json("resource", "delete", "https://api.example/")["deleted"] is True
    assert "no resource" in hibana.refused("resource", "show", made["id"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (("--identifier", "not a uri"), "absolute URI"),
        (("--identifier", "https://api.example/#x"), "fragment"),
        (("--identifier", "http://[x"), "absolute URI"),
        (("--identifier", "https://api.example/ x\n"), "absolute URI"),
        (("--name", "A\x1b[2J"), "printable"),
        (("--scope", "write=two\nlines"), "printable"),
        (("--token-lifetime", "0"), "token_lifetime"),
        (("--scope", "two words=x"), "scope"),
        (("--scope", "email=Mail"), "accounts"),
        (("--scope", "read=again"), "each once"),
        (("--client", "nobody"), "no client"),
    ],
)
def test_an_unsound_api_is_refused(hibana: Shell, changes: tuple[str, ...], said: str) -> None:
    assert said in hibana.refused(*API, *changes)
    assert [each["identifier"] for each in hibana.json("resource", "list")] == [OWN]


def test_a_client_is_given_a_ceiling_and_loses_it(hibana: Shell) -> None:
    hibana(*API, "--scope", "write=Write")
    client = hibana.json("client", "create", "--name", "Job", "--grant-type", "client_credentials")["client_id"]
    allowed = hibana.json("resource", "allow", "https://api.example/", "--client", client, "--scope", "read")

    assert allowed["scopes"] == ["read"]
    assert "no scope fly" in hibana.refused(
        "resource", "allow", "https://api.example/", "--client", client, "--scope", "fly"
    )
    hibana("resource", "disallow", "https://api.example/", "--client", client)
    assert "no grant" in hibana.refused("resource", "disallow", "https://api.example/", "--client", client)


def test_an_identifier_is_registered_once(hibana: Shell) -> None:
    hibana(*API)
    assert "already registered" in hibana.refused(*API)


def test_the_management_api_stays(hibana: Shell) -> None:
    assert "stays as it is" in hibana.refused("resource", "delete", OWN)
    assert "already registered" in hibana.refused("resource", "create", "--identifier", OWN, "--name", "Mine")
