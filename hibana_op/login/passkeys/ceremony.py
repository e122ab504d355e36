"""What both ceremonies have in common: a challenge that is good once, and the reading of what the browser said."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hibana_op.foundation import base64url, strict_json
from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.secrets import digest
from hibana_op.provider import Provider
from hibana_op.records import webauthn_challenges
from hibana_op.records.webauthn_challenges import Ceremony, Challenge

LIFETIME = 300
_LONGEST_CREDENTIAL = 1023  # bytes of an id (§5.8.3)


@dataclass(frozen=True, slots=True)
class Answer:
    """An authenticator's answer whose challenge was ours and has been taken away; nothing else is proven yet.

    `begun` is what the server decided when the ceremony began.
    """

    credential_id: str
    challenge: bytes
    begun: Challenge
    document: dict[str, Any]

    @property
    def response(self) -> Mapping[str, Any]:
        """What the authenticator signed, or attested."""
        response: Mapping[str, Any] = self.document["response"]
        return response


async def begin(
    op: Provider,
    ceremony: Ceremony,
    *,
    browser_hash: str,
    user_id: str | None = None,
    interaction_id: str | None = None,
    newcomer_id: str | None = None,
) -> bytes:
    """A new challenge: 256 random bits, for one answer from this browser within five minutes (§13.4.3)."""
    challenge = secrets.token_bytes(32)
    row = Challenge(
        challenge_hash=digest(base64url.encode(challenge)),
        ceremony=ceremony,
        browser_hash=browser_hash,
        user_id=user_id,
        interaction_id=interaction_id,
        newcomer_id=newcomer_id,
        expires_at=op.now() + LIFETIME,
    )
    await op.db.transact(lambda tx: webauthn_challenges.insert(tx, row))
    return challenge


async def take_up(
    op: Provider,
    ceremony: Ceremony,
    document: Mapping[str, Any],
    *,
    browser_hash: str,
    user_id: str | None = None,
) -> Answer:
    """Read an answer, and spend the challenge in it before anything is verified."""
    client_data, credential_id = _read(document)
    challenge = client_data.get("challenge")
    if not isinstance(challenge, str):
        raise LoginRefused("passkey_refused")
    begun = await op.db.transact(
        lambda tx: webauthn_challenges.take(
            tx, digest(challenge), ceremony=ceremony, browser_hash=browser_hash, user_id=user_id, now=op.now()
        )
    )
    if begun is None:
        raise LoginRefused("passkey_expired")
    # §7.1 step 10 and §7.2 step 13: pages of ours are never in a frame of somebody else's.
    if client_data.get("crossOrigin") not in (None, False) or "topOrigin" in client_data:
        raise LoginRefused("passkey_refused")
    return Answer(credential_id, base64url.decode(challenge), begun, dict(document))


def _read(document: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    response, credential_id = document.get("response"), document.get("id")
    raw = response.get("clientDataJSON") if isinstance(response, dict) else None
    if not isinstance(raw, str) or not isinstance(credential_id, str):
        raise LoginRefused("passkey_refused")
    try:
        if not 0 < len(base64url.decode(credential_id)) <= _LONGEST_CREDENTIAL:
            raise LoginRefused("passkey_refused")
        return strict_json.read_object(base64url.decode(raw)), credential_id
    except ValueError as fault:
        raise LoginRefused("passkey_refused") from fault
