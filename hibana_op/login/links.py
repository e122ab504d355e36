"""Links that are sent by mail: made, kept as a fingerprint, looked up."""

from dataclasses import dataclass
from typing import Any

from hibana_op.foundation import secrets
from hibana_op.provider import Provider
from hibana_op.records.verification_tokens import VerificationToken

LIFETIME = 3600
LIFETIME_OF_INVITATION = 7 * 86400
VERIFY_EMAIL = "verify_email"
CHANGE_EMAIL = "change_email"
RESET_PASSWORD = "reset_password"  # noqa: S105 - the name of a purpose
INVITE = "invite"
MAGIC_LINK = "magic_link"


@dataclass(frozen=True, slots=True)
class Link:
    """A link to be sent: the address for the mail, and the row for the database."""

    url: str
    row: VerificationToken


def make(
    op: Provider,
    path: str,
    *,
    purpose: str,
    email: str,
    user_id: str | None = None,
    lifetime: int = LIFETIME,
    **data: Any,
) -> Link:
    """A new link to a page of ours; whoever has it can read the mailbox that it was sent to."""
    token, now = secrets.token(), op.now()
    row = VerificationToken(
        token_hash=secrets.digest(token),
        purpose=purpose,
        user_id=user_id,
        email=email,
        data=data,
        created_at=now,
        expires_at=now + lifetime,
    )
    return Link(op.issuer + path.format(token=token), row)
