"""A provider of SAML in this process: it writes and signs responses, true ones and every kind of forged one."""

import base64
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureConstructionMethod
from signxml.signer import XMLSigner

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

ENTITY_ID = "https://idp.acme.example/metadata"
SSO_URL = "https://idp.acme.example/sso"
SAML, SAMLP, DS = (
    "urn:oasis:names:tc:SAML:2.0:assertion",
    "urn:oasis:names:tc:SAML:2.0:protocol",
    "http://www.w3.org/2000/09/xmldsig#",
)
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
SUBJECT = "somebody-at-acme"
MAIL = "urn:oid:0.9.2342.19200300.100.1.3"
EVIL = "_evil"  # the ID of a copy that has one of its own
_EXCLUSIVE = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
_PLACE = f'<ds:Signature xmlns:ds="{DS}" Id="placeholder"></ds:Signature>'


@cache
def a_key(name: str = "acme", kind: str = "rsa") -> tuple[Key, str]:
    """A private key and its certificate, made once for each name."""
    key: Key = (
        rsa.generate_private_key(public_exponent=65537, key_size=1024 if kind == "weak" else 2048)
        if kind != "ec"
        else ec.generate_private_key(ec.SECP256R1())
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    # Long over: a pinned certificate is the container of a key.
    end = datetime.now(UTC) - timedelta(days=30)
    certificate = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=365))
        .not_valid_after(end)
        .sign(key, SHA256())
    )
    return key, certificate.public_bytes(Encoding.PEM).decode()


@dataclass(slots=True)
class Asked:
    """What an AuthnRequest asks for."""

    root: Any
    state: str

    @classmethod
    def read(cls, url: str) -> "Asked":
        """Take the address apart to which a browser was sent."""
        query = dict(parse_qsl(urlsplit(url).query))
        raw = zlib.decompress(base64.b64decode(query["SAMLRequest"]), wbits=-zlib.MAX_WBITS)
        return cls(etree.fromstring(raw), query["RelayState"])


