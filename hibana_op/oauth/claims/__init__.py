"""Claims about people: from standard scopes, the `claims` parameter, roles and scope mappings."""

from collections.abc import Collection, Sequence
from typing import Any

from hibana_op.oauth.claims import preview as places
from hibana_op.oauth.claims.by_scope import CLAIMS, OF_CLAIM, SOURCES
from hibana_op.oauth.claims.explained import Explained, present
from hibana_op.oauth.claims.mapped import PROTECTED, check_mapping
from hibana_op.oauth.claims.parameter import (
    implied_scopes,
    parse_claims_parameter,
    wanted_subjects,
    wanted_values,
    within,
)
from hibana_op.oauth.claims.preview import Preview, preview
from hibana_op.oauth.shapes import ClaimsRequest, Person, UnitRoles
from hibana_op.records import custom_fields, memberships, roles, units, users
from hibana_op.records.roles import Granted
from hibana_op.records.scope_mappings import ScopeMapping
from hibana_op.storage.database import Session

# What ID tokens carry of the protocol itself.
_PROTOCOL_CLAIMS = ("sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "amr", "nonce", "sid")


async def load_person(db: Session, user_id: str, *, now: int, membership_id: str | None = None) -> Person | None:
    """Everything that claims about a person are made from; the caller decides whether they may have any.

    With a membership, whose owner has seen to it that it counts, the roles are those of its tenant. Apps take
    them to count in all of it, so what is held in a unit alone is told apart.
    """
    user = await users.find(db, user_id)
    if user is None:
        return None
    tenant = await memberships.as_seen(db, membership_id, user_id=user_id) if membership_id else None
    held = await roles.held_by(db, user_id, tenant_id=tenant.tenant_id if tenant else None, now=now)
    everywhere = [each for each in held if not each.unit_path]
    return Person(
        user=user,
        custom_fields=tuple(await custom_fields.of_user(db, user_id)),
        roles=tuple(each.role for each in everywhere),
        permissions=_given_by(everywhere),
        unit_roles=await _held_in_units(db, tenant.tenant_id, held) if tenant else (),
        tenant=tenant,
    )


async def _held_in_units(db: Session, tenant_id: str, held: Sequence[Granted]) -> tuple[UnitRoles, ...]:
    by_path: dict[str, list[Granted]] = {}
    for each in held:
        if each.unit_path:
            by_path.setdefault(each.unit_path, []).append(each)
    return tuple(
        UnitRoles(
            unit_id=unit.id,
            unit_code=unit.code,
            roles=tuple(each.role for each in by_path[unit.path]),
            permissions=_given_by(by_path[unit.path]),
        )
        for unit in await units.of_paths(db, tenant_id, list(by_path))
    )


def _given_by(held: Sequence[Granted]) -> tuple[str, ...]:
    return tuple(sorted({permission for each in held for permission in each.permissions}))


def userinfo_claims(
    person: Person,
    *,
    scopes: Collection[str],
    request: ClaimsRequest,
    mappings: Sequence[ScopeMapping],
    faults: list[Explained] | None = None,
) -> dict[str, Any]:
    """The userinfo answer, without `sub`; mappings that cannot be followed are added to `faults`."""
    found = places.explain_userinfo(person, scopes=scopes, request=request, mappings=mappings)
    return _given(found, mappings, faults)


def id_token_claims(
    person: Person,
    *,
    scopes: Collection[str],
    request: ClaimsRequest,
    mappings: Sequence[ScopeMapping],
    faults: list[Explained] | None = None,
) -> dict[str, Any]:
    """What the ID token says of a person beside the protocol's own claims."""
    found = places.explain_id_token(person, scopes=scopes, request=request, mappings=mappings)
    return _given(found, mappings, faults)


def access_token_claims(
    person: Person,
    *,
    scopes: Collection[str],
    resource_scopes: Collection[str],
    mappings: Sequence[ScopeMapping],
    faults: list[Explained] | None = None,
) -> dict[str, Any]:
    """What an access token for a resource says of a person."""
    found = places.explain_access_token(person, scopes=scopes, resource_scopes=resource_scopes, mappings=mappings)
    return _given(found, mappings, faults)


def _given(found: list[Explained], mappings: Sequence[ScopeMapping], faults: list[Explained] | None) -> dict[str, Any]:
    if mappings and faults is not None:
        faults += (each for each in found if each.is_fault)
    return present(found)


def supported_scopes(mappings: Sequence[ScopeMapping]) -> list[str]:
    """The scopes of the account itself, for discovery and requests."""
    return list(dict.fromkeys([*CLAIMS, *(mapping.scope for mapping in mappings)]))


def supported_claims(mappings: Sequence[ScopeMapping]) -> list[str]:
    """The claims there can be, for discovery."""
    return list(dict.fromkeys([*_PROTOCOL_CLAIMS, *OF_CLAIM, *(each.claim_name for each in mappings)]))


__all__ = [
    "PROTECTED",
    "SOURCES",
    "Explained",
    "Preview",
    "access_token_claims",
    "check_mapping",
    "id_token_claims",
    "implied_scopes",
    "load_person",
    "parse_claims_parameter",
    "preview",
    "supported_claims",
    "supported_scopes",
    "userinfo_claims",
    "wanted_subjects",
    "wanted_values",
    "within",
]
