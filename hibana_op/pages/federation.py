"""Signing in with another provider, as browsers meet it: the way out, and the way back (RFC 6749 §4.1, RFC 9207)."""

from collections.abc import Sequence

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused, PageRefused
from hibana_op.login.federation import arrival, choice, departure, linking
from hibana_op.login.federation.configuration import Upstream, form_target
from hibana_op.login.federation.discovery import Endpoints, UpstreamFailed, endpoints_of
from hibana_op.pages import sign_in, steps
from hibana_op.provider import Provider
from hibana_op.records import users
from hibana_op.records.factors import Factor
from hibana_op.records.identity_providers import IdentityProvider
from hibana_op.records.interactions import Interaction
from hibana_op.records.oauth_states import OAuthState
from hibana_op.web.browser import origin_of
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit

METHOD = "provider"
LINKED = "/account/linked"
# Of the errors that a provider may send back (RFC 6749 §4.1.2.1, Core §3.1.2.6), those that the person chose.
_DECLINED = frozenset({"access_denied", "interaction_required", "login_required", "consent_required"})


async def start(visit: Visit) -> Response:
    """Sends a person who is signing in to a provider."""
    progress = await steps.get(visit)
    back = steps.step_url(visit, "/login", progress)
    upstream = await _usable(visit, progress.client_id, back)
    asked = (steps.form_of(progress).maybe("prompt") or "").split()
    try:
        url = await departure.begin(
            visit.site.op,
            upstream,
            browser_hash=visit.browser_hash,
            interaction_id=progress.id,
            login_hint=await _hint(visit, upstream, progress),
            # Somebody is asked to sign in although they are signed in already: it takes a proof, not a memory.
            anew=visit.session is not None or "login" in asked,
        )
    except UpstreamFailed as failure:
        raise failed(upstream, failure, back) from None
    return see_other(url)


async def callback(visit: Visit) -> Response:
    """Takes a person back from a provider: signs them in, or links the account to who they are here."""
    slug = _slug(visit)
    known = await choice.usable(visit.site.op, slug, None)
    state = visit.form.maybe("state")
    left = (
        await departure.take_back(visit.site.op, known.id, state=state, browser_hash=visit.browser_hash)
        if state is not None
        else None
    )
    if left is None:
        raise PageRefused("federation_expired", back=visit.site.url("/login"))
    if left.user_id is not None:
        return await _link(visit, known, left)
    progress = await steps.resume(visit, left.interaction_id or "")
    back = steps.step_url(visit, "/login", progress)
    upstream = await _usable(visit, progress.client_id, back)
    account = await _account(visit, upstream, left, back)
    factor = Factor(method=METHOD, proves=("provider",), amr=("fed",), proven_at=visit.site.op.now())
    try:
        user = await linking.person(visit.site.op, upstream, account, visit.origin)
        visit.way_in = upstream.slug
        return await sign_in.proven(visit, progress, user, factor)
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


async def _account(visit: Visit, upstream: Upstream, left: OAuthState, back: str) -> arrival.Account:
    try:
        endpoints = await endpoints_of(visit.site.op, upstream)
        code = _answer(visit, upstream, endpoints, back)
        return await arrival.account(visit.site.op, upstream, endpoints, left, code=code)
    except UpstreamFailed as failure:
        raise failed(upstream, failure, back) from None


def _answer(visit: Visit, upstream: Upstream, endpoints: Endpoints, back: str) -> str:
    """The code in an answer that is this provider's own; what else it says is never shown."""
    issuer = visit.form.maybe("iss")
    if issuer != upstream.issuer and (issuer is not None or endpoints.says_issuer):
        raise UpstreamFailed("its answer names another issuer, or none")
    error = visit.form.maybe("error")
    if error in _DECLINED:
        raise PageRefused("federation_declined", status=403, provider=upstream.name, back=back)
    code = visit.form.maybe("code")
    if error is not None or code is None:
        raise UpstreamFailed("it answered with an error")
    return code


async def _usable(visit: Visit, client_id: str | None, back: str) -> Upstream:
    try:
        return await choice.usable(visit.site.op, _slug(visit), client_id)
    except PageRefused as refusal:
        refusal.back = back
        raise


async def _hint(visit: Visit, upstream: Upstream, progress: Interaction) -> str | None:
    """The address that was typed, where it is this provider's to know."""
    if progress.identifier is None:
        return None
    found = await choice.for_domain(visit.site.op, progress.identifier)
    return progress.identifier if found is not None and found.id == upstream.id else None


def _slug(visit: Visit) -> str:
    """The provider in `/federation/{provider}/…`."""
    return visit.path.rsplit("/", 2)[-2]
