"""Standard claims by scope: OpenID Connect Core §5.1 and §5.4."""

from typing import Any

from hibana_op.oauth.shapes import ClaimsSource, Person
from hibana_op.records.users import User


def _columns(*names: str) -> dict[str, str]:
    return {name: f"users.{name}" for name in names}


def value(person: Person, claim: str) -> Any:
    """The value of a standard claim, None where the person has none."""
    user = person.user
    if claim == "address":
        return _address(user)
    if claim == "phone_number_verified" and not user.phone_number:
        return None
    found = getattr(user, claim)
    return None if found == "" else found


def _address(user: User) -> dict[str, str] | None:
    """The members that have a text (§5.1.1)."""
    return {name: text for name, text in user.address.items() if text} or None if user.address else None


SOURCE = ClaimsSource(
    scopes={
        "openid": {},
        "profile": _columns(
            "name",
            "given_name",
            "family_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ),
        "email": _columns("email", "email_verified"),
        "address": _columns("address"),
        "phone": _columns("phone_number", "phone_number_verified"),
        "offline_access": {},
    },
    value=value,
)
CLAIMS = tuple(claim for claims in SOURCE.scopes.values() for claim in claims)
