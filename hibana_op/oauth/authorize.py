"""The authorization endpoint's decision: OpenID Connect Core §3.1.2, RFC 6749 §4.1, RFC 9207.

Whatever happened on the pages in between, a code is only ever minted here, from a decision made anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hibana_op.foundation import secrets
from hibana_op.foundation.errors import (
    AccessDenied,
    ConsentRequired,
    LoginRequired,
    OAuthError,
    PageRefused,
)
from hibana_op.foundation.events import CodeIssued
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.oauth import claims, claims_request
from hibana_op.oauth.authorization_checks import AuthorizationRequest, ReturnAddress, check, prove_return_address
from hibana_op.oauth.call import Form, legal
from hibana_op.oauth.response_modes import Answer
from hibana_op.provider import Provider
from hibana_op.records import authorization_codes, interactions, sessions, token_families
from hibana_op.records.authorization_codes import AuthorizationCode
from hibana_op.records.consents import ACCOUNT
from hibana_op.records.interactions import Interaction
from hibana_op.records.resources import ResourceServer
from hibana_op.records.sessions import Session
from hibana_op.records.token_families import TokenFamily
from hibana_op.storage.database import Session as Db

CODE_LIFETIME = 60

Consents = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class AskLogin:
    """The person must sign in; `again` when a session is there but does not do."""

    request: AuthorizationRequest
    again: bool


@dataclass(frozen=True, slots=True)
class AskAccount:
    """The person must choose one of several accounts."""

    request: AuthorizationRequest


@dataclass(frozen=True, slots=True)
class AskConsent:
    """The person must allow something."""

    request: AuthorizationRequest
    session: Session


@dataclass(frozen=True, slots=True)
class Issue:
    """Nothing is left to ask."""

    request: AuthorizationRequest
    session: Session


Decision = AskLogin | AskAccount | AskConsent | Issue


async def read(op: Provider, form: Form) -> AuthorizationRequest | Answer:
    """The request, checked; or the error that goes back to the client. PageRefused when nothing may go back."""
    back = await prove_return_address(op, form)
    try:
        return await check(op, back, form)
    except OAuthError as refusal:
        return refuse(op, back, refusal)


def refuse(op: Provider, back: ReturnAddress, refusal: OAuthError) -> Answer:
    """An error for the client, sent where it is proven to be (RFC 6749 §4.1.2.1)."""
    return _answer(op, back, {"error": refusal.code, "error_description": legal(refusal.description)})


def deny(op: Provider, request: AuthorizationRequest) -> Answer:
    """The person said no."""
    return refuse(op, request.back, AccessDenied("the person did not allow the request"))


def decide(
    request: AuthorizationRequest,
    session: Session | None,
    consents: Consents,
    progress: Interaction | None,
    *,
    now: int,
) -> Decision:
    """What is still missing for a code: pure, and made anew after every step."""
    silent = "none" in request.prompt
    # What was done in this interaction counts for the session it was done with, and for no other.
    done = progress if progress and session and progress.session_id == session.id else None
    signed_in = done is not None and done.signed_in
    if session is not None and signed_in and not _is_who_is_meant(request, session):
        raise LoginRequired("another person signed in than the one the request is about")
    if session is None or not _satisfies(request, session, signed_in=signed_in, now=now):
        if silent:
            raise LoginRequired("the person has to sign in")
        return AskLogin(request, again=session is not None)
    if "select_account" in request.prompt and not (done and done.account_chosen):
        return AskAccount(request)
    consented = done is not None and done.consented
    if needs_consent(request, consents) or ("consent" in request.prompt and not consented):
        if silent:
            raise ConsentRequired("the person has to allow what is asked")
        return AskConsent(request, session)
    return Issue(request, session)


def _satisfies(request: AuthorizationRequest, session: Session, *, signed_in: bool, now: int) -> bool:
    """Whether a session is fresh enough and the right person's; a sign-in of this very interaction is fresh."""
    if not _is_who_is_meant(request, session):
        return False
    if signed_in:
        return True
    # max_age=0 is another way to write prompt=login (OpenID Connect Core §3.1.2.1).
    if "login" in request.prompt or request.max_age == 0:
        return False
    return request.max_age is None or now - session.auth_time <= request.max_age


