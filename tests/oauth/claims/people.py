"""People, custom fields and mappings for the tests of claims."""

from typing import Any

from hibana_op.oauth.shapes import Person
from hibana_op.records.custom_fields import CustomField
from hibana_op.records.scope_mappings import ScopeMapping
from tests.make import a_user


def a_person(*, fields: tuple[CustomField, ...] = (), roles: tuple[str, ...] = (), **changes: Any) -> Person:
    """Alice, with an address, some attributes and whatever else a test is about."""
    user = a_user(
        **{
            "email": "alice@example.com",
            "name": "Alice Yamada",
            "given_name": "Alice",
            "locale": "ja",
            "phone_number": "+81312345678",
            "address": {"country": "JP", "locality": "Tokyo"},
            "custom_attributes": {"team": "red", "tags": ["a", "b"], "deep": {"er": [{"x": 1}]}, "flag": True},
            "localized": {"name#ja": "山田アリス", "name#ja-Kana-JP": "ヤマダアリス"},
            **changes,
        }
    )
    return Person(user=user, custom_fields=fields, roles=roles)


def a_field(name: str, value: str | None, field_type: str = "string") -> CustomField:
    """A custom field of Alice."""
    return CustomField(user_id="alice", field_name=name, field_value=value, field_type=field_type)


def a_mapping(**changes: Any) -> ScopeMapping:
    """The scope `team` gives the claim `team`."""
    return ScopeMapping(
        **{
            "scope": "team",
            "claim_name": "team",
            "source_table": "users",
            "source_column": "custom_attributes.team",
            "created_at": 0,
            **changes,
        }
    )
