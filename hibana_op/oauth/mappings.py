"""What administrators do with claims: set mappings, and look at what they would give."""

from dataclasses import dataclass

from hibana_op.foundation.errors import Conflict, NotFound
from hibana_op.foundation.events import ScopeMappingChanged
from hibana_op.foundation.origin import Origin
from hibana_op.oauth import subjects, targets
from hibana_op.oauth.claims import Preview, check_mapping, load_person, preview
from hibana_op.oauth.shapes import ClaimsRequest
from hibana_op.provider import Provider
from hibana_op.records import clients, memberships, scope_mappings
from hibana_op.records.scope_mappings import ScopeMapping
from hibana_op.storage.database import Session


async def put_mapping(op: Provider, mapping: ScopeMapping, origin: Origin, *, is_new: bool = False) -> None:
    """Set which claim a scope gives, once it is known to be sound; Conflict for a new one that is there already."""
    check_mapping(mapping)

    async def write(tx: Session) -> None:
        if is_new and await _is_there(tx, mapping):
            raise Conflict(f"the scope {mapping.scope} gives the claim {mapping.claim_name} already")
        await scope_mappings.put(tx, mapping)
        event = ScopeMappingChanged(target_id=f"{mapping.scope} {mapping.claim_name}", change="set")
        await op.emit(tx, event, origin)

    await op.db.transact(write)


async def _is_there(tx: Session, mapping: ScopeMapping) -> bool:
    found = await scope_mappings.page(tx, scope=mapping.scope, claim_name=mapping.claim_name, limit=1)
    return bool(found)


async def delete_mapping(op: Provider, scope: str, claim_name: str, origin: Origin) -> None:
    """Let a scope no longer give a claim."""

    async def write(tx: Session) -> None:
        if not await scope_mappings.delete(tx, scope, claim_name):
            raise NotFound(f"the scope {scope} has no mapping for the claim {claim_name}")
        await op.emit(tx, ScopeMappingChanged(target_id=f"{scope} {claim_name}", change="removed"), origin)

    await op.db.transact(write)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whose claims, for which client, with which scopes and for which resource."""

    user_id: str
    client_id: str
    scope: str
    resource: str | None = None
    tenant: str | None = None  # the slug of the one that the person would enter


async def preview_for(op: Provider, question: Question) -> Preview:
    """What a sign-in would put into each token; the client's own limits apply as they would then."""
    client = await clients.get(op.db, question.client_id)
    membership_id = await _membership(op, question)
    person = await load_person(op.db, question.user_id, now=op.now(), membership_id=membership_id)
    if person is None:
        raise NotFound(f"no person has the id {question.user_id}")
    resources = [question.resource] if question.resource else []
    target = await targets.for_person(op, client, scope=question.scope, resources=resources)
    of_resource = target.resources[0].scope_values if target.resources else frozenset[str]()
    shown = preview(
        person,
        scopes=target.scopes,
        request=ClaimsRequest(),
        resource_scopes=of_resource,
        mappings=await op.remembered.mappings(),
    )
    sub = subjects.subject(op, client, person.user.id)
    return shown.about(sub, source=f"{client.subject_type} subject", with_openid="openid" in target.scopes)


async def _membership(op: Provider, question: Question) -> str | None:
    """The membership by which the person would enter the tenant of the question."""
    if question.tenant is None:
        return None
    belongings = await memberships.belongings(op.db, question.user_id, now=op.now())
    for each in belongings:
        if each.slug == question.tenant:
            return each.membership_id
    raise NotFound(f"this person has no active membership in a tenant with the slug {question.tenant}")
