"""The authorization endpoint's decision: OpenID Connect Core §3.1.2, §3.2.2 and §3.3.2, RFC 6749 §4.1.

Whatever happened on the pages in between, an answer is only ever given from a decision made anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hibana_op.foundation import acr
from hibana_op.foundation.errors import (
    AccessDenied,
    ConsentRequired,
    InteractionRequired,
    LoginRequired,
    OAuthError,
    PageRefused,
    UnmetAuthenticationRequirements,
)
from hibana_op.foundation.explanation import Explanation
from hibana_op.oauth import claims, request_object
from hibana_op.oauth.authorization_answer import answer
from hibana_op.oauth.authorization_checks import AuthorizationRequest, ReturnAddress, check, prove_return_address
from hibana_op.oauth.call import Form, legal
from hibana_op.oauth.entering import NOWHERE, Entry
from hibana_op.oauth.response_modes import Answer
from hibana_op.provider import Provider
from hibana_op.records.consents import ACCOUNT
from hibana_op.records.interactions import Interaction
from hibana_op.records.memberships import Belonging
from hibana_op.records.resources import ResourceServer
from hibana_op.records.sessions import Session

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
class AskTenant:
    """The person must pick a tenant, or is in none that the request is for."""

    request: AuthorizationRequest


@dataclass(frozen=True, slots=True)
class AskMore:
    """The person must prove more than they have (RFC 9470)."""

    request: AuthorizationRequest


@dataclass(frozen=True, slots=True)
class Standing:
    """What the person of a session has proven that counts now, and what each of their other ways would add."""

    proven: frozenset[str] = frozenset()
    open_ways: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, slots=True)
class AskConsent:
    """The person must allow something."""

    request: AuthorizationRequest
    session: Session


@dataclass(frozen=True, slots=True)
class Issue:
    """Nothing is left to ask. `entered`: the membership that everything given is bound to."""

    request: AuthorizationRequest
    session: Session
    entered: Belonging | None = None


Decision = AskLogin | AskAccount | AskTenant | AskMore | AskConsent | Issue
NOTHING = Standing()


async def resolve(op: Provider, form: Form) -> Form | Answer:
    """The parameters of a request, those of its request object among them; what is wrong with it goes back."""
    try:
        return await request_object.resolve(op, form)
    except OAuthError as refusal:
        try:
            back = await prove_return_address(op, form)
        except PageRefused:
            # Where the answer should go may stand in the very object that cannot be used.
            raise PageRefused("request_invalid", detail=refusal.description, because=refusal.because) from None
        return refuse(op, back, refusal)


async def read(op: Provider, form: Form) -> AuthorizationRequest | Answer:
    """The request, checked; or the error that goes back to the client. PageRefused when nothing may go back."""
    back = await prove_return_address(op, form)
    try:
        return await check(op, back, form)
    except OAuthError as refusal:
        return refuse(op, back, refusal)


def refuse(op: Provider, back: ReturnAddress, refusal: OAuthError) -> Answer:
    """An error for the client, sent where it is proven to be (RFC 6749 §4.1.2.1)."""
    fields = {"error": refusal.code, "error_description": legal(refusal.description)}
    return replace(answer(op, back, fields), refusal=refusal)


def deny(op: Provider, request: AuthorizationRequest) -> Answer:
    """The person said no."""
    return refuse(op, request.back, AccessDenied("the person did not allow the request"))


def decide(
    request: AuthorizationRequest,
    session: Session | None,
    consents: Consents,
    progress: Interaction | None,
    *,
    subject: str | None,
    standing: Standing,
    entry: Entry = NOWHERE,
    now: int,
) -> Decision:
    """What is still missing for an answer: pure, and made anew after every step. `subject`: the session's person."""
    silent = "none" in request.prompt
    # What was done in this interaction counts for the session it was done with, and for no other.
    done = progress if progress and session and progress.session_id == session.id else None
    asked = _who_is_missing(request, session, done, subject=subject, silent=silent, now=now)
    if asked is not None or session is None:
        return asked or AskLogin(request, again=False)
    if entry.lacks(request.tenant):
        if silent:
            raise _outside(request, entry)
        return AskTenant(request)
    if _lacks_proof(request, standing, silent=silent):
        return AskMore(request)
    consented = done is not None and done.consented
    again = "consent" in request.prompt or _is_shown_each_time(request, silent=silent)
    if needs_consent(request, consents) or (again and not consented):
        if silent:
            raise ConsentRequired("the person has to allow what is asked")
        return AskConsent(request, session)
    entered = entry.membership(request.tenant) if request.tenant.is_any else None
    return Issue(request, replace(session, acr=_reached(request, standing)), entered)