@dataclass(slots=True)
class SamlProvider:
    """What its next response says."""

    now: int
    entity_id: str  # ours
    acs_url: str
    request_id: str
    signs: tuple[str, ...] = ("Assertion",)
    algorithm: str = "rsa-sha256"
    digest: str = "sha256"
    key: tuple[Key, str] = field(default_factory=a_key)
    changes: dict[str, str] = field(default_factory=dict)  # what replaces what in the text before it is signed
    response_id: str = "_response"
    assertion_id: str = "_assertion"
    name_id: str = SUBJECT
    name_id_format: str = PERSISTENT
    attributes: dict[str, tuple[str, ...]] = field(default_factory=lambda: {MAIL: ("somebody@acme.example",)})

    def time(self, seconds: int = 0) -> str:
        """A moment, as seen from now."""
        return datetime.fromtimestamp(self.now + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def assertion(self) -> str:
        """The assertion before it is signed."""
        attributes = "".join(
            f'<saml:Attribute Name="{name}">'
            + "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
            + "</saml:Attribute>"
            for name, values in self.attributes.items()
        )
        return (
            f'<saml:Assertion xmlns:saml="{SAML}" ID="{self.assertion_id}" Version="2.0" IssueInstant="{self.time()}">'
            f"<saml:Issuer>{ENTITY_ID}</saml:Issuer>{_PLACE if 'Assertion' in self.signs else ''}"
            f'<saml:Subject><saml:NameID Format="{self.name_id_format}">{self.name_id}</saml:NameID>'
            '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
            f'<saml:SubjectConfirmationData InResponseTo="{self.request_id}" Recipient="{self.acs_url}"'
            f' NotOnOrAfter="{self.time(300)}"/></saml:SubjectConfirmation></saml:Subject>'
            f'<saml:Conditions NotBefore="{self.time(-5)}" NotOnOrAfter="{self.time(300)}">'
            f"<saml:AudienceRestriction><saml:Audience>{self.entity_id}</saml:Audience></saml:AudienceRestriction>"
            f'</saml:Conditions><saml:AuthnStatement AuthnInstant="{self.time()}"><saml:AuthnContext>'
            "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef>"
            "</saml:AuthnContext></saml:AuthnStatement>"
            f"<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"
        )

    def response(self) -> bytes:
        """The response, signed."""
        head = (
            f'<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="{self.response_id}" Version="2.0"'
            f' IssueInstant="{self.time()}" Destination="{self.acs_url}" InResponseTo="{self.request_id}">'
            f"<saml:Issuer>{ENTITY_ID}</saml:Issuer>{_PLACE if 'Response' in self.signs else ''}<samlp:Status>"
            '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
        )
        assertion = self._changed(self.assertion())
        if "Assertion" in self.signs:
            assertion = etree.tostring(self.signed(etree.fromstring(assertion))).decode()
        root = etree.fromstring(self._changed(head) + assertion + self._changed("</samlp:Response>"))
        if "Response" in self.signs:
            root = self.signed(root)
        return bytes(etree.tostring(root))

    def _changed(self, text: str) -> str:
        for before, after in self.changes.items():
            text = text.replace(before, after)
        return text

    def signed(self, element: Any) -> Any:
        """An element with this provider's signature in it."""
        key, certificate = self.key
        signer = Signer(
            method=SignatureConstructionMethod.enveloped,
            signature_algorithm=self.algorithm,
            digest_algorithm=self.digest,
            c14n_algorithm=_EXCLUSIVE,
        )
        if self.algorithm.startswith("hmac"):  # with what everybody knows for a secret
            public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            return signer.sign(element, key=public, reference_uri=element.get("ID"))
        return signer.sign(element, key=key, cert=certificate, reference_uri=element.get("ID"))


class Signer(XMLSigner):  # type: ignore[misc, unused-ignore]
    """Signs with the algorithms of old, too."""

    def check_deprecated_methods(self) -> None:
        """Let everything through."""


def encoded(response: bytes) -> str:
    """A response as it stands in the form."""
    return base64.b64encode(response).decode()


def _of(name: str, namespace: str = SAML) -> str:
    return f"{{{namespace}}}{name}"


def _copy(element: Any) -> Any:
    return etree.fromstring(etree.tostring(element))


def _evil(element: Any, identity: str) -> Any:
    """A copy that speaks of another person, without the signature."""
    copied = _copy(element)
    for signature in list(copied.iter(_of("Signature", DS))):
        signature.getparent().remove(signature)
    for name_id in copied.iter(_of("NameID")):
        name_id.text = "the-attacker"
    if identity == EVIL:
        for number, each in enumerate(copied.iter(_of("Assertion"))):
            each.set("ID", f"{EVIL}{number}")
    copied.set("ID", identity)
    return copied


def _parts(root: Any) -> tuple[Any, Any]:
    assertion = root.find(_of("Assertion"))
    return assertion, assertion.find(_of("Signature", DS))


def _xsw1(root: Any, identity: str) -> Any:
    original = _copy(root)
    signature = original.find(_of("Signature", DS))
    evil = _evil(root, identity)
    original.remove(signature)
    signature.append(original)
    evil.insert(1, signature)
    return evil


def _xsw2(root: Any, identity: str) -> Any:
    original = _copy(root)
    signature = original.find(_of("Signature", DS))
    evil = _evil(root, identity)
    original.remove(signature)
    evil.insert(1, signature)
    evil.insert(1, original)
    return evil


def _xsw3(root: Any, identity: str) -> Any:
    assertion, _ = _parts(root)
    assertion.addprevious(_evil(assertion, identity))
    return root


def _xsw4(root: Any, identity: str) -> Any:
    assertion, _ = _parts(root)
    evil = _evil(assertion, identity)
    root.replace(assertion, evil)
    evil.append(assertion)
    return root


def _xsw5(root: Any, identity: str) -> Any:
    assertion, signature = _parts(root)
    evil = _evil(assertion, identity)
    assertion.remove(signature)
    evil.insert(1, signature)
    root.replace(assertion, evil)
    root.append(assertion)
    return root


def _xsw6(root: Any, identity: str) -> Any:
    assertion, signature = _parts(root)
    evil = _evil(assertion, identity)
    assertion.remove(signature)
    root.replace(assertion, evil)
    evil.insert(1, signature)
    signature.append(assertion)
    return root


def _xsw7(root: Any, identity: str) -> Any:
    assertion, _ = _parts(root)
    extensions = etree.Element(_of("Extensions", SAMLP))
    extensions.append(_evil(assertion, identity))
    assertion.addprevious(extensions)
    return root


def _xsw8(root: Any, identity: str) -> Any:
    assertion, signature = _parts(root)
    evil = _evil(assertion, identity)
    root.replace(assertion, evil)
    assertion.remove(signature)
    evil.insert(1, signature)
    held = etree.SubElement(signature, _of("Object", DS))
    held.append(assertion)
    return root


# Signature wrapping as "On Breaking SAML" (2012) numbers it: by which part is signed, and what is done to it.
WRAPPINGS: dict[str, tuple[str, Callable[[Any, str], Any]]] = {
    "XSW1": ("Response", _xsw1),
    "XSW2": ("Response", _xsw2),
    "XSW3": ("Assertion", _xsw3),
    "XSW4": ("Assertion", _xsw4),
    "XSW5": ("Assertion", _xsw5),
    "XSW6": ("Assertion", _xsw6),
    "XSW7": ("Assertion", _xsw7),
    "XSW8": ("Assertion", _xsw8),
}


def metadata() -> bytes:
    """What the provider says of itself."""
    body = "".join(a_key()[1].splitlines()[1:-1])
    return (
        f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{ENTITY_ID}">'
        f'<md:IDPSSODescriptor protocolSupportEnumeration="{SAMLP}"><md:KeyDescriptor use="signing">'
        f'<ds:KeyInfo xmlns:ds="{DS}"><ds:X509Data><ds:X509Certificate>{body}</ds:X509Certificate></ds:X509Data>'
        "</ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService "
        f'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{SSO_URL}"/>'
        "</md:IDPSSODescriptor></md:EntityDescriptor>"
    ).encode()
