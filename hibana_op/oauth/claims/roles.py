"""The claim `roles`: the names of the roles that a person holds in the deployment."""

from typing import Any

from hibana_op.oauth.shapes import ClaimsSource, Person


def value(person: Person, claim: str) -> Any:
    """The names, None for nobody in particular."""
    return list(person.roles) or None


SOURCE = ClaimsSource(scopes={"roles": {"roles": "roles.name"}}, value=value, is_authority=True)
