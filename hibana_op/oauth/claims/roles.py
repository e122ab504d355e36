"""The claims `roles` and `permissions`: what a person holds in the tenant that they entered, else in the deployment."""

from typing import Any

from hibana_op.oauth.shapes import ClaimsSource, Person


def value(person: Person, claim: str) -> Any:
    """The names of the roles or the permissions that they give, None for nobody in particular."""
    return list(person.roles if claim == "roles" else person.permissions) or None


SOURCE = ClaimsSource(
    scopes={"roles": {"roles": "roles.name", "permissions": "roles.permissions"}}, value=value, is_authority=True
)
