"""`hibana software-publisher`: trusted, listed, removed."""

import json

from tests.app_keys import AppKey, key_set
from tests.cli.conftest import Shell

ISSUER = "https://apps.example"
ADD = ("software-publisher", "add", "--issuer", ISSUER)


def test_a_publisher_is_trusted_by_the_address_of_its_keys_or_by_the_keys(hibana: Shell) -> None:
    by_address = hibana.json(*ADD, "--jwks-uri", f"{ISSUER}/jwks.json")
    assert (by_address["jwks_uri"], by_address["jwks"]) == (f"{ISSUER}/jwks.json", None)

    keys, file = key_set(AppKey()), hibana.folder / "keys.json"
    file.write_text(json.dumps(keys), encoding="utf-8")
    by_keys = hibana.json(*ADD, "--jwks", str(file))
    assert (by_keys["jwks_uri"], by_keys["jwks"]) == (None, keys)

    assert [each["jwks"] for each in hibana.json("software-publisher", "list")] == [keys], "the later word counts"
    assert ISSUER in hibana("software-publisher", "list")


def test_a_publisher_is_removed_once(hibana: Shell) -> None:
    for _ in range(2):
        hibana(*ADD, "--jwks-uri", f"{ISSUER}/jwks.json")
        assert hibana("software-publisher", "remove", ISSUER) == f"removed {ISSUER}\n"
    assert hibana.json("software-publisher", "list") == []
    assert "no publisher" in hibana.refused("software-publisher", "remove", ISSUER)
    hibana(*ADD, "--jwks-uri", f"{ISSUER}/jwks.json")
    assert hibana.json("software-publisher", "remove", ISSUER) == {"issuer": ISSUER, "removed": True}


def test_keys_that_cannot_be_taken_are_refused(hibana: Shell) -> None:
    file = hibana.folder / "keys.json"
    file.write_bytes(b"\xff")
    assert "UTF-8" in hibana.refused(*ADD, "--jwks", str(file))
    file.write_text('{"keys": [{"kty": "oct", "k": "AAAA"}]}', encoding="utf-8")
    assert "secret" in hibana.refused(*ADD, "--jwks", str(file))
    file.write_text("[]", encoding="utf-8")
    assert "object" in hibana.refused(*ADD, "--jwks", str(file))
    assert "https" in hibana.refused(*ADD, "--jwks-uri", "http://apps.example/jwks.json")
    assert "either" in hibana.refused(*ADD)
    assert hibana.json("software-publisher", "list") == []
