"""`hibana user`: people come, are looked after, and go."""

import sqlite3

import pytest

from hibana_op.foundation.vault import Vault, parse_master_key
from hibana_op.records import outbox
from tests.cli.conftest import MASTER_KEY, Shell

CLAIMS = (
    '{"given_name": "Alice", "address": {"country": "JP"}, "phone_number": "+81312345678", '
    '"name#ja": "アリス", "birthdate": "1990-04-01"}'
)


def test_a_person_is_created_with_claims_roles_and_a_password(hibana: Shell) -> None:
    made = hibana.json(
        *("user", "create", "--email", "alice@example.com", "--password-stdin", "--name", "Alice"),
        *("--claims", CLAIMS, "--verified", "--role", "admin"),
        stdin="correct horse battery\n",
    )

    assert made["email_verified"] is True
    assert made["phone_number_verified"] is True
    assert made["address"] == {"country": "JP"}
    assert made["name#ja"] == "アリス"
    assert made["roles"] == ["admin"]
    assert made["has_password"] is True
    assert hibana.json("user", "show", "ALICE@example.com")["id"] == made["id"]
    assert [each["email"] for each in hibana.json("user", "list")] == ["alice@example.com"]
    assert hibana.json("user", "list", "--search", "nobody") == []


def test_the_password_is_kept_as_an_argon2_hash_only(hibana: Shell) -> None:
    hibana("user", "create", "--email", "a@example.com", "--password-stdin", stdin="a-canary-password\n")

    kept = (hibana.folder / "hibana.db").read_bytes()
    rows = sqlite3.connect(hibana.folder / "hibana.db").execute("SELECT password_hash FROM passwords").fetchall()

    assert b"a-canary-password" not in kept
    assert rows[0][0].startswith("$argon2id$")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--email", "no-address"), "email"),
        (("--email", "b@example.com", "--claims", "{"), "not JSON"),
        (("--email", "b@example.com", "--claims", "[]"), "object"),
        (("--email", "b@example.com", "--claims", "[" * 5000), "not JSON"),
        (("--email", "b@example.com", "--claims", '{"address": {"country": "\\ud800"}}'), "address.country"),
        (("--email", "b@example.com", "--claims", '{"sub": "x"}'), "sub"),
        (("--email", "b@example.com", "--claims", '{"address": {"planet": "Mars"}}'), "address"),
        (("--email", "b@example.com", "--claims", '{"email_verified": "yes"}'), "true or false"),
        (("--email", "b@example.com", "--claims", '{"birthdate": "1990-13-01"}'), "birthdate"),
        (("--email", "b@example.com", "--claims", '{"website": "javascript:alert(1)"}'), "website"),
        (("--email", "b@example.com", "--role", "emperor"), "no role is named emperor"),
    ],
)
def test_a_person_with_something_wrong_is_refused_and_not_added(
    hibana: Shell, arguments: tuple[str, ...], said: str
) -> None:
    assert said in hibana.refused("user", "create", *arguments)
    assert hibana.json("user", "list") == []


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("password", "too short. It needs at least 15 characters"),
        ("passwordpassword", "easy to guess"),
        ("alice.yamada.example", "words that belong to you"),
    ],
)
def test_a_password_that_nobody_may_choose_is_refused(hibana: Shell, password: str, said: str) -> None:
    person = ("--email", "alice.yamada@b.example", "--name", "Alice Yamada", "--password-stdin")
    assert said in hibana.refused("user", "create", *person, stdin=f"{password}\n")
    assert hibana.json("user", "list") == []


def test_a_taken_address_is_refused(hibana: Shell) -> None:
    hibana("user", "create", "--email", "a@b.example")
    assert "another person" in hibana.refused("user", "create", "--email", "A@B.example")


def test_a_person_is_suspended_let_in_again_and_erased(hibana: Shell) -> None:
    made = hibana.json("user", "create", "--email", "a@example.com")

    assert hibana.json("user", "disable", "a@example.com")["status"] == "suspended"
    assert hibana.json("user", "enable", made["id"])["status"] == "active"
    assert hibana.json("user", "unlock", made["id"])["locked_until"] is None
    assert hibana.json("user", "delete", made["id"])["deleted"] is True
    assert "nobody is known" in hibana.refused("user", "show", made["id"])

    log = sqlite3.connect(hibana.folder / "hibana.db").execute("SELECT action, resource_id FROM audit_log").fetchall()
    assert ("user:account:deleted", None) in log, "what happened stays, the person's id goes"


def test_P03_nobody_is_suspended_or_erased_whom_the_deployment_or_a_tenant_needs(hibana: Shell) -> None:
    hibana("user", "create", "--email", "a@example.com", "--role", "super_admin")
    hibana("user", "create", "--email", "b@example.com")
    hibana("tenant", "create", "--slug", "acme", "--name", "ACME", "--owner", "b@example.com")
    for act in ("disable", "delete"):
        assert "super administrator; make another one first" in hibana.refused("user", act, "a@example.com")
        assert "owner of a tenant; make somebody else an owner first" in hibana.refused("user", act, "b@example.com")
    assert {each["status"] for each in hibana.json("user", "list")} == {"active"}


def test_a_person_from_elsewhere_keeps_their_password(hibana: Shell) -> None:
    stored = "$2b$04$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie"
    made = hibana.json("user", "create", "--email", "a@example.com", "--password-hash", stored)

    rows = sqlite3.connect(hibana.folder / "hibana.db").execute("SELECT password_hash FROM passwords").fetchall()
    assert made["has_password"] is True
    assert rows == [(stored,)]


@pytest.mark.parametrize(
    ("hashed", "said"),
    [
        ("5f4dcc3b5aa765d61d8327deb882cf99", "not bcrypt, PBKDF2 or scrypt"),
        ("$2b$31$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie", "too long"),
    ],
)
def test_a_hash_that_cannot_be_used_is_refused(hibana: Shell, hashed: str, said: str) -> None:
    assert said in hibana.refused("user", "create", "--email", "a@example.com", "--password-hash", hashed)


def test_without_a_mail_server_the_link_of_an_invitation_is_printed(hibana: Shell) -> None:
    told = hibana.json("user", "invite", "--email", "new@example.com", "--expires-in", "1h")

    assert told["sent"] is False
    assert told["url"].startswith("https://id.example/invite/")


def test_with_a_mail_server_the_link_goes_to_the_mailbox_only(hibana: Shell) -> None:
    hibana.settings["HIBANA_SMTP__URL"] = "smtp://mail.example.com"
    told = hibana.json("user", "invite", "--email", "new@example.com", "--name", "New", "--language", "en")

    database = sqlite3.connect(hibana.folder / "hibana.db")
    mails = database.execute("SELECT id, recipient, letter_sealed FROM outgoing_messages")
    ((id, recipient, sealed),) = mails.fetchall()
    text = Vault([parse_master_key(MASTER_KEY)]).open(sealed, outbox.sealed_name(id)).decode()
    assert (told["sent"], told["url"], recipient) == (True, None, "new@example.com")
    assert "https://id.example/invite/" in text
    assert hibana("audit", "list").count("user:invitation:sent") == 1


def test_nobody_is_invited_twice_over_or_where_nobody_may_come(hibana: Shell) -> None:
    hibana("user", "create", "--email", "a@example.com")

    assert "another person has this" in hibana.refused("user", "invite", "--email", "A@example.com")
    assert "email must be" in hibana.refused("user", "invite", "--email", "nobody")
    hibana.settings["HIBANA_SIGNUP"] = "off"
    assert "HIBANA_SIGNUP is off" in hibana.refused("user", "invite", "--email", "b@example.com")
