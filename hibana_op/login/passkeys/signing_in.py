"""Signing in with a passkey: Web Authentication Level 3 §7.2, usernameless or as one of a person's own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import webauthn
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers.structs import (
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    UserVerificationRequirement,
)

from hibana_op.foundation import base64url
from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.events import LoginFailed
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.login.passkeys import ceremony, relying_party
from hibana_op.login.passkeys.ceremony import Answer
from hibana_op.provider import Provider
from hibana_op.records import lockouts, passkeys, users
from hibana_op.records.factors import Factor
from hibana_op.records.passkeys import Passkey
from hibana_op.records.users import User
from hibana_op.storage.database import Session

METHOD = "passkey"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose passkey it was, what that proves, and the sign-in in which it was asked for."""

    user: User
    factor: Factor
    interaction_id: str | None


async def options(
    op: Provider, *, browser_hash: str, interaction_id: str | None, user_id: str | None
) -> dict[str, Any]:
    """What `PublicKeyCredential.parseRequestOptionsFromJSON` takes.

    Without a `user_id` any passkey will do and nobody is named, so that the answer tells nothing about anybody.
    """
    own = await passkeys.of_user(op.db, user_id) if user_id is not None else []
    challenge = await ceremony.begin(
        op, "get", browser_hash=browser_hash, user_id=user_id, interaction_id=interaction_id
    )
    made = webauthn.generate_authentication_options(
        rp_id=relying_party.of(op).id,
        challenge=challenge,
        timeout=ceremony.LIFETIME * 1000,
        allow_credentials=descriptors(own),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    read: dict[str, Any] = json.loads(webauthn.options_to_json(made))
    return read


def descriptors(own: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    """Passkeys as options name them."""
    return [
        PublicKeyCredentialDescriptor(
            id=base64url.decode(passkey.credential_id),
            transports=[AuthenticatorTransport(each) for each in passkey.transports],
        )
        for passkey in own
    ]


async def finish(op: Provider, document: Mapping[str, Any], *, browser_hash: str, origin: Origin) -> SignedIn:
    """The person whose passkey answered, or LoginRefused."""
    answer = await ceremony.take_up(op, "get", document, browser_hash=browser_hash)
    passkey = await passkeys.find_by_credential(op.db, answer.credential_id)
    if passkey is None:
        await _note_failure(op, answer, None, "unknown_passkey", origin)
        raise LoginRefused("passkey_unknown")
    reason, verified = _verify(op, answer, passkey)
    user = await users.find(op.db, passkey.user_id)
    if reason is None and (user is None or not user.is_active):
        reason = "account_closed"
    if reason is None and verified is not None and not await _note_use(op, passkey, verified):
        # A counter that stands still is that of a copy (§7.2 step 22).
        reason = "sign_count_not_grown"
    if reason is not None or verified is None or user is None:
        await _note_failure(op, answer, passkey.user_id, reason or "not_verified", origin)
        raise LoginRefused("passkey_refused")
    is_synced = verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE
    proven = factor(is_synced=is_synced, is_verified=verified.user_verified, now=op.now())
    return SignedIn(user, proven, answer.begun.interaction_id)


def _verify(op: Provider, answer: Answer, passkey: Passkey) -> tuple[str | None, VerifiedAuthentication | None]:
    """What is wrong with an answer, if anything, and what it proves."""
    expected = answer.begun.user_id
    handle = relying_party.user_of(answer.response.get("userHandle"))
    if (expected or handle) != passkey.user_id or handle not in (None, passkey.user_id):
        return "another_person", None
    party = relying_party.of(op)
    try:
        verified = webauthn.verify_authentication_response(
            credential=answer.document,
            expected_challenge=answer.challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=base64url.decode(passkey.public_key),
            # The counter is compared where it is written, so that of two answers at once one counts.
            credential_current_sign_count=0,
        )
    except Exception:  # the library fails in many ways at what is malformed
        return "not_verified", None
    if (verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE) != passkey.backup_eligible:
        return "backup_eligibility_changed", None  # §7.2 step 21: it never does
    return None, verified


async def _note_use(op: Provider, passkey: Passkey, verified: VerifiedAuthentication) -> bool:
    return await op.db.transact(
        lambda tx: passkeys.note_use(
            tx,
            passkey.id,
            sign_count=verified.new_sign_count,
            backed_up=verified.credential_backed_up,
            now=op.now(),
        )
    )


def factor(*, is_synced: bool, is_verified: bool, now: int) -> Factor:
    """What a passkey proves; `is_verified`: it recognised who holds it."""
    proves, amr = ["passkey"], ["swk" if is_synced else "hwk"]  # RFC 8176 §2
    if is_verified:
        proves += ["person"] if is_synced else ["person", "hardware"]
        amr += ["user"]
    return Factor(method=METHOD, proves=tuple(proves), amr=tuple(amr), proven_at=now)


async def _note_failure(op: Provider, answer: Answer, user_id: str | None, reason: str, origin: Origin) -> None:
    """Failures are noted and not counted: nobody can guess a signature, so nobody is locked out."""

    async def write(tx: Session) -> None:
        await lockouts.note_failure(
            tx,
            id=uuid7(),
            user_id=user_id,
            identifier_hash=answer.begun.challenge_hash,
            method=METHOD,
            reason=reason,
            ip_address=origin.ip,
            now=op.now(),
        )
        await op.emit(tx, LoginFailed(user_id=user_id, method=METHOD, reason=reason), origin)

    await op.db.transact(write)
