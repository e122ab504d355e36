"""Adding a passkey to an account: Web Authentication Level 3 §7.1.

Whether an authenticator attests to its make is not asked for: any passkey will do, and people keep their privacy.
Where a tenant does ask for it, `attestation` says what will do.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import webauthn
from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from hibana_op.foundation import base64url
from hibana_op.foundation.errors import Conflict, LoginRefused
from hibana_op.foundation.events import PasskeyAdded
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.login import notices, policy
from hibana_op.login.passkeys import attestation, ceremony, providers, relying_party
from hibana_op.login.passkeys.ceremony import Answer
from hibana_op.login.passkeys.signing_in import descriptors
from hibana_op.login.policy import Policy
from hibana_op.provider import Provider
from hibana_op.records import passkeys
from hibana_op.records.passkeys import Passkey
from hibana_op.records.users import User
from hibana_op.storage.database import Session

ALGORITHMS = (
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
)
_LONGEST_KEY = 1024  # bytes: more than an RSA key of 4096 bits takes
_TRANSPORTS = frozenset(each.value for each in AuthenticatorTransport)


async def options(
    op: Provider, user: User, *, browser_hash: str, right_after: str | None = None, is_verified: bool = False
) -> dict[str, Any]:
    """What `PublicKeyCredential.parseCreationOptionsFromJSON` takes; authenticators the person uses are left out.

    `right_after`: the sign-in with a password after which the browser makes a passkey without asking anybody
    (conditional creation, §5.1.3). The challenge keeps it, and by that alone nobody need be present. `is_verified`: the
    authenticator must recognise the person.
    """
    demanded = await policy.of_person(op.db, user, now=op.now())
    challenge = await ceremony.begin(
        op, "create", browser_hash=browser_hash, user_id=user.id, interaction_id=right_after
    )
    own = await passkeys.of_user(op.db, user.id)
    return asked(op, user, challenge, demanded, own, is_verified=is_verified)


def asked(
    op: Provider, user: User, challenge: bytes, demanded: Policy, own: Sequence[Passkey] = (), *, is_verified: bool
) -> dict[str, Any]:
    """What an authenticator is asked for: a passkey for this person, under what is demanded of theirs."""
    made = webauthn.generate_registration_options(
        rp_id=relying_party.of(op).id,
        rp_name=op.remembered.brand,
        user_id=relying_party.handle_of(user.id),
        user_name=user.email,
        user_display_name=user.name or user.email,
        challenge=challenge,
        timeout=ceremony.LIFETIME * 1000,
        attestation=AttestationConveyancePreference.DIRECT
        if demanded.is_attestation_required
        else AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,  # so that it can be found without a name
            user_verification=UserVerificationRequirement.REQUIRED
            if is_verified
            else UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=descriptors(own),
        supported_pub_key_algs=list(ALGORITHMS),
    )
    read: dict[str, Any] = json.loads(webauthn.options_to_json(made))
    return read


async def finish(
    op: Provider,
    user: User,
    document: Mapping[str, Any],
    *,
    browser_hash: str,
    unnamed: str,
    origin: Origin,
    is_verified: bool = False,
) -> Passkey:
    """Keep what an authenticator made, under its provider's name or else as `unnamed`; or LoginRefused."""
    answer = await ceremony.take_up(op, "create", document, browser_hash=browser_hash, user_id=user.id)
    demanded = await policy.of_person(op.db, user, now=op.now())
    passkey = await checked(op, user.id, answer, demanded, unnamed=unnamed, is_verified=is_verified)
    told = notices.message(op, user, "passkey_added", origin=origin, passkey=passkey.name)

    async def write(tx: Session) -> None:
        await passkeys.insert(tx, passkey)
        await notices.queue(op, tx, told)
        event = PasskeyAdded(user_id=user.id, target_id=passkey.id, name=passkey.name, is_synced=passkey.backed_up)
        await op.emit(tx, event, origin)

    try:
        await op.db.transact(write)
    except Conflict as taken:
        raise LoginRefused("passkey_taken") from taken
    return passkey


async def checked(
    op: Provider, user_id: str, answer: Answer, demanded: Policy, *, unnamed: str, is_verified: bool
) -> Passkey:
    """The passkey in an answer, when it verifies and is of a kind that may be added; or LoginRefused."""
    verified = _verify(op, answer, is_verified=is_verified)
    await attestation.check(op, demanded, verified)
    return _passkey(op, user_id, answer, verified, unnamed=unnamed)


def _verify(op: Provider, answer: Answer, *, is_verified: bool) -> VerifiedRegistration:
    party = relying_party.of(op)
    try:
        verified = webauthn.verify_registration_response(
            credential=answer.document,
            expected_challenge=answer.challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            # §7.1 step 15: nobody is asked anything in a conditional creation.
            require_user_presence=is_verified or answer.begun.interaction_id is None,
            require_user_verification=is_verified,
            supported_pub_key_algs=list(ALGORITHMS),
        )
        # Nothing was signed yet: a key that could never verify anything would be found out too late.
        decoded_public_key_to_cryptography(decode_credential_public_key(verified.credential_public_key))
    except Exception as fault:  # the library fails in many ways at what is malformed
        raise LoginRefused("passkey_refused") from fault
    is_other = base64url.encode(verified.credential_id) != answer.credential_id
    if is_other or len(verified.credential_public_key) > _LONGEST_KEY:
        raise LoginRefused("passkey_refused")
    return verified


def _passkey(op: Provider, user_id: str, answer: Answer, verified: VerifiedRegistration, *, unnamed: str) -> Passkey:
    told = answer.response.get("transports")
    transports = tuple(each for each in told if each in _TRANSPORTS) if isinstance(told, list) else ()
    return Passkey(
        id=uuid7(),
        user_id=user_id,
        credential_id=answer.credential_id,
        public_key=base64url.encode(verified.credential_public_key),
        sign_count=verified.sign_count,
        transports=tuple(dict.fromkeys(transports)),
        aaguid=verified.aaguid,
        name=providers.name_of(verified.aaguid) or unnamed,
        backup_eligible=verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        backed_up=verified.credential_backed_up,
        created_at=op.now(),
        last_used_at=None,
    )
