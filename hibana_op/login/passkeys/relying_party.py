"""Who asks authenticators: the deployment as a WebAuthn relying party, and the handles it gives to people (§5.4)."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from hibana_op.foundation import base64url
from hibana_op.foundation.errors import LoginRefused
from hibana_op.provider import Provider


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The host that passkeys belong to, and the origins on which they may be used, its own first (§5.11)."""

    id: str
    origins: tuple[str, ...]


def of(op: Provider) -> RelyingParty:
    """The relying party that a deployment is: its issuer's host, and the origins of its settings, whoever asks."""
    parts = urlsplit(op.issuer)
    own = f"{parts.scheme}://{parts.netloc}".lower()
    return RelyingParty(op.settings.issuer_host, tuple(dict.fromkeys((own, *op.settings.related_origins))))


def handle_of(user_id: str) -> bytes:
    """What authenticators know of a person: an id that says nothing about them (§14.6.1)."""
    return user_id.encode()


def user_of(handle: object) -> str | None:
    """The id in a user handle, as `toJSON()` gives it; None where the authenticator gave none."""
    if handle is None:
        return None
    try:
        return base64url.decode(handle).decode() if isinstance(handle, str) else ""
    except ValueError as fault:
        raise LoginRefused("passkey_refused") from fault
