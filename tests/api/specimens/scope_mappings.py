"""`/scope-mappings`, of the whole deployment."""

from typing import Any

from hibana_op.foundation import base64url
from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.records import scope_mappings
from hibana_op.records.scope_mappings import ScopeMapping
from tests.api.specimens import Side, Specimen


async def seed(op: Provider, side: Side) -> None:
    """A mapping whose scope is named after the side."""
    mapping = ScopeMapping(
        scope=f"team-{side.canary}",
        claim_name="team",
        source_table="user_custom_fields",
        source_column="team",
        created_at=op.now(),
    )
    await op.db.transact(lambda tx: scope_mappings.put(tx, mapping))
    side.ids["mapping"] = base64url.encode(f"{mapping.scope} team".encode())


def new(side: Side) -> dict[str, Any]:
    """A mapping of a new scope."""
    return {
        "scope": f"scope-{uuid7()}",
        "claim_name": "department",
        "source_table": "user_custom_fields",
        "source_column": "department",
        "condition": {"op": "exists", "field": "email"},
    }


ONE = {"id": "mapping"}
SPECIMENS = {
    ("GET", "/scope-mappings"): Specimen(of_tenant=False),
    ("POST", "/scope-mappings"): Specimen(of_tenant=False, body=new),
    ("GET", "/scope-mappings/{id}"): Specimen(of_tenant=False, path=ONE),
    ("PATCH", "/scope-mappings/{id}"): Specimen(
        of_tenant=False, path=ONE, body=lambda side: {"transformation": "uppercase"}
    ),
    ("DELETE", "/scope-mappings/{id}"): Specimen(of_tenant=False, path=ONE),
}
