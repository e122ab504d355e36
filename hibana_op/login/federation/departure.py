"""The way out: a one-time state for this browser and provider, a nonce and PKCE (RFC 9700 §2.1.1, §4.7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from hibana_op.foundation import secrets
from hibana_op.login.federation.shapes import Departure, Upstream
from hibana_op.provider import Provider
from hibana_op.records import oauth_states
from hibana_op.records.oauth_states import OAuthState

LIFETIME = 600


@dataclass(frozen=True, slots=True)
class Left:
    """The secrets of a departure, which are kept hashed or sealed."""

    state: str
    nonce: str
    verifier: str


def redirect_uri(op: Provider, slug: str) -> str:
    """Where a provider sends people back to: each has an address of its own (RFC 9700 §4.4.2.2)."""
    return f"{op.issuer}/federation/{slug}/callback"


async def begin(op: Provider, upstream: Upstream, leaving: Departure) -> Left:
    """Remember who leaves, and for where."""
    left = Left(secrets.token(), secrets.token(), secrets.token())
    state_hash, now = secrets.digest(left.state), op.now()
    row = OAuthState(
        state_hash=state_hash,
        provider_id=upstream.id,
        browser_hash=leaving.browser_hash,
        interaction_id=leaving.interaction_id,
        user_id=leaving.user_id,
        nonce=left.nonce,
        verifier_sealed=op.vault.seal(left.verifier.encode(), oauth_states.sealed_name(state_hash)),
        created_at=now,
        expires_at=now + LIFETIME,
    )
    await op.db.transact(lambda tx: oauth_states.insert(tx, row))
    return left


def url(
    op: Provider,
    upstream: Upstream,
    left: Left,
    *,
    endpoint: str,
    scopes: Sequence[str],
    extra: Mapping[str, str | None],
) -> str:
    """The authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3)."""
    query = {
        "response_type": "code",
        "client_id": upstream.client_id,
        "redirect_uri": redirect_uri(op, upstream.slug),
        "scope": " ".join(scopes),
        "state": left.state,
        "code_challenge": secrets.digest(left.verifier),
        "code_challenge_method": "S256",
        **extra,
    }
    joint = "&" if "?" in endpoint else "?"
    return endpoint + joint + urlencode({name: value for name, value in query.items() if value})


async def take_back(op: Provider, provider_id: str, *, state: str, browser_hash: str) -> OAuthState | None:
    """The departure that somebody comes back from, spent by this; None when it is not theirs or over."""
    state_hash = secrets.digest(state)
    return await op.db.transact(
        lambda tx: oauth_states.spend(tx, state_hash, provider_id=provider_id, browser_hash=browser_hash, now=op.now())
    )


def verifier_of(op: Provider, left: OAuthState) -> str:
    """The code verifier of a departure."""
    return op.vault.open(left.verifier_sealed, oauth_states.sealed_name(left.state_hash)).decode()