def _is_who_is_meant(request: AuthorizationRequest, session: Session) -> bool:
    return request.required_subject in (None, session.user_id)


def needs_consent(request: AuthorizationRequest, consents: Consents) -> bool:
    """Whether something is asked that the person has not allowed this client yet."""
    return any(missing for _, missing in missing_consents(request, consents))


def missing_consents(
    request: AuthorizationRequest, consents: Consents
) -> list[tuple[ResourceServer | None, frozenset[str]]]:
    """The scopes that are not allowed yet, for the account (None) and for each resource."""
    first_party = request.client.first_party
    missing: list[tuple[ResourceServer | None, frozenset[str]]] = []
    for resource, scopes in split_by_resource(request):
        skipped = first_party and (resource is None or resource.skip_consent)
        allowed = consents.get(resource.identifier if resource else ACCOUNT, None)
        if skipped:
            continue
        # A first meeting is always shown, even when no scope at all is asked for.
        if allowed is None or not scopes <= allowed:
            missing.append((resource, (scopes - (allowed or frozenset())) or frozenset({"openid"})))
    return missing


def asked_scopes(request: AuthorizationRequest) -> tuple[str, ...]:
    """All that a person is asked to allow: the scopes, and those that single claims stand for (Core §5.5)."""
    return tuple(dict.fromkeys((*request.target.scopes, *claims.implied_scopes(request.claims))))


def split_by_resource(request: AuthorizationRequest) -> list[tuple[ResourceServer | None, frozenset[str]]]:
    """What is asked, that of the account first and then the scopes of each resource."""
    asked = frozenset(request.target.scopes)
    implied = frozenset(claims.implied_scopes(request.claims))
    of_resources = frozenset[str]().union(*(each.scope_values for each in request.target.resources))
    parts: list[tuple[ResourceServer | None, frozenset[str]]] = [(None, (asked - of_resources) | implied)]
    parts += [(each, asked & each.scope_values) for each in request.target.resources]
    return parts


async def issue(op: Provider, decided: Issue, progress: Interaction | None, origin: Origin) -> Answer:
    """Mint the code and spend the interaction, in one transaction."""
    request, session, now = decided.request, decided.session, op.now()
    text = secrets.token()
    family = _family(request, session, now=now)
    code = AuthorizationCode(
        code_hash=secrets.digest(text),
        family_id=family.id,
        client_id=request.client.client_id,
        redirect_uri=request.back.redirect_uri,
        nonce=request.nonce,
        code_challenge=request.code_challenge,
        expires_at=now + CODE_LIFETIME,
    )

    async def mint(tx: Db) -> None:
        if progress is not None and not await interactions.finish(tx, progress.id, now=now):
            raise PageRefused("interaction_expired")
        if not await sessions.is_unended(tx, session.id, now=now):
            raise PageRefused("session_ended")
        await token_families.insert(tx, family)
        await authorization_codes.insert(tx, code)
        event = CodeIssued(
            user_id=session.user_id, client_id=family.client_id, target_id=family.id, scopes=family.scopes
        )
        await op.emit(tx, event, origin)

    await op.db.transact(mint)
    return _answer(op, request.back, {"code": text})


def _family(request: AuthorizationRequest, session: Session, *, now: int) -> TokenFamily:
    client = request.client
    lifetime = client.refresh_token_lifetime if "refresh_token" in client.grant_types else 0
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
        auth_time=session.auth_time,
        acr=session.acr,
        amr=session.amr,
        offline="offline_access" in request.target.scopes,
        created_at=now,
        expires_at=now + max(lifetime, CODE_LIFETIME + longest_access),
    )


def _answer(op: Provider, back: ReturnAddress, fields: Mapping[str, str]) -> Answer:
    state = {"state": back.state} if back.state is not None else {}
    return Answer(back.redirect_uri, back.mode, {**fields, **state, "iss": op.issuer})
