"""What claims are made from, read from the database; and that nothing hostile ever becomes SQL (row R05)."""

from typing import Any

from hibana_op.oauth.claims import load_person, userinfo_claims
from hibana_op.oauth.shapes import ClaimsRequest
from hibana_op.records import custom_fields, roles, scope_mappings, users
from hibana_op.records.scope_mappings import ScopeMapping
from hibana_op.storage.database import Database, HeldRow, Row
from tests.make import a_user
from tests.oauth.claims.people import a_mapping
from tests.records.conftest import db

__all__ = ["db"]
HOSTILE = "x' OR 1=1; DROP TABLE users; --"


class Recorded:
    """A session that writes down which statements run."""

    def __init__(self, inner: Database) -> None:
        self._inner = inner
        self.statements: list[str] = []

    async def one(self, sql: str, **args: object) -> Row | None:
        """The first row."""
        self.statements.append(sql)
        return await self._inner.one(sql, **args)

    async def all(self, sql: str, **args: object) -> list[Row]:
        """Every row."""
        self.statements.append(sql)
        return await self._inner.all(sql, **args)

    async def run(self, sql: str, **args: object) -> int:
        """Change something."""
        self.statements.append(sql)
        return await self._inner.run(sql, **args)

    async def hold(self, row: HeldRow) -> dict[str, Any] | None:
        """Hold a row."""
        self.statements.append(row.read)
        return await self._inner.hold(row)


async def test_person_is_loaded_with_fields_and_roles(db: Database) -> None:
    user = a_user()
    await users.insert(db, user)
    age = custom_fields.CustomField(user_id=user.id, field_name="age", field_value="41", field_type="number")
    await custom_fields.put(db, age)
    await roles.assign(db, user.id, "admin", now=1)

    person = await load_person(db, user.id, now=1_800_000_000)

    assert person is not None
    assert (person.user, person.custom_fields, person.roles) == (user, (age,), ("admin",))
    assert await load_person(db, "nobody", now=1_800_000_000) is None


async def test_R05_statements_are_the_same_whatever_a_mapping_says(db: Database) -> None:
    user = a_user(custom_attributes={HOSTILE: HOSTILE, "team": "red"})
    await users.insert(db, user)

    ordinary = await _statements(db, user.id, a_mapping())
    condition = {"op": "eq", "field": HOSTILE, "value": HOSTILE}
    hostile = await _statements(db, user.id, a_mapping(claim_name=HOSTILE, source_column=HOSTILE, condition=condition))

    assert hostile == ordinary
    assert not any(HOSTILE in statement for statement in hostile)
    assert await load_person(db, HOSTILE, now=1_800_000_000) is None
    assert await users.find(db, user.id) == user


async def _statements(db: Database, user_id: str, mapping: ScopeMapping) -> list[str]:
    """Every statement that runs from writing a mapping, unchecked, to the claims it gives, and its removal."""
    recorded = Recorded(db)
    await scope_mappings.put(recorded, mapping)
    mappings = await scope_mappings.every(recorded)
    person = await load_person(recorded, user_id, now=1_800_000_000)
    assert person is not None
    found = userinfo_claims(person, scopes=("team",), request=ClaimsRequest(), mappings=mappings)
    assert found in ({}, {"team": "red"})
    await scope_mappings.delete(recorded, mapping.scope, mapping.claim_name)
    return recorded.statements
