"""Fields that a deployment adds to people: typed, searchable, a source of claims."""

import re
from dataclasses import dataclass
from datetime import date

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.records.row import as_record, as_record_or_none
from hibana_op.storage.database import Session

FIELD_TYPES = ("string", "number", "date", "boolean")
FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,15})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomField:
    """One field of one person; the value rests as text and is typed when it is read."""

    user_id: str
    field_name: str
    field_value: str | None
    field_type: str = "string"
    namespace: str = "app"
    searchable: bool = True

    @property
    def value(self) -> str | int | float | bool | None:
        """The value in its own type; None where the text has not that type's form."""
        if self.field_value is None or self.field_type == "string":
            return self.field_value
        if not _has_form(self.field_value, self.field_type):
            return None
        if self.field_type == "date":
            return self.field_value
        if self.field_type == "boolean":
            return self.field_value == "true"
        # A whole number stays exact: the long ones are mostly somebody's number, and float would round them.
        return int(self.field_value) if "." not in self.field_value else float(self.field_value)


def _has_form(text: str, field_type: str) -> bool:
    if field_type == "number":
        return _NUMBER.fullmatch(text) is not None
    if field_type == "boolean":
        return text in ("true", "false")
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def checked(custom_field: CustomField) -> CustomField:
    """The field itself when its value has the form of its type, InvalidRecord otherwise."""
    text = custom_field.field_value
    if custom_field.field_type not in FIELD_TYPES:
        raise InvalidRecord(f"field type must be one of {', '.join(FIELD_TYPES)}")
    if text is None or custom_field.field_type == "string":
        return custom_field
    if not _has_form(text, custom_field.field_type):
        raise InvalidRecord(f"{custom_field.field_name}: {text!r} is not a {custom_field.field_type}")
    return custom_field


async def of_user(db: Session, user_id: str) -> list[CustomField]:
    """Every field of a person, by name."""
    rows = await db.all("SELECT * FROM user_custom_fields WHERE user_id = :id ORDER BY field_name", id=user_id)
    return [as_record(CustomField, row) for row in rows]


async def offered_to(db: Session, user_id: str) -> list[CustomField]:
    """The fields that people may fill in themselves and that this person does not have yet, without a value.

    A field that is anybody's only by an administrator's word is nobody's to add.
    """
    rows = await db.all(
        """
        SELECT field_name, MIN(field_type) AS field_type FROM user_custom_fields
        GROUP BY field_name
        HAVING MIN(namespace) = 'user' AND MIN(field_type) = MAX(field_type)
               AND MAX(CASE WHEN user_id = :id THEN 1 ELSE 0 END) = 0
        ORDER BY field_name""",
        id=user_id,
    )
    return [
        CustomField(
            user_id=user_id,
            field_name=row["field_name"],
            field_value=None,
            field_type=row["field_type"],
            namespace="user",
        )
        for row in rows
    ]


async def find(db: Session, user_id: str, field_name: str) -> CustomField | None:
    """One field of a person."""
    row = await db.one(
        "SELECT * FROM user_custom_fields WHERE user_id = :id AND field_name = :name", id=user_id, name=field_name
    )
    return as_record_or_none(CustomField, row)


async def put(db: Session, custom_field: CustomField) -> None:
    """Set one field of a person."""
    checked(custom_field)
    await db.run(
        """
        INSERT INTO user_custom_fields (user_id, field_name, field_value, field_type, namespace, searchable)
        VALUES (:user_id, :field_name, :field_value, :field_type, :namespace, :searchable)
        ON CONFLICT (user_id, field_name) DO UPDATE SET
          field_value = :field_value, field_type = :field_type, namespace = :namespace, searchable = :searchable""",
        user_id=custom_field.user_id,
        field_name=custom_field.field_name,
        field_value=custom_field.field_value,
        field_type=custom_field.field_type,
        namespace=custom_field.namespace,
        searchable=custom_field.searchable,
    )


async def delete(db: Session, user_id: str, field_name: str) -> bool:
    """Remove one field of a person."""
    return (
        await db.run(
            "DELETE FROM user_custom_fields WHERE user_id = :id AND field_name = :name",
            id=user_id,
            name=field_name,
        )
        > 0
    )
