"""`hibana provider`: added, listed, shown, closed, opened, chosen for an app, removed."""

from pathlib import Path

from tests.cli.conftest import Shell
from tests.saml_provider import ENTITY_ID, SSO_URL, a_key, metadata

GITHUB = (
    *("provider", "create", "--type", "oauth", "--slug", "github", "--name", "GitHub", "--client-id", "abc"),
    *("--authorization-endpoint", "https://github.com/login/oauth/authorize"),
    *("--token-endpoint", "https://github.com/login/oauth/access_token"),
    *("--userinfo-endpoint", "https://api.github.com/user", "--emails-endpoint", "https://api.github.com/user/emails"),
    *("--scope", "read:user", "--scope", "user:email", "--claim", "name=login", "--domain", "Acme.example"),
    *("--create-people", "--client-secret-stdin"),
)


def test_a_provider_is_added_shown_and_removed(hibana: Shell) -> None:
    made = hibana.json(*GITHUB, stdin="the secret of github\n")
    assert made["redirect_uri"] == "https://id.example/federation/github/callback"
    assert (made["slug"], made["type"], made["enabled"], made["has_secret"]) == ("github", "oauth", True, True)
    assert made["domains"] == ["acme.example"]
    assert made["config"]["scopes"] == ["read:user", "user:email"]
    assert (made["config"]["claims"], made["config"]["create_people"]) == ({"name": "login"}, True)
    assert "trust_email" not in made["config"]
    assert hibana.json("provider", "list") == [made]
    assert hibana.json("provider", "show", "github") == made
    assert "the secret of github" not in hibana("provider", "show", "github")
    assert "the slug github" in hibana.refused(*GITHUB, stdin="x\n")

    assert hibana.json("provider", "delete", "github") == {"id": made["id"], "slug": "github", "deleted": True}
    assert "no provider" in hibana.refused("provider", "delete", "github")
    hibana(*GITHUB, stdin="x\n")
    assert hibana("provider", "delete", "github") == "removed github\n"
    assert hibana.json("provider", "list") == []
    assert "provider:registration:deleted" in [entry["action"] for entry in hibana.json("audit", "list")]


def test_a_provider_is_closed_and_opened_again(hibana: Shell) -> None:
    hibana(*GITHUB, stdin="x\n")
    assert hibana.json("provider", "disable", "github")["enabled"] is False
    assert hibana.json("provider", "enable", "github")["enabled"] is True
    actions = [entry["action"] for entry in hibana.json("audit", "list")]
    for action in ("created", "disabled", "enabled"):
        assert f"provider:registration:{action}" in actions
    assert "no provider" in hibana.refused("provider", "disable", "gitlab")
    assert "no provider" in hibana.refused("provider", "show", "gitlab")


def test_an_app_shows_what_is_chosen_for_it(hibana: Shell) -> None:
    hibana(*GITHUB, stdin="x\n")
    client_id = hibana.json("client", "create", "--name", "Shop", "--redirect-uri", "https://shop.example/cb")[
        "client_id"
    ]
    chosen = hibana.json("provider", "choose", client_id, "--provider", "github")
    assert chosen == {"client_id": client_id, "providers": ["github"]}
    assert hibana.json("provider", "choose", client_id)["providers"] == []
    assert "client:providers:chosen" in [entry["action"] for entry in hibana.json("audit", "list")]
    assert "no provider" in hibana.refused("provider", "choose", client_id, "--provider", "gitlab")
    assert "no client" in hibana.refused("provider", "choose", "unknown", "--provider", "github")


def test_what_cannot_be_used_is_refused(hibana: Shell) -> None:
    openid = ("provider", "create", "--name", "ACME", "--client-id", "abc")
    assert "needs issuer" in hibana.refused(*openid, "--slug", "acme")
    nowhere = hibana.refused(*openid, "--slug", "acme", "--issuer", "https://127.0.0.1:1")
    assert "not on the public internet" in nowhere
    assert "HIBANA_GOOGLE__CLIENT_ID" in hibana.refused(*openid, "--slug", "google", "--issuer", "https://a.example")
    assert "OURS=THEIRS" in hibana.refused(*GITHUB, "--claim", "name", stdin="x\n")
    assert "client secret" in hibana.refused(*GITHUB, stdin="\n")
    assert "--trust-email" in hibana.refused(*openid, "--slug", "a", "--issuer", "https://a.example", "--create-people")
    assert hibana.json("provider", "list") == []


def test_a_provider_of_saml_is_added_from_its_metadata(hibana: Shell, tmp_path: Path) -> None:
    file = tmp_path / "idp.xml"
    file.write_bytes(metadata())
    saml = ("provider", "create", "--type", "saml", "--slug", "staff", "--name", "Staff")
    made = hibana.json(*saml, "--metadata-file", str(file), "--attribute", "email=mail", "--trust-email")
    assert made["our_entity_id"] == "https://id.example/federation/staff/metadata"
    assert made["our_acs_url"] == "https://id.example/federation/staff/acs"
    assert (made["type"], made["configured"]) == ("saml", True)
    assert made["config"] == {
        "entity_id": ENTITY_ID,
        "sso_url": SSO_URL,
        "certificates": [a_key()[1]],
        "attributes": {"email": "mail"},
        "trust_email": True,
    }


def test_a_provider_of_saml_is_added_by_hand(hibana: Shell, tmp_path: Path) -> None:
    file = tmp_path / "idp.pem"
    file.write_text(a_key()[1])
    saml = ("provider", "create", "--type", "saml", "--slug", "staff", "--name", "Staff", "--entity-id", ENTITY_ID)
    assert "needs sso_url" in hibana.refused(*saml)
    whole = (*saml, "--sso-url", SSO_URL, "--certificate-file", str(file))
    assert "say which attribute does" in hibana.refused(*whole, "--name-id-format", "transient")
    assert "--attribute 'email' is not" in hibana.refused(*whole, "--attribute", "email")
    assert "has no client_id" in hibana.refused(*whole, "--client-id", "x")
    made = hibana.json(*whole, "--name-id-format", "transient", "--attribute", "sub=uid")
    assert made["config"]["attributes"] == {"sub": "uid"}


def test_the_certificates_of_a_provider_of_saml_are_changed(hibana: Shell, tmp_path: Path) -> None:
    file, next_one = tmp_path / "idp.xml", tmp_path / "next.pem"
    file.write_bytes(metadata())
    next_one.write_text(a_key("the next one")[1])
    hibana("provider", "create", "--type", "saml", "--slug", "staff", "--name", "Staff", "--metadata-file", str(file))
    change = ("provider", "renew", "staff")
    assert "holds 1 to 8 certificates" in hibana.refused(*change)
    both = hibana.json(*change, "--certificate-file", str(next_one), "--certificate-file", str(next_one))
    assert both["config"]["certificates"] == [a_key("the next one")[1]]
    assert hibana.json(*change, "--metadata-file", str(file))["config"]["certificates"] == [a_key()[1]]
    assert "provider:certificates:changed" in [entry["action"] for entry in hibana.json("audit", "list")]

    file.write_bytes(metadata().replace(ENTITY_ID.encode(), b"https://other.example"))
    assert "of another provider" in hibana.refused(*change, "--metadata-file", str(file))
    hibana(*GITHUB, stdin="x\n")
    told = hibana.refused("provider", "renew", "github", "--certificate-file", str(next_one))
    assert "signs nothing" in told
