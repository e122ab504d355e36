"""What authenticators say of themselves, where a policy demands it: Web Authentication Level 3 §7.1 steps 21 to 25, §8.

The statement must verify, and the model it speaks of be one of those listed. Where the administrator names roots, the
certificate that vouches for it must lead to one of them; without roots anybody can make such a statement up.
"""

import logging
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from webauthn.helpers import parse_attestation_object, validate_certificate_chain
from webauthn.helpers.exceptions import InvalidCertificateChain
from webauthn.helpers.structs import AttestationFormat
from webauthn.registration.verify_registration_response import VerifiedRegistration

from hibana_op.foundation import certificates
from hibana_op.foundation.errors import LoginRefused
from hibana_op.login.policy import Policy
from hibana_op.provider import Provider

_MODEL = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")  # id-fido-gen-ce-aaguid, an OCTET STRING of 16 bytes
_OCTETS = b"\x04\x10"

_log = logging.getLogger("hibana.passkeys")


async def check(op: Provider, demanded: Policy, verified: VerifiedRegistration) -> None:
    """LoginRefused for an authenticator that does not prove what it is, or is of another model than those allowed."""
    if not demanded.is_attestation_required:
        return
    is_listed = demanded.aaguids is None or verified.aaguid in demanded.aaguids
    if verified.fmt == AttestationFormat.NONE or not is_listed:
        raise LoginRefused("passkey_not_attested")
    chain = parse_attestation_object(verified.attestation_object).att_stmt.x5c or []
    if chain and not _is_of_model(chain[0], verified.aaguid):
        raise LoginRefused("passkey_not_attested")
    if op.settings.attestation_roots is None:
        return
    roots = await _roots(op)
    try:
        # The library takes any chain where there are no roots, and one without certificates attests to itself.
        is_trusted = bool(roots and chain) and validate_certificate_chain(x5c=chain, pem_root_certs_bytes=roots)
    except InvalidCertificateChain as fault:
        raise LoginRefused("passkey_not_attested") from fault
    if not is_trusted:
        raise LoginRefused("passkey_not_attested")


def _is_of_model(certificate: bytes, aaguid: str) -> bool:
    """Whether a certificate, if it is for one model alone, is for this one (§8.2.1)."""
    try:
        told = x509.load_der_x509_certificate(certificate).extensions.get_extension_for_oid(_MODEL).value
    except x509.ExtensionNotFound:
        return True
    except ValueError:
        return False
    return isinstance(told, x509.UnrecognizedExtension) and told.value == _OCTETS + UUID(aaguid).bytes


async def _roots(op: Provider) -> list[bytes]:
    """The administrator's roots, read when they are needed: it is seldom, and a new file counts at once."""
    path = op.settings.attestation_roots
    try:
        found = await op.passwords.apart(lambda: certificates.read(path)) if path else ()
    except (OSError, ValueError) as fault:
        _log.error("HIBANA_ATTESTATION_ROOTS cannot be read, so no authenticator is taken: %s", fault)
        return []
    return [each.public_bytes(Encoding.PEM) for each in found]
