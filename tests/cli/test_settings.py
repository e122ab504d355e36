"""`hibana settings`: what the deployment and tenants choose."""

from pathlib import Path

from tests.cli.command import run
from tests.cli.conftest import Shell
from tests.foundation.certificates import Authority

NOTHING = {"tenant": "system", "settings": {}}
CHOICES = '{"sign_in": {"methods": ["passkey", "password", "email"]}, "sessions": {"idle_seconds": 3600}}'


def test_the_settings_of_the_deployment_are_shown_changed_in_part_and_taken_back(hibana: Shell) -> None:
    assert hibana.json("settings", "show") == NOTHING
    chosen = hibana.json("settings", "set", CHOICES)
    narrower = hibana.json("settings", "set", '{"sign_in": {"second_factor": "required"}}')

    assert chosen["settings"]["sessions"] == {"idle_seconds": 3600}
    assert narrower["settings"]["sign_in"] == {
        "methods": ["passkey", "password", "email"],
        "second_factor": "required",
    }
    assert hibana.json("settings", "show") == narrower
    assert hibana.json("settings", "set", '{"sign_in": null, "sessions": null}', "--reason", "A trial") == NOTHING


def test_mail_beside_a_demo_goes_to_its_outbox_and_is_not_missed(hibana: Shell) -> None:
    choose = ("settings", "set", '{"sign_in": {"methods": ["password", "email"]}}')
    assert hibana.run(*choose).stderr == "hibana: warning: email needs a mail server, and none is set\n"
    (hibana.folder / "demo.toml").write_text('issuer = "http://localhost:8000"\n', encoding="utf-8")
    assert hibana.run(*choose).stderr == ""


def test_what_makes_no_sense_is_refused(hibana: Shell) -> None:
    assert "JSON is not JSON" in hibana.refused("settings", "set", "{")
    assert "must be a JSON object" in hibana.refused("settings", "set", "[]")
    assert "methods" in hibana.refused("settings", "set", '{"sign_in": {"methods": ["magic"]}}')
    assert "no tenant has the slug acme" in hibana.refused("settings", "show", "--tenant", "acme")
    assert "no tenant has the slug acme" in hibana.refused("settings", "set", "{}", "--tenant", "acme")
    assert hibana.json("settings", "show") == NOTHING


def test_attestation_that_nobody_vouches_for_is_said_to_be_so(hibana: Shell, tmp_path: Path) -> None:
    def said(*arguments: str, **settings: str) -> str:
        done = run("settings", *arguments, folder=hibana.folder, settings={**hibana.settings, **settings})
        assert done.returncode == 0, done.stderr
        return done.stderr

    assert said("show") == ""
    assert "who signed it is not, so it can be made up" in said("set", '{"passkeys": {"attestation": "direct"}}')
    assert "HIBANA_ATTESTATION_ROOTS" in said("show", "--json")
    assert said("show", HIBANA_ATTESTATION_ROOTS=str(Authority(tmp_path).file)) == ""
