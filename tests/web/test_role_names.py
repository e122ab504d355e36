"""What roles are called: ours in the reader's language, every other as it was named."""

from dataclasses import replace

import pytest

from hibana_op.foundation.ids import uuid7
from hibana_op.records import roles
from hibana_op.records.memberships import ROLES
from hibana_op.records.roles import Role
from hibana_op.records.tenants import ROLE_TEMPLATE, SYSTEM
from hibana_op.web.role_names import BROUGHT, called, of_member
from hibana_op.web.words import LANGUAGES, catalogue
from tests.deployment import Deployment
from tests.flows.conftest import deployment_on_sqlite

__all__ = ["deployment_on_sqlite"]

OURS = Role(
    id=uuid7(),
    tenant_id="1",
    name="tenant_owner",
    display_name=BROUGHT["tenant_owner"],
    description="",
    is_system_role=True,
    permissions_json="[]",
    requires_acr=None,
    created_at=0,
    updated_at=0,
)


async def test_every_role_that_the_migrations_bring_is_known_by_the_name_they_give_it(
    deployment_on_sqlite: Deployment,
) -> None:
    db = deployment_on_sqlite.op.db
    brought = [*await roles.every(db, SYSTEM), *await roles.every(db, ROLE_TEMPLATE)]
    assert {each.name: each.display_name for each in brought} == BROUGHT


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_one_of_them_has_words_and_no_other(language: str) -> None:
    named = {key.removeprefix("role.") for key in catalogue(language) if key.startswith("role.")}
    assert named == BROUGHT.keys()
    assert all(of_member(language, each) for each in ROLES)


def test_ours_are_called_in_the_readers_language() -> None:
    assert (called("en", OURS), called("ja", OURS)) == ("Owner", "オーナー")
    assert of_member("en", "owner") == "Owner"


def test_a_name_that_a_deployment_gave_stands_in_every_language() -> None:
    for role in (
        replace(OURS, display_name="Captain"),
        replace(OURS, name="captain", display_name="Captain", is_system_role=False),
        replace(OURS, display_name="Captain", is_system_role=False),
    ):
        assert {called(language, role) for language in LANGUAGES} == {"Captain"}
    assert called("ja", replace(OURS, name="desk", display_name="", is_system_role=False)) == "desk"
