"""The answer of the authorization endpoint: RFC 6749 §4.1.2, OpenID Connect Core §3.2.2.5 and §3.3.2.5, RFC 9207.

Only here is anything given to a client through the browser: all of it recorded together with the end of the
interaction, in one transaction, and signed after that.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hibana_op.foundation import secrets
from hibana_op.foundation.errors import AccessDenied, PageRefused
from hibana_op.foundation.events import AuthorizationConfirmed, CodeIssued, IdTokenIssued
from hibana_op.foundation.explanation import Explanation
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.oauth import acting, claims, claims_request, family_tokens, id_token, issue, targets
from hibana_op.oauth.authorization_checks import AuthorizationRequest, ReturnAddress
from hibana_op.oauth.issue import Prepared
from hibana_op.oauth.response_modes import Answer
from hibana_op.oauth.shapes import Approval, Person
from hibana_op.oauth.targets import Ceiling
from hibana_op.provider import Provider
from hibana_op.records import (
    authorization_codes,
    clients,
    interactions,
    memberships,
    session_clients,
    sessions,
    token_families,
)
from hibana_op.records.authorization_codes import AuthorizationCode
from hibana_op.records.interactions import Interaction
from hibana_op.records.memberships import Belonging
from hibana_op.records.scope_mappings import ScopeMapping
from hibana_op.records.sessions import Session
from hibana_op.records.token_families import TokenFamily
from hibana_op.storage.database import Session as Db

CODE_LIFETIME = 60
# What tokens that pass through the browser are said to come from, in the audit log.
GRANT = "implicit"


def answer(op: Provider, back: ReturnAddress, fields: Mapping[str, str]) -> Answer:
    """Fields for the client, with what every answer carries."""
    state = {"state": back.state} if back.state is not None else {}
    return Answer(back.client.client_id, back.redirect_uri, back.mode, {**fields, **state, "iss": op.issuer})


@dataclass(frozen=True, slots=True)
class _Given:
    """What is about to be given: a request that nothing stands against, and what was made up for it."""

    request: AuthorizationRequest
    session: Session
    family: TokenFamily
    code: str | None
    ceiling: Ceiling
    mappings: list[ScopeMapping]
    origin: Origin


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What the database knows now. `access` waits to be signed, if there is to be an access token."""

    approval: Approval
    person: Person
    access: Prepared | None


async def give(
    op: Provider,
    request: AuthorizationRequest,
    session: Session,
    progress: Interaction | None,
    origin: Origin,
    *,
    entered: Belonging | None = None,
) -> Answer:
    """Spend the interaction and give what the response type says, in the tenant that is entered."""
    given = _Given(
        request=request,
        session=session,
        family=acting.narrowed(_family(request, session, entered, now=op.now()), session),
        code=secrets.token() if request.response_type.code else None,
        ceiling=await targets.read_ceiling(op, request.client),
        mappings=await op.remembered.mappings(),
        origin=origin,
    )

    async def spend_and_record(tx: Db) -> _Recorded | None:
        now = op.now()
        if entered is not None:
            await _check_entered(tx, entered, session.user_id, origin, now=now)
        if progress is not None and not await interactions.finish(tx, progress.id, now=now):
            raise PageRefused("interaction_expired")
        if not await sessions.hold(tx, session.id, now=now):
            raise PageRefused("session_ended")
        if entered is not None and entered.membership_id != session.active_membership_id:
            await sessions.set_active_membership(tx, session.id, entered.membership_id)
        await session_clients.note(tx, session.id, request.client.client_id, now=now)
        if now - (request.client.last_used_at or 0) >= clients.USED_TO_THE:
            await clients.note_used(tx, request.client.client_id, now=now)
        return await _record(tx, op, given)

    recorded = await op.db.transact(spend_and_record)
    fields = {"code": given.code} if given.code is not None else {}
    return answer(op, request.back, fields | await _signed(op, given, recorded))


async def _check_entered(tx: Db, entered: Belonging, user_id: str, origin: Origin, *, now: int) -> None:
    """AccessDenied for whoever lost their place in a tenant on the way, or may not act there from where they are."""
    if not await memberships.hold_counting(tx, entered.membership_id, user_id=user_id, now=now):
        because = Explanation("not_in_tenant", sent=entered.slug, parameter="tenant")
        raise AccessDenied("the person does not belong to the tenant that the request is for", because=because)
    await family_tokens.check_address(tx, entered.tenant_id, user_id, origin)


