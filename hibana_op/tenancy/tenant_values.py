"""What a tenant may be called and hold: each value by its own form."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from hibana_op.foundation.clock import LAST_MOMENT
from hibana_op.foundation.errors import InvalidRecord
from hibana_op.foundation.ids import is_uuid
from hibana_op.foundation.printable import is_line
from hibana_op.records import tenant_settings

# Names that addresses of ours begin with, or that people would take for us.
RESERVED = frozenset(
    {
        *("account", "accounts", "admin", "api", "app", "apps", "assets", "auth", "authorize", "cdn", "consent"),
        *("console", "default", "dev", "device", "docs", "federation", "help", "hibana", "id", "idp", "invite"),
        *("join", "jwks", "login", "logout", "mail", "mcp", "oauth", "oidc", "public", "recover", "register", "reset"),
        *("role-template", "root", "saml", "scim", "security", "setup", "sign-in", "sign-up", "signin", "signup"),
        *("sso", "static", "status", "support", "system", "tenant", "tenants", "token", "userinfo", "well-known"),
        "www",
    }
)
TYPES = ("logistics", "delivery", "warehouse", "other")
SIZES = ("small", "medium", "large", "enterprise")
PLANS = ("free", "basic", "standard", "premium", "unlimited")
LICENSES = ("trial", "paid")
# What is the service provider's to change, not the tenant's.
PLAN = frozenset({"plan", "plan_started_at", "plan_expires_at", "license_type", "license_expires_at", "max_users"})
LONGEST_NAME, LONGEST_TEXT = 100, 1000
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])")


def check_slug(slug: str) -> str:
    """The name of a tenant in addresses: it may be the label of a host."""
    if not _SLUG.fullmatch(slug) or slug[2:4] == "--":
        raise InvalidRecord("a slug has 2 to 63 small letters, digits and hyphens; no hyphen stands first or last")
    if is_uuid(slug):
        raise InvalidRecord("a slug does not look like an id")
    if slug in RESERVED:
        raise InvalidRecord(f"the slug {slug} is reserved")
    return slug


def check_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a Tenant that may be chosen; InvalidRecord names the first that is wrong."""
    found = {}
    for name, value in values.items():
        check = _CHECKS.get(name)
        if check is None:
            raise InvalidRecord(f"{name[:80]} is nothing that may be chosen of a tenant")
        found[name] = check(name, value)
    return found


def check_line(name: str, value: Any, *, longest: int = LONGEST_NAME) -> str:
    """A name: one printable line, not an empty one."""
    text = value.strip() if isinstance(value, str) else ""
    if not 1 <= len(text) <= longest or not is_line(text):
        raise InvalidRecord(f"{name} must be one line of up to {longest} characters")
    return text


def check_text(name: str, value: Any) -> str:
    """A description: it may have several lines, and be empty."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or not is_line(value.replace("\n", "")):
        raise InvalidRecord(f"{name} must be text of up to {LONGEST_TEXT} characters")
    return value


def one_of(name: str, value: Any, known: Collection[str]) -> str:
    """One of a few words."""
    if value not in known:
        raise InvalidRecord(f"{name} must be one of {', '.join(known)}")
    return str(value)


def _choice(known: Collection[str], *, optional: bool = False) -> Callable[[str, Any], Any]:
    def check(name: str, value: Any) -> Any:
        return None if optional and value is None else one_of(name, value, known)

    return check


def _moment(name: str, value: Any) -> int | None:
    if value is not None and (type(value) is not int or not 0 <= value <= LAST_MOMENT):
        raise InvalidRecord(f"{name} must be a moment in seconds since 1970")
    return None if value is None else int(value)


def _number(name: str, value: Any) -> int | None:
    if value is not None and (type(value) is not int or not 1 <= value <= 10_000_000):
        raise InvalidRecord(f"{name} must be a number from 1 to 10000000, or nothing for no limit")
    return None if value is None else int(value)


def _settings(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidRecord("settings must be a JSON object")
    return tenant_settings.as_json_object(tenant_settings.chosen(value))


_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "name": check_line,
    "description": check_text,
    "tenant_type": _choice(TYPES, optional=True),
    "company_size": _choice(SIZES, optional=True),
    "plan": _choice(PLANS),
    "plan_started_at": _moment,
    "plan_expires_at": _moment,
    "license_type": _choice(LICENSES),
    "license_expires_at": _moment,
    "max_users": _number,
    "settings": _settings,
}
