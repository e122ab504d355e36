"""The claims of the tenant that a person entered: its id, its slug and its name."""

from typing import Any

from hibana_op.oauth.shapes import ClaimsSource, Person

PLACES = {"tenant_id": "tenants.id", "tenant": "tenants.slug", "tenant_name": "tenants.name"}


def value(person: Person, claim: str) -> Any:
    """What is said of the tenant, None outside of all."""
    tenant = person.tenant
    if tenant is None:
        return None
    return {"tenant_id": tenant.tenant_id, "tenant": tenant.slug, "tenant_name": tenant.name}[claim]


SOURCE = ClaimsSource(scopes={"tenant": PLACES}, value=value, is_authority=True)