async def _record(tx: Db, op: Provider, given: _Given) -> _Recorded | None:
    """Write down the code and the tokens, each with its event."""
    response_type, family = given.request.response_type, given.family
    who = {"user_id": family.user_id, "client_id": family.client_id, "tenant_id": family.tenant_id}
    # What may still be refused is refused first: a refusal keeps what was written before it.
    person = await _person(tx, given) if response_type.is_front_channel else None
    if not response_type.code and person is None:
        await op.emit(tx, AuthorizationConfirmed(**who, scopes=family.scopes), given.origin)
        return None
    await token_families.insert(tx, family)
    if given.code is not None:
        await authorization_codes.insert(tx, _code(given.code, given))
        await op.emit(tx, CodeIssued(**who, target_id=family.id, scopes=family.scopes), given.origin)
    if person is None:
        return None
    approval = _approval(given, person)
    if response_type.token:
        access = await issue.record(tx, op, approval, grant=GRANT, mappings=given.mappings, origin=given.origin)
        return _Recorded(approval, person, access)
    await op.emit(tx, IdTokenIssued(**who, target_id=family.id, scopes=approval.scopes), given.origin)
    return _Recorded(approval, person, None)


async def _person(tx: Db, given: _Given) -> Person:
    family = given.family
    person = await claims.load_person(tx, family.user_id, now=family.created_at, membership_id=family.membership_id)
    if person is None or not person.user.is_active:
        raise PageRefused("session_ended")
    return person


def _approval(given: _Given, person: Person) -> Approval:
    request = given.request
    resource = request.target.resources[0] if request.target.resources and request.response_type.token else None
    return Approval(
        client=request.client,
        scopes=given.ceiling.applied(given.family.scopes, resource),
        resource=resource,
        family=given.family,
        person=person,
        nonce=request.nonce,
        code=given.code,
    )


async def _signed(op: Provider, given: _Given, recorded: _Recorded | None) -> dict[str, str]:
    """The tokens that go through the browser."""
    if recorded is None:
        return {}
    fields: dict[str, str] = {}
    if recorded.access is not None:
        made = await issue.sign_access(op, recorded.access)
        fields = {name: str(value) for name, value in made.items()}
    if given.request.response_type.id_token:
        fields["id_token"] = await id_token.make(
            op,
            recorded.approval,
            family=given.family,
            person=recorded.person,
            access_token=fields.get("access_token"),
            is_alone=given.request.response_type.is_alone,
            mappings=given.mappings,
            origin=given.origin,
        )
    return fields


def _code(text: str, given: _Given) -> AuthorizationCode:
    return AuthorizationCode(
        code_hash=secrets.digest(text),
        family_id=given.family.id,
        client_id=given.family.client_id,
        redirect_uri=given.request.back.redirect_uri,
        nonce=given.request.nonce,
        code_challenge=given.request.code_challenge,
        expires_at=given.family.created_at + CODE_LIFETIME,
    )


def _family(request: AuthorizationRequest, session: Session, entered: Belonging | None, *, now: int) -> TokenFamily:
    client = request.client
    with_refresh = request.response_type.code and "refresh_token" in client.grant_types
    longest_access = max(
        [client.access_token_lifetime, *(each.token_lifetime or 0 for each in request.target.resources)]
    )
    return TokenFamily(
        id=uuid7(),
        user_id=session.user_id,
        client_id=client.client_id,
        session_id=session.id,
        scopes=request.target.scopes,
        resources=tuple(each.identifier for each in request.target.resources),
        claims=claims_request.as_stored(request.claims),
        claims_locales=request.claims_locales,
        auth_time=session.auth_time,
        acr=session.acr,
        amr=session.amr,
        offline="offline_access" in request.target.scopes,
        tenant_id=entered.tenant_id if entered else None,
        membership_id=entered.membership_id if entered else None,
        created_at=now,
        expires_at=now + max(client.refresh_token_lifetime if with_refresh else 0, CODE_LIFETIME + longest_access),
    )
