"""The code beside a link that confirms an address: for the browser that asked, six digits, ten minutes, few tries.

Who has an account must not show: a code is paced and tried alike whether one was sent or not.
"""

import hashlib
import hmac
import secrets
from dataclasses import replace

from hibana_op.foundation import base64url
from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.secrets import digest
from hibana_op.login import links
from hibana_op.login.second_factors.shapes import plain
from hibana_op.provider import Provider
from hibana_op.records import rate_counts, verification_tokens
from hibana_op.records.verification_tokens import VerificationToken
from hibana_op.storage.database import Session

LIFETIME = 600
PAUSE = 60  # seconds before another mail is sent for the same browser and address
MOST_TRIES = 5


def make(op: Provider, link: VerificationToken, *, browser_hash: str) -> tuple[str, VerificationToken]:
    """A code that does what a link does, and the row for the database."""
    code = f"{secrets.randbelow(10**6):06}"
    token_hash = _hash(op, link.email, browser_hash, code)
    return code, replace(link, token_hash=token_hash, expires_at=link.created_at + LIFETIME)


async def pace(tx: Session, email: str, *, browser_hash: str, now: int) -> None:
    """Count a mail that somebody asks for; LoginRefused when the one before was a moment ago."""
    asked = await rate_counts.count(tx, f"confirmation:{_bound(email, browser_hash)}", seconds=PAUSE, now=now)
    if asked.times > 1:
        raise LoginRefused("code_just_sent", seconds=asked.seconds_left)


async def find(op: Provider, email: str, *, browser_hash: str, answer: str) -> VerificationToken:
    """What a typed code stands for; whoever goes on spends it. LoginRefused when it is not the one."""
    if not answer.strip():
        raise LoginRefused("missing_code")
    token_hash, now = _hash(op, email, browser_hash, plain(answer)), op.now()

    async def attempt(tx: Session) -> VerificationToken | None:
        subject = f"confirmation tried:{_bound(email, browser_hash)}"
        tried = await rate_counts.count(tx, subject, seconds=LIFETIME, now=now)
        if tried.times > MOST_TRIES:
            raise LoginRefused("too_many_codes_tried", minutes=-(-tried.seconds_left // 60))
        for purpose in (links.VERIFY_EMAIL, links.CHANGE_EMAIL):
            found = await verification_tokens.find_live(tx, token_hash, purpose=purpose, now=now)
            if found is not None:
                return found
        return None

    found = await op.db.transact(attempt)
    if found is None:
        raise LoginRefused("wrong_code")
    return found


def _bound(email: str, browser_hash: str) -> str:
    return digest(f"{browser_hash}|{email}")


def _hash(op: Provider, email: str, browser_hash: str, code: str) -> str:
    """So few digits could be guessed from a plain hash: this one needs the deployment's own key."""
    bound = f"confirmation|{_bound(email, browser_hash)}|{code}"
    return base64url.encode(hmac.new(op.form_key, bound.encode(), hashlib.sha256).digest())
