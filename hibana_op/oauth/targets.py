"""Which scopes and resources a request may name: RFC 6749 §3.3 and RFC 8707 §2."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hibana_op.foundation.errors import InvalidScope, InvalidTarget
from hibana_op.foundation.explanation import Explanation
from hibana_op.oauth.claims import supported_scopes
from hibana_op.provider import Provider
from hibana_op.records.clients import Client
from hibana_op.records.resources import ResourceServer

MOST_SCOPES = 50
MOST_RESOURCES = 10
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^#]+")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


@dataclass(frozen=True, slots=True)
class Target:
    """What was asked for, all of it known and allowed for the client."""

    scopes: tuple[str, ...]
    resources: tuple[ResourceServer, ...]


def split_scope(scope: str | None) -> tuple[str, ...]:
    """The scope values in their order, each once."""
    values = tuple(dict.fromkeys(scope.split(" "))) if scope else ()
    values = tuple(value for value in values if value)
    if len(values) > MOST_SCOPES:
        because = Explanation("scope_malformed", (f"at most {MOST_SCOPES} values",), f"{len(values)} values", "scope")
        raise InvalidScope(f"scope names more than {MOST_SCOPES} values", because=because)
    for value in values:
        if not _SCOPE.fullmatch(value):
            because = Explanation("scope_malformed", sent=value, parameter="scope")
            raise InvalidScope("scope holds a character that RFC 6749 §3.3 does not allow", because=because)
    return values


async def find_resources(op: Provider, client: Client, identifiers: Sequence[str]) -> tuple[ResourceServer, ...]:
    """The resources that `resource` parameters name; InvalidTarget for one that is malformed or unknown.

    To a client of a tenant another tenant's resources are unknown, unless a grant opens them to it.
    """
    if len(identifiers) > MOST_RESOURCES:
        because = Explanation("resource_malformed", (f"at most {MOST_RESOURCES}",), str(len(identifiers)), "resource")
        raise InvalidTarget(f"more than {MOST_RESOURCES} resources are named", because=because)
    found = []
    for identifier in dict.fromkeys(identifiers):
        if not _ABSOLUTE.fullmatch(identifier):
            because = Explanation("resource_malformed", sent=identifier, parameter="resource")
            raise InvalidTarget("resource must be an absolute URI without a fragment", because=because)
        resource = await op.remembered.resource(identifier)
        if resource is None or not await _is_known_to(op, client, resource):
            there = await op.remembered.every_resource()
            known = tuple([each.identifier for each in there if await _is_known_to(op, client, each)])
            because = Explanation("resource_unknown", known, identifier, "resource")
            raise InvalidTarget("resource is not registered here", because=because)
        found.append(resource)
    return tuple(found)


async def _is_known_to(op: Provider, client: Client, resource: ResourceServer) -> bool:
    if client.tenant_id is None or resource.tenant_id in (None, client.tenant_id):
        return True
    return resource.id in await op.remembered.grants(client.client_id)


def _is_elsewhere(tenant_id: str | None, resource: ResourceServer) -> bool:
    """Whether a resource is not the tenant's whose client asks: what that tenant registered counts for nothing there.

    Of our own API a client cannot have more than whoever gave it the scope may do in the tenant.
    """
    return tenant_id is not None and resource.tenant_id != tenant_id and not resource.is_own


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a client may have on behalf of a person, as things stand now."""

    account: frozenset[str]
    registered: frozenset[str] | None
    grants: Mapping[str, frozenset[str]]
    tenant_id: str | None = None

    def at(self, resource: ResourceServer) -> frozenset[str]:
        """The scopes at one resource: a client grant decides, else what the client is registered with.

        A client that is registered for no scopes in particular has all of them, but not those of our own API. A
        client of a tenant has those of other APIs than the tenant's by a grant alone.
        """
        registered = frozenset[str]() if _is_elsewhere(self.tenant_id, resource) else self.registered
        allowed = self.grants.get(resource.id, registered)
        if allowed is None and resource.is_own:
            return frozenset()
        return resource.scope_values if allowed is None else resource.scope_values & allowed

    def applied(self, scopes: Sequence[str], resource: ResourceServer | None) -> tuple[str, ...]:
        """Those of the approved scopes that one access token carries: never another resource's (RFC 8707 §2.2)."""
        allowed = self.account | (self.at(resource) if resource else frozenset())
        return tuple(scope for scope in scopes if scope in allowed)


