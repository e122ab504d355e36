"""Standard claims by scope: OpenID Connect Core §5.1 and §5.4."""

from collections.abc import Mapping
from typing import Any

from hibana_op.oauth.shapes import Person
from hibana_op.records.users import User

SCOPES: Mapping[str, tuple[str, ...]] = {
    "openid": (),
    "profile": (
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
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
    "offline_access": (),
    "roles": ("roles",),
}
CLAIMS = tuple(claim for claims in SCOPES.values() for claim in claims)
SCOPE_OF = {claim: scope for scope, claims in SCOPES.items() for claim in claims}


def value(person: Person, claim: str) -> Any:
    """The value of a standard claim or of its variant `name#ja`, None where the person has none."""
    user = person.user
    if "#" in claim:
        return user.localized.get(claim)
    if claim == "roles":
        return list(person.roles) or None
    if claim == "phone_number_verified" and user.phone_number is None:
        return None
    found = getattr(user, claim)
    return found if found != "" else None


def localized(user: User, claim: str) -> dict[str, Any]:
    """The variants of a claim in other languages and scripts, `name#ja-Kana-JP` (§5.2)."""
    prefix = f"{claim}#"
    return {name: found for name, found in user.localized.items() if name.startswith(prefix)}
