"""What a mapping may read: listed columns and JSON paths, never SQL and never a secret (row R05)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.oauth.claims import sources
from tests.oauth.claims.people import a_field, a_person

ALICE = a_person(
    fields=(a_field("rank", "7", "number"), a_field("team", "blue"), a_field("half", "0.5", "number")),
    roles=("admin",),
    membership="premium",
)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("users", "email", "alice@example.com"),
        ("users", "email_verified", False),
        ("users", "updated_at", 1_800_000_000),
        ("users", "membership", "premium"),
        ("users", "nickname", None),
        ("users", "last_login_at", None),
        ("users", "phone_number_verified", False),
        ("users", "address", {"country": "JP", "locality": "Tokyo"}),
        ("users", "address.country", "JP"),
        ("users", "address.postal_code", None),
        ("users", "custom_attributes.team", "red"),
        ("users", "custom_attributes.tags", ["a", "b"]),
        ("users", "custom_attributes.tags[0]", "a"),
        ("users", "custom_attributes.tags[9]", None),
        ("users", "custom_attributes.tags.x", None),
        ("users", "custom_attributes.team[0]", None),
        ("users", "custom_attributes.deep.er[0].x", 1),
        ("users", "custom_attributes.no.such.path", None),
        ("user_custom_fields", "rank", 7),
        ("user_custom_fields", "half", 0.5),
        ("user_custom_fields", "custom.team", "blue"),
        ("user_custom_fields", "unknown", None),
    ],
)
def test_value_is_read_in_its_own_type(table: str, column: str, value: Any) -> None:
    sources.check(table, column)

    found = sources.read(ALICE, table, column)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("user_credentials", "password_hash"),
        ("oauth_clients", "client_secret_hash"),
        ("sessions", "token_hash"),
        ("", "email"),
        ("users; --", "email"),
        ("users", "password_hash"),
        ("users", "totp_secret"),
        ("users", "refresh_token"),
        ("users", "roles"),
        ("users", "id"),
        ("users", "last_ip"),
        ("users", "email_key"),
        ("users", "__class__"),
        ("users", "custom_attributes.__class__."),
        ("users", "email.domain"),
        ("users", "$.a'--"),
        ("users", "custom_attributes->>'x'"),
        ("users", "custom_attributes['x']"),
        ("users", "custom_attributes[-1]"),
        ("users", "custom_attributes..x"),
        ("users", ".x"),
        ("users", "custom_attributes.a.b.c.d.e.f"),
        ("users", "email "),
        ("users", "email\n"),
        ("users", ""),
        ("user_custom_fields", ""),
        ("user_custom_fields", "a.b"),
        ("user_custom_fields", "a'--"),
        ("user_custom_fields", "x" * 65),
        ("user_custom_fields", "custom."),
        ("user_custom_fields", "password_hash"),
        ("user_custom_fields", "custom.api_token"),
        ("user_custom_fields", "Secret"),
        ("users", "custom_attributes.totp_secret"),
        ("users", "custom_attributes.tokens[0]"),
        ("users", "custom_attributes.secret.answer"),
    ],
)
def test_R05_nothing_else_may_be_read(table: str, column: str) -> None:
    with pytest.raises(InvalidRecord):
        sources.check(table, column)


paths = st.text(max_size=40) | st.from_regex(r"(address|custom_attributes)[.\[\]a-z0-9]*")


@given(st.sampled_from(sources.TABLES), paths)
def test_R05_whatever_may_be_read_can_be_read(table: str, column: str) -> None:
    try:
        sources.check(table, column)
    except InvalidRecord:
        return
    sources.read(ALICE, table, column)


@pytest.mark.parametrize("value", [None, {}, [], "text", 7])
def test_R06_a_root_of_another_shape_has_no_paths(value: Any) -> None:
    person = a_person(custom_attributes=value, address=None)

    for path in ("custom_attributes.team", "custom_attributes[0]", "address.country"):
        assert sources.read(person, "users", path) is None
