"""The way out: a one-time state for this browser and provider, a nonce and PKCE (RFC 9700 §2.1.1, §4.7)."""

from urllib.parse import urlencode

from hibana_op.foundation import secrets
from hibana_op.login.federation.configuration import OPENID, Upstream
from hibana_op.login.federation.discovery import endpoints_of
from hibana_op.provider import Provider
from hibana_op.records import oauth_states
from hibana_op.records.oauth_states import OAuthState

LIFETIME = 600


def redirect_uri(op: Provider, slug: str) -> str:
    """Where a provider sends people back to: each has an address of its own (RFC 9700 §4.4.2.2)."""
    return f"{op.issuer}/federation/{slug}/callback"


async def begin(
    op: Provider,
    upstream: Upstream,
    *,
    browser_hash: str,
    interaction_id: str | None = None,
    user_id: str | None = None,
    login_hint: str | None = None,
    anew: bool = False,
) -> str:
    """Where the browser goes, within a sign-in or to link an account to a person.

    `anew`: the provider is to ask for a proof even of somebody who is signed in there.
    """
    endpoints = await endpoints_of(op, upstream)
    state, nonce, verifier = secrets.token(), secrets.token(), secrets.token()
    state_hash, now = secrets.digest(state), op.now()
    departure = OAuthState(
        state_hash=state_hash,
        provider_id=upstream.id,
        browser_hash=browser_hash,
        interaction_id=interaction_id,
        user_id=user_id,
        nonce=nonce,
        verifier_sealed=op.vault.seal(verifier.encode(), oauth_states.sealed_name(state_hash)),
        created_at=now,
        expires_at=now + LIFETIME,
    )
    await op.db.transact(lambda tx: oauth_states.insert(tx, departure))
    query = {
        "response_type": "code",
        "client_id": upstream.client_id,
        "redirect_uri": redirect_uri(op, upstream.slug),
        "scope": " ".join(upstream.scopes),
        "state": state,
        "code_challenge": secrets.digest(verifier),
        "code_challenge_method": "S256",
    }
    if upstream.type == OPENID:
        hints = {"login_hint": login_hint, "prompt": "login" if anew else None}
        query |= {"nonce": nonce, **{name: value for name, value in hints.items() if value}}
    joint = "&" if "?" in endpoints.authorization else "?"
    return endpoints.authorization + joint + urlencode({name: value for name, value in query.items() if value})


async def take_back(op: Provider, provider_id: str, *, state: str, browser_hash: str) -> OAuthState | None:
    """The departure that somebody comes back from, spent by this; None when it is not theirs or over."""
    state_hash = secrets.digest(state)
    return await op.db.transact(
        lambda tx: oauth_states.spend(tx, state_hash, provider_id=provider_id, browser_hash=browser_hash, now=op.now())
    )


def verifier_of(op: Provider, departure: OAuthState) -> str:
    """The code verifier of a departure."""
    return op.vault.open(departure.verifier_sealed, oauth_states.sealed_name(departure.state_hash)).decode()
