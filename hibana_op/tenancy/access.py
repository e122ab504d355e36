"""Who may do what, and where: one rule, for every address of the API, every page and every command."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from hibana_op.foundation.errors import Forbidden, InvalidRecord, NotFound
from hibana_op.records.permissions import EVERYWHERE, Catalogue
from hibana_op.records.roles import DEPLOYMENT, TENANT, UNIT, Granted


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The place of an act: the deployment, a tenant, or a unit of it; and the id of the thing, where it matters."""

    tenant_id: str | None = None
    unit_path: str = ""
    resource_id: str = ""


IN_DEPLOYMENT = Where()
# In the place of a permission: for whoever holds everything in the deployment, also what the catalogue switches off.
EVERYTHING = "*"
# What every member of a tenant may: nobody is an administrator by it.
_ORDINARY = frozenset({"tenants:read"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, and everything that they hold now.

    `tenant_id`: the only tenant that a token or key made for it reaches, None where it is not confined.
    `ceiling`: the permissions that a key or token was limited to, None where it was not. `key_id`: the API key.
    """

    catalogue: Catalogue
    user_id: str | None = None
    client_id: str | None = None
    granted: tuple[Granted, ...] = ()
    tenant_id: str | None = None
    ceiling: tuple[str, ...] | None = None
    key_id: str | None = None
    is_command: bool = False


def may(actor: Actor, permission: str, where: Where) -> bool:
    """Whether somebody may do something somewhere."""
    if actor.is_command:
        return True
    if permission == EVERYTHING:
        return _holds_everything(actor) and where == IN_DEPLOYMENT
    if not is_within(actor, permission, where) or not _is_allowed_there(actor.catalogue, permission, where):
        return False
    return any(
        _gives(actor.catalogue, granted, permission, where) and _is_on(actor.catalogue, granted, permission, where)
        for granted in actor.granted
    )


def holds(actor: Actor, permission: str, where: Where) -> bool:
    """Whether somebody was given a permission somewhere, even while the catalogue switches it off.

    What may be handed out, and who is stronger, is asked so: what is switched off today may be on tomorrow.
    """
    if actor.is_command:
        return True
    return is_within(actor, permission, where) and any(
        _gives(actor.catalogue, granted, permission, where) for granted in actor.granted
    )


def is_within(actor: Actor, permission: str, where: Where) -> bool:
    """Whether a key or token, which narrow what their owner may, leaves room for this."""
    if actor.tenant_id not in (None, where.tenant_id):
        return False
    return actor.ceiling is None or _names(actor.ceiling, permission)


def require(actor: Actor, permission: str, where: Where) -> None:
    """Forbidden, unless they may."""
    if not may(actor, permission, where):
        raise Forbidden(permission)


def reaches(actor: Actor, tenant_id: str) -> bool:
    """Whether somebody may do anything at all in a tenant; to all others it does not exist."""
    if actor.is_command:
        return True
    if actor.tenant_id not in (None, tenant_id):
        return False
    return any(granted.permissions and granted.tenant_id in (None, tenant_id) for granted in actor.granted)


def paths_reached(actor: Actor, permission: str, tenant_id: str) -> tuple[str, ...]:
    """The units of a tenant, by their paths, in which and below which somebody may do something; "" is all of it."""
    inside = dict.fromkeys(each.unit_path for each in actor.granted if each.tenant_id == tenant_id)
    found = [path for path in ("", *inside) if may(actor, permission, Where(tenant_id=tenant_id, unit_path=path))]
    return ("",) if "" in found else tuple(found)


def require_reach(actor: Actor, tenant_id: str) -> None:
    """NotFound in the words of an id that does not exist, for those whom a tenant is no business of."""
    if not reaches(actor, tenant_id):
        raise NotFound(f"no tenant has the id {tenant_id}")


def check_may_grant(actor: Actor, permissions: Iterable[str], where: Where) -> None:
    """Forbidden, when somebody would hand out what they do not hold themselves there."""
    for permission in spelled_out(actor.catalogue, permissions, where):
        if not holds(actor, permission, where):
            raise Forbidden(permission)


def is_weaker(actor: Actor, held: Sequence[Granted], where: Where) -> bool:
    """Whether somebody else holds what the actor does not: whom they may not change, then.

    In a tenant everything counts that is held in it, in each place where it is held, and what the roles of the
    deployment give there; in the deployment its own roles alone.
    """
    return any(not holds(actor, permission, place) for permission, place in _strengths(actor.catalogue, held, where))


def spelled_out(catalogue: Catalogue, permissions: Iterable[str], where: Where) -> list[str]:
    """Each permission that patterns stand for in this kind of place."""
    return _spelled_out(catalogue, permissions, _level(where))


def held_in_units(catalogue: Catalogue, permissions: Iterable[str]) -> list[str]:
    """Each permission of these that counts where it is held in a unit alone."""
    return sorted(_spelled_out(catalogue, permissions, UNIT))


def check_counts(catalogue: Catalogue, role: str, permissions: Sequence[str], where: Where) -> None:
    """InvalidRecord, when a role that gives something would give nothing in a unit."""
    if where.unit_path and permissions and not held_in_units(catalogue, permissions):
        raise InvalidRecord(f"nothing that {role} gives can be held in a unit; give it in the whole tenant")


def _spelled_out(catalogue: Catalogue, permissions: Iterable[str], level: str) -> list[str]:
    wanted = tuple(permissions)
    return [
        name for kind, scope_id, name in catalogue if kind == level and scope_id == EVERYWHERE and _names(wanted, name)
    ]


def _strengths(catalogue: Catalogue, held: Sequence[Granted], where: Where) -> Iterator[tuple[str, Where]]:
    for granted in held:
        if granted.tenant_id not in (None, where.tenant_id):
            continue
        place = where if granted.tenant_id is None else _place_of(granted)
        for permission in spelled_out(catalogue, granted.permissions, place):
            if permission not in _ORDINARY and _gives(catalogue, granted, permission, place):
                yield permission, place


def _holds_everything(actor: Actor) -> bool:
    is_narrowed = actor.tenant_id is not None or (actor.ceiling is not None and EVERYTHING not in actor.ceiling)
    return not is_narrowed and any(
        granted.tenant_id is None and EVERYTHING in granted.permissions for granted in actor.granted
    )


def _level(where: Where) -> str:
    if where.tenant_id is None:
        return DEPLOYMENT
    return UNIT if where.unit_path else TENANT


def _place_of(granted: Granted) -> Where:
    return Where(tenant_id=granted.tenant_id, unit_path=granted.unit_path)


def _names(patterns: Iterable[str], permission: str) -> bool:
    noun = permission.partition(":")[0]
    return any(pattern in ("*", permission, f"{noun}:*") for pattern in patterns)


def _gives(catalogue: Catalogue, granted: Granted, permission: str, where: Where) -> bool:
    """Whether one role gives a permission in a place: a wider one reaches into the narrower, never the other way."""
    if granted.tenant_id is not None and granted.tenant_id != where.tenant_id:
        return False
    if granted.unit_path and not where.unit_path.startswith(granted.unit_path):
        return False
    is_known = (_level(_place_of(granted)), EVERYWHERE, permission) in catalogue
    return is_known and _names(granted.permissions, permission)


def _is_on(catalogue: Catalogue, granted: Granted, permission: str, where: Where) -> bool:
    """Whether a permission counts in the kind of place where it was given, for this very thing."""
    known = catalogue[_level(_place_of(granted)), EVERYWHERE, permission]
    return known.is_active and fnmatchcase(where.resource_id, known.resource_pattern)


def _is_allowed_there(catalogue: Catalogue, permission: str, where: Where) -> bool:
    """Whether the catalogue leaves a permission as it is in this very tenant, and in each unit down to the place."""
    places = [(TENANT, where.tenant_id or ""), *((UNIT, unit) for unit in where.unit_path.split("/") if unit)]
    special = [catalogue.get((kind, scope_id, permission)) for kind, scope_id in places]
    return all(
        each is None or (each.is_active and fnmatchcase(where.resource_id, each.resource_pattern)) for each in special
    )