async def read_ceiling(op: Provider, client: Client) -> Ceiling:
    """The ceiling of a client, read anew for every token, so that a withdrawn right is withdrawn from the next."""
    known = await account_scopes(op)
    registered = None if client.scope is None else frozenset(client.scope.split())
    account = known if registered is None else known & registered
    # Whoever registered a client that nobody here has verified gets an API's scopes only by a grant.
    of_resources = registered if client.verified else frozenset()
    return Ceiling(account, of_resources, await op.remembered.grants(client.client_id), client.tenant_id)


async def account_scopes(op: Provider) -> frozenset[str]:
    """The scopes about people's accounts; one that an API owns stays the API's when a mapping lets it give claims."""
    known = supported_scopes(await op.remembered.mappings())
    return frozenset(known).difference(*(each.scope_values for each in await op.remembered.every_resource()))


async def for_person(op: Provider, client: Client, *, scope: str | None, resources: Sequence[str]) -> Target:
    """What a client may ask a person for. A client grant, where there is one, is the ceiling at its resource."""
    found = await find_resources(op, client, resources)
    ceiling = await read_ceiling(op, client)
    allowed = ceiling.account.union(*(ceiling.at(resource) for resource in found))
    scopes = split_scope(scope)
    _check(scopes, allowed)
    return Target(_without_idle_offline(scopes, client, found), found)


def _without_idle_offline(
    scopes: tuple[str, ...], client: Client, resources: Sequence[ResourceServer]
) -> tuple[str, ...]:
    """Leave out offline_access where it can have no effect (OpenID Connect Core §11)."""
    usable = "refresh_token" in client.grant_types and all(each.allow_offline_access for each in resources)
    return scopes if usable else tuple(scope for scope in scopes if scope != "offline_access")


async def for_client(op: Provider, client: Client, *, scope: str | None, resources: Sequence[str]) -> Target:
    """What a client may have in its own name.

    Client grants decide, as soon as there is one; a client without any has the scopes it was registered with.
    Without a `resource` the only granted one is meant; a client without grants then gets a token for this
    provider, which opens nothing by itself.
    """
    grants = await op.remembered.grants(client.client_id)
    found = await find_resources(op, client, resources)
    if not found and grants:
        found = await _only_granted(op, grants)
    if len(found) > 1:
        because = Explanation("resource_ambiguous", sent=" ".join(resources), parameter="resource")
        raise InvalidTarget("a token is for one resource: name exactly one in the resource parameter", because=because)
    registered = _registered_by_an_administrator(client)
    if not found:
        allowed = registered - set(supported_scopes(await op.remembered.mappings()))
    elif not grants and not _is_elsewhere(client.tenant_id, found[0]):
        allowed = registered & found[0].scope_values
    elif found[0].id in grants:
        allowed = grants[found[0].id] & found[0].scope_values
    else:
        because = Explanation("resource_not_granted", sent=found[0].identifier, parameter="resource")
        raise InvalidTarget(
            "this client has no grant for this resource; `hibana resource allow` gives one", because=because
        )
    scopes = split_scope(scope) or tuple(sorted(allowed))
    _check(scopes, allowed)
    return Target(scopes, found)


async def _only_granted(op: Provider, grants: Mapping[str, frozenset[str]]) -> tuple[ResourceServer, ...]:
    if len(grants) > 1:
        because = Explanation("resource_ambiguous", parameter="resource")
        raise InvalidTarget(
            "this client has grants for several resources: name one in the resource parameter", because=because
        )
    resource = await op.remembered.resource_by_id(next(iter(grants)))
    if resource is None:
        because = Explanation("resource_unknown", parameter="resource")
        raise InvalidTarget("the resource that this client has a grant for is not open now", because=because)
    return (resource,)


def _registered_by_an_administrator(client: Client) -> frozenset[str]:
    """A client that registered itself cannot give itself scopes this way."""
    trusted = client.registration in ("static", "import")
    return frozenset(client.scope.split()) if trusted and client.scope else frozenset()


def _check(scopes: Sequence[str], allowed: set[str] | frozenset[str]) -> None:
    for value in scopes:
        if value not in allowed:
            because = Explanation("scope_not_allowed", (" ".join(sorted(allowed)),), value, "scope")
            raise InvalidScope(f"scope {value} is not known here or not allowed for this client", because=because)
