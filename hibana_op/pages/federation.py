"""Signing in with another provider, as browsers meet it: the way out, and the way back (RFC 6749 §4.1, RFC 9207)."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused, PageRefused
from hibana_op.login.federation import choice, departure, linking
from hibana_op.login.federation.configuration import form_target
from hibana_op.login.federation.shapes import Account, Departure, Upstream, UpstreamDeclined, UpstreamFailed
from hibana_op.login.federation.types import TYPES
from hibana_op.pages import directory, sign_in, steps
from hibana_op.provider import Provider
from hibana_op.records import factors, users
from hibana_op.records.factors import FEDERATED, Factor
from hibana_op.records.identity_providers import IdentityProvider
from hibana_op.records.interactions import Interaction
from hibana_op.records.oauth_states import OAuthState
from hibana_op.web.browser import origin_of
from hibana_op.web.pages import OTHERWISE, see_other
from hibana_op.web.visit import Visit

LINKED = "/account/linked"


async def start(visit: Visit) -> Response:
    """Sends a person who is signing in to a provider, or asks here for what a directory wants to know."""
    progress = await steps.get(visit)
    back = _otherwise(visit, progress)
    upstream = await _usable(visit, progress.client_id, back)
    if TYPES[upstream.type].depart is None:
        return await _ask_here(visit, progress, upstream, back)
    if visit.method == "POST":
        raise PageRefused("request_invalid", detail="this provider asks people itself", back=back)
    asked = (steps.form_of(progress).maybe("prompt") or "").split()
    leaving = Departure(
        browser_hash=visit.browser_hash,
        interaction_id=progress.id,
        login_hint=await _hint(visit, upstream, progress),
        # Somebody is asked to sign in although they are signed in already: it takes a proof, not a memory.
        anew=visit.session is not None or "login" in asked,
    )
    return await leave(visit, upstream, leaving, back)


async def leave(visit: Visit, upstream: Upstream, leaving: Departure, back: str) -> Response:
    """Off to a provider."""
    depart = TYPES[upstream.type].depart
    if depart is None:  # whoever signs in is asked by `start`; this is somebody who links
        return see_other(visit.site.url(f"{LINKED}/{upstream.slug}"))
    try:
        return see_other(await depart(visit.site.op, upstream, leaving))
    except UpstreamFailed as failure:
        raise failed(upstream, failure, back) from None


async def callback(visit: Visit) -> Response:
    """Takes a person back from a provider: signs them in, or links the account to who they are here."""
    slug = slug_in(visit.path)
    known = await choice.named(visit.site.op, slug)
    state = visit.form.maybe("state")
    left = (
        await departure.take_back(visit.site.op, known.id, state=state, browser_hash=visit.browser_hash)
        if state is not None
        else None
    )
    if left is None:
        raise PageRefused("federation_expired", back=visit.site.url("/login"))
    if left.user_id is not None:
        return await _link(visit, await choice.usable_to_link(visit.site.op, slug, left.user_id), left)
    progress = await steps.resume(visit, left.interaction_id or "")
    back = _otherwise(visit, progress)
    upstream = await _usable(visit, progress.client_id, back)
    account = await _account(visit, upstream, left, back)
    factor = _factor(upstream, "provider", FEDERATED, now=visit.site.op.now())
    return await _enter(visit, progress, _Proven(upstream, account, factor), back)


async def _ask_here(visit: Visit, progress: Interaction, upstream: Upstream, back: str) -> Response:
    """A directory says whether a password is right, so that is what was proven."""
    try:
        account = await directory.to_sign_in(visit, upstream, progress, back)
    except UpstreamFailed as failure:
        raise failed(upstream, failure, back) from None
    if isinstance(account, Response):
        return account
    factor = _factor(upstream, "password", "pwd", now=visit.site.op.now())
    return await _enter(visit, progress, _Proven(upstream, account, factor), back)


def _factor(upstream: Upstream, thing: str, amr: str, *, now: int) -> Factor:
    """A proof by a provider; what a tenant's own one says is never without the word for it."""
    told = dict.fromkeys((amr, *((FEDERATED,) if upstream.tenant_id else ())))
    return Factor(method=factors.of_provider(upstream.tenant_id), proves=(thing,), amr=tuple(told), proven_at=now)


@dataclass(frozen=True, slots=True)
class _Proven:
    """An account at a provider, and what it took to show that it is one's own."""

    upstream: Upstream
    account: Account
    factor: Factor


async def _enter(visit: Visit, progress: Interaction, proven: _Proven, back: str) -> Response:
    """Sign in whoever an account belongs to."""
    upstream = proven.upstream
    try:
        user = await linking.person(visit.site.op, upstream, proven.account, visit.origin)
        visit.way_in = upstream.slug
        return await sign_in.proven(visit, progress, user, proven.factor)
    except PageRefused as refusal:
        refusal.back = refusal.back or back
        raise
    except LoginRefused:  # suspended a moment ago
        raise PageRefused("federation_not_linked", status=403, provider=upstream.name, back=back) from None


def form_targets(op: Provider, providers: Sequence[IdentityProvider]) -> list[str]:
    """Where forms with these providers' buttons lead, for the page's Content-Security-Policy."""
    return [origin_of(target) for each in providers if (target := form_target(op, each)) is not None]


def failed(upstream: Upstream, failure: UpstreamFailed, back: str) -> PageRefused:
    """The page for a provider that does not do what it should; the detail is in our own words."""
    return PageRefused("federation_failed", status=502, detail=str(failure), provider=upstream.name, back=back)


async def _link(visit: Visit, upstream: Upstream, left: OAuthState) -> Response:
    """Only the person who asked for the link gets it, while they are signed in here."""
    session = visit.session
    if session is None or session.user_id != left.user_id:
        raise PageRefused("session_ended", status=403)
    back = visit.site.url(LINKED)
    account = await _account(visit, upstream, left, back)
    person = await users.get(visit.site.op.db, session.user_id)
    try:
        await linking.link(visit.site.op, upstream, account, person, visit.origin)
    except PageRefused as refusal:
        refusal.back = refusal.back or back
        raise
    return see_other(f"{back}?done=identity_linked")


async def _account(visit: Visit, upstream: Upstream, left: OAuthState, back: str) -> Account:
    arrive = TYPES[upstream.type].arrive
    if arrive is None:
        raise PageRefused("federation_unavailable", status=404, back=back)
    answer = {name: values[0] for name, values in visit.form.values.items() if values}
    try:
        return await arrive(visit.site.op, upstream, left, answer)
    except UpstreamDeclined:
        raise PageRefused("federation_declined", status=403, provider=upstream.name, back=back) from None
    except UpstreamFailed as failure:
        raise failed(upstream, failure, back) from None


def _otherwise(visit: Visit, progress: Interaction) -> str:
    """The sign-in page, on which the domain of an address leads nowhere: the provider did not let them in."""
    return f"{steps.step_url(visit, '/login', progress)}&{OTHERWISE}=1"


async def _usable(visit: Visit, client_id: str | None, back: str) -> Upstream:
    try:
        return await choice.usable(visit.site.op, slug_in(visit.path), client_id)
    except PageRefused as refusal:
        refusal.back = back
        raise


async def _hint(visit: Visit, upstream: Upstream, progress: Interaction) -> str | None:
    """The address that was typed, where it is this provider's to know."""
    if progress.identifier is None:
        return None
    found = await choice.for_domain(visit.site.op, progress.identifier)
    return progress.identifier if found is not None and found.id == upstream.id else None


def slug_in(path: str) -> str:
    """The provider in `/federation/{provider}/…`."""
    return path.rsplit("/", 2)[-2]
