"""A person as the commands show them to administrators."""

from typing import Any

from hibana_op.cli import lost_factors as lost_factors_command
from hibana_op.login import lost_factors, throttle
from hibana_op.provider import Provider
from hibana_op.records import credentials, lockouts, roles, sessions, user_identities
from hibana_op.records.users import User

_CLAIMS = (
    *("name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture"),
    *("website", "gender", "birthdate", "zoneinfo", "locale", "phone_number", "phone_number_verified", "address"),
)
_ACCOUNT = (
    *("status", "kind", "parent_user_id", "membership", "logins_count", "last_login_at", "created_at", "updated_at"),
)


async def described(op: Provider, each: User) -> dict[str, Any]:
    """A person with what the administrator needs to know; never a credential."""
    now = op.now()
    return {
        **record(each),
        "roles": await roles.names_of_user(op.db, each.id),
        "has_password": await credentials.find_password_hash(op.db, each.id) is not None,
        **lost_factors_command.described(await lost_factors.set_up(op.db, each.id, now=now)),
        "identities": [
            {"provider_id": link.provider_id, "email": link.email, "last_used_at": link.last_used_at}
            for link in await user_identities.of_user(op.db, each.id)
        ],
        "sessions": len(await sessions.live_of_user(op.db, each.id, now=now)),
        "locked_until": await lockouts.locked_until(op.db, throttle.subject_of_user(each.id), now=now),
    }


def record(each: User) -> dict[str, Any]:
    """What is known of a person; claims that they have not are left out."""
    found: dict[str, Any] = {"id": each.id, "email": each.email, "email_verified": each.email_verified}
    for name in _CLAIMS + _ACCOUNT:
        value = getattr(each, name)
        if value is not None or name == "name":
            found[name] = value
    return {**found, **each.localized}
