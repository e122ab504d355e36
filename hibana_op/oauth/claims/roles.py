"""The claims of roles and permissions: what a person holds in the tenant that they entered, else in the deployment."""

from dataclasses import asdict
from typing import Any

from hibana_op.oauth.shapes import ClaimsSource, Person, UnitRoles

PLACES = {"roles": "roles.name", "permissions": "roles.permissions", "unit_roles": "user_roles.scope_id"}


def value(person: Person, claim: str) -> Any:
    """The names of the roles, the permissions that they give, or both by unit; None for nobody in particular."""
    if claim == "unit_roles":
        return [_in_json(each) for each in person.unit_roles] or None
    return list(person.roles if claim == "roles" else person.permissions) or None


def _in_json(held: UnitRoles) -> dict[str, Any]:
    return asdict(held) | {"roles": list(held.roles), "permissions": list(held.permissions)}


SOURCE = ClaimsSource(scopes={"roles": PLACES}, value=value, is_authority=True)
