"""Fields that a deployment adds to people."""

from dataclasses import replace

import pytest

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.records import custom_fields, users
from hibana_op.records.custom_fields import CustomField
from hibana_op.storage.database import Database
from tests.make import a_user


def a_field(value: str | None, field_type: str = "string", user_id: str = "alice") -> CustomField:
    """The field `x` of a person."""
    return CustomField(user_id=user_id, field_name="x", field_value=value, field_type=field_type)


@pytest.mark.parametrize(
    ("text", "field_type", "value"),
    [
        ("7", "string", "7"),
        ("", "string", ""),
        (None, "number", None),
        ("7", "number", 7),
        ("-12", "number", -12),
        ("9007199254740993", "number", 9007199254740993),
        ("0.5", "number", 0.5),
        ("7.0", "number", 7.0),
        ("true", "boolean", True),
        ("false", "boolean", False),
        ("2024-02-29", "date", "2024-02-29"),
    ],
)
def test_value_has_the_type_of_its_field(text: str | None, field_type: str, value: object) -> None:
    found = custom_fields.checked(a_field(text, field_type)).value
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "field_type"),
    [
        ("", "number"),
        ("seven", "number"),
        ("nan", "number"),
        ("inf", "number"),
        ("1_000", "number"),
        (" 7", "number"),
        ("٧", "number"),
        ("7.", "number"),
        ("9" * 5000, "number"),
        ("True", "boolean"),
        ("1", "boolean"),
        ("", "boolean"),
        ("2023-02-29", "date"),
        ("20240229", "date"),
        ("2024-W09-4", "date"),
        ("yesterday", "date"),
        ("x", "json"),
    ],
)
def test_text_without_the_form_of_its_type_is_refused(text: str, field_type: str) -> None:
    with pytest.raises(InvalidRecord):
        custom_fields.checked(a_field(text, field_type))
    assert a_field(text, field_type).value is None, "and a row that was spoilt has no value"


async def test_fields_of_a_person_are_set_replaced_and_removed(db: Database) -> None:
    alice, bob = a_user(), a_user()
    for user in (alice, bob):
        await users.insert(db, user)
        await custom_fields.put(db, a_field("old", user_id=user.id))
    second = replace(a_field("true", "boolean", alice.id), field_name="a", namespace="user", searchable=False)
    await custom_fields.put(db, second)
    changed = a_field("41", "number", alice.id)
    await custom_fields.put(db, changed)

    assert await custom_fields.of_user(db, alice.id) == [second, changed]
    assert await custom_fields.delete(db, alice.id, "x")
    assert not await custom_fields.delete(db, alice.id, "x")
    assert await custom_fields.of_user(db, alice.id) == [second]
    assert len(await custom_fields.of_user(db, bob.id)) == 1


async def test_a_value_of_the_wrong_form_is_never_written(db: Database) -> None:
    alice = a_user()
    await users.insert(db, alice)
    with pytest.raises(InvalidRecord, match="is not a number"):
        await custom_fields.put(db, a_field("seven", "number", alice.id))
    assert await custom_fields.of_user(db, alice.id) == []


async def test_fields_leave_with_their_person(db: Database) -> None:
    alice = a_user()
    await users.insert(db, alice)
    await custom_fields.put(db, a_field("1", user_id=alice.id))
    await users.delete(db, alice.id)
    assert await custom_fields.of_user(db, alice.id) == []