def check_acted(decision: Decision) -> None:
    """AccessDenied for what nobody does as somebody else: sign in anew, prove more, allow something, administer."""
    if isinstance(decision, Issue):
        if any(resource.is_own for resource in decision.request.target.resources):
            raise AccessDenied("an administrator who acts as somebody else gets no token for the management API")
    elif not isinstance(decision, AskTenant):
        raise AccessDenied("an administrator acts as this person, who would have to sign in or allow this themselves")


def _who_is_missing(
    request: AuthorizationRequest,
    session: Session | None,
    done: Interaction | None,
    *,
    subject: str | None,
    silent: bool,
    now: int,
) -> AskLogin | AskAccount | None:
    """Whether somebody must sign in, again, or as somebody else."""
    signed_in = done is not None and done.signed_in
    chosen = done is not None and done.account_chosen
    is_meant = request.subjects is None or subject in request.subjects
    if session is not None and signed_in and not is_meant:
        because = Explanation("another_person")
        raise LoginRequired("another person signed in than the one the request is about", because=because)
    if session is None or not is_meant or not (signed_in or _is_fresh(request, session, now=now)):
        if silent:
            raise LoginRequired("the person has to sign in")
        return AskLogin(request, again=session is not None)
    if "create" in request.prompt and not chosen:
        return AskLogin(request, again=True)
    if "select_account" in request.prompt and not chosen:
        return AskAccount(request)
    return None


def _outside(request: AuthorizationRequest, entry: Entry) -> OAuthError:
    """What an app hears that wants no page, of a person who has not entered the tenant that it is for."""
    if entry.fitting(request.tenant):
        return InteractionRequired("the person has to pick one of their tenants")
    because = Explanation("not_in_tenant", sent=request.tenant.slug, parameter="tenant")
    return AccessDenied("the person does not belong to the tenant that the request is for", because=because)


def _lacks_proof(request: AuthorizationRequest, standing: Standing, *, silent: bool) -> bool:
    """Whether a class is wanted that the person has not reached and could. OAuthError when it must be, and cannot."""
    wanted = request.acr.values
    if not wanted or any(acr.is_reached(each, standing.proven) for each in wanted):
        return False
    could = any(acr.is_reached(each, standing.proven | more) for each in wanted for more in standing.open_ways)
    if could and not silent:
        return True
    if request.acr.is_essential:
        because = Explanation("acr_not_reached", wanted, acr.level_of(standing.proven), "claims")
        raise UnmetAuthenticationRequirements("the person has not proven enough for the acr asked for", because=because)
    return False


def _reached(request: AuthorizationRequest, standing: Standing) -> str:
    """The class to report: the first of those asked for, else the level."""
    asked = (each for each in request.acr.values if acr.is_reached(each, standing.proven))
    return next(asked, acr.level_of(standing.proven))


def _is_fresh(request: AuthorizationRequest, session: Session, *, now: int) -> bool:
    """Whether an earlier sign-in does."""
    # max_age=0 is another way to write prompt=login (OpenID Connect Core §3.1.2.1).
    if "login" in request.prompt or request.max_age == 0:
        return False
    return request.max_age is None or now - session.auth_time <= request.max_age


def _is_shown_each_time(request: AuthorizationRequest, *, silent: bool) -> bool:
    """Whether even consent that is remembered is shown: where nobody can say whose app it really is that asks."""
    if request.client.first_party:
        return False
    # Any app on the device could take this address: what is remembered is no proof of who asks (RFC 8252 §8.6).
    if request.client.is_public and not request.back.redirect_uri.lower().startswith("https:"):
        return True
    # An app that only a stranger vouches for still answers at its own address, so prompt=none may do without a page.
    return not request.client.verified and not silent


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
