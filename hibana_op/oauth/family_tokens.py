"""What a code or refresh token of a family may become: never more than was approved (RFC 6749 §6, RFC 8707 §2.2)."""

from hibana_op.foundation.errors import AccessDenied, InvalidGrant, InvalidScope, InvalidTarget
from hibana_op.foundation.explanation import Explanation
from hibana_op.foundation.origin import Origin
from hibana_op.oauth import targets
from hibana_op.oauth.call import Form
from hibana_op.oauth.claims import load_person
from hibana_op.oauth.shapes import Person
from hibana_op.provider import Provider
from hibana_op.records import ip_allowlists, resources, token_families
from hibana_op.records.clients import Client
from hibana_op.records.resources import ResourceServer
from hibana_op.records.token_families import TokenFamily
from hibana_op.storage.database import Session


async def requested_resource(op: Provider, client: Client, form: Form) -> ResourceServer | None:
    """The resource that a token request names, if it names one."""
    found = await targets.find_resources(op, client, form.every("resource"))
    if len(found) > 1:
        because = Explanation("resource_ambiguous", sent=" ".join(form.every("resource")), parameter="resource")
        raise InvalidTarget("a token is for one resource: name exactly one in the resource parameter", because=because)
    return found[0] if found else None


async def load(tx: Session, op: Provider, family_id: str, origin: Origin) -> tuple[TokenFamily, Person]:
    """The family and its person, while both count, for a caller whom their tenant lets act from there."""
    family = await token_families.find_live(tx, family_id, now=op.now())
    person = await load_person(tx, family.user_id, now=op.now(), membership_id=family.membership_id) if family else None
    if family is None or person is None:
        raise InvalidGrant(
            "the approval was withdrawn, has ended, or the person may no longer sign in",
            because=Explanation("approval_ended"),
        )
    if family.tenant_id is not None:
        await check_address(tx, family.tenant_id, family.user_id, origin)
    return family, person


async def check_address(tx: Session, tenant_id: str, user_id: str | None, origin: Origin) -> None:
    """AccessDenied, where a tenant lets nobody, or not this person, act from the caller's address."""
    if not await ip_allowlists.allows(tx, tenant_id, user_id, origin.ip):
        because = Explanation("address_not_allowed", sent=origin.ip)
        raise AccessDenied("the tenant does not allow this from your address", because=because)


async def chosen_resource(
    tx: Session, family: TokenFamily, requested: ResourceServer | None, *, now: int
) -> ResourceServer | None:
    """What the access token is for: the named resource, or the only one that was approved."""
    if requested is not None:
        if requested.identifier not in family.resources:
            because = Explanation("resource_beyond_approval", family.resources, requested.identifier, "resource")
            raise InvalidTarget("resource is not among those that were approved", because=because)
        return requested
    if not family.resources:
        return None
    if len(family.resources) > 1:
        because = Explanation("resource_ambiguous", family.resources, parameter="resource")
        raise InvalidTarget("several resources were approved: name one in the resource parameter", because=because)
    resource = await resources.find_by_identifier(tx, family.resources[0], now=now)
    if resource is None:
        because = Explanation("resource_unknown", sent=family.resources[0])
        raise InvalidTarget("the resource that was approved is no longer registered", because=because)
    return resource


def narrowed_scopes(family: TokenFamily, requested: tuple[str, ...]) -> tuple[str, ...]:
    """The scopes of the new tokens: those asked for, all of them approved, or simply those approved."""
    if not requested:
        return family.scopes
    for scope in requested:
        if scope not in family.scopes:
            because = Explanation("scope_beyond_approval", (" ".join(family.scopes),), " ".join(requested), "scope")
            description = f"scope {scope} was not approved; a refresh may only narrow (RFC 6749 §6)"
            raise InvalidScope(description, because=because)
    return requested
