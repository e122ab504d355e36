"""Whether a provider signed a response, and what of it: XML Signature in the one shape that SAML allows (Core §5.4)."""

from dataclasses import replace

from cryptography import x509
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from hibana_op.login.federation.saml import names
from hibana_op.login.federation.saml.document import BadDocument, Element, children, only, parse, parser, tag, text_of

_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ASSERTION = tag(names.ASSERTION, "Assertion")
_SIGNATURE = tag(names.SIGNATURE, "Signature")
_ALLOWED = SignatureConfiguration(
    require_x509=True,
    expect_references=1,
    signature_methods=frozenset(
        {
            SignatureMethod.RSA_SHA256,
            SignatureMethod.RSA_SHA384,
            SignatureMethod.RSA_SHA512,
            SignatureMethod.ECDSA_SHA256,
            SignatureMethod.ECDSA_SHA384,
            SignatureMethod.ECDSA_SHA512,
        }
    ),
    digest_algorithms=frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512}),
)

_METHODS = frozenset(each.value for each in _ALLOWED.signature_methods)
_DIGESTS = frozenset(each.value for each in _ALLOWED.digest_algorithms)


def signed_assertion(raw: bytes, root: Element, certificates: list[x509.Certificate]) -> Element:
    """The one assertion of a response, as it stands in what the provider signed; nothing else may be read from it.

    `root` is `raw`, parsed. The response, the assertion, or both may be signed; every signature there is must hold.
    """
    assertion = _the_assertion(root)
    of_response, of_assertion = _signature_of(root), _signature_of(assertion)
    places = {each for each in (of_response, of_assertion) if each is not None}
    if not places:
        raise BadDocument("nothing in it is signed")
    if any(each not in places for each in root.iter(_SIGNATURE)):
        raise BadDocument("a signature stands where none belongs")
    found = assertion
    if of_response is not None:
        found = only(_signed(raw, root, of_response, "./", certificates), "Assertion")
    if of_assertion is not None:
        found = _signed(raw, assertion, of_assertion, f"./{_ASSERTION}/", certificates)
    return found


def _the_assertion(root: Element) -> Element:
    if any(True for _ in root.iter(tag(names.ASSERTION, "EncryptedAssertion"))):
        raise BadDocument("its assertion is encrypted, which is not supported")
    found = list(root.iter(_ASSERTION))
    if len(found) != 1 or found[0].getparent() is not root:
        raise BadDocument(f"it has {len(found)} assertions in place of one, right below the response")
    if any(each is not root for each in root.iter(tag(names.PROTOCOL, "Response"))):
        raise BadDocument("it holds another response")
    return found[0]


def _signature_of(element: Element) -> Element | None:
    found = children(element, "Signature", namespace=names.SIGNATURE)
    if len(found) > 1:
        raise BadDocument("an element is signed twice")
    return found[0] if found else None


def _signed(
    raw: bytes, element: Element, signature: Element, location: str, certificates: list[x509.Certificate]
) -> Element:
    """An element as one of the certificates signed it."""
    _check_shape(element, signature)
    for certificate in certificates:
        result = _verified(raw, location, certificate)
        if result is None:
            continue
        read = parse(result.signed_data)
        if read.tag != element.tag or read.get("ID") != element.get("ID"):
            raise BadDocument("a signature is of another element than the one it stands in")
        return read
    raise BadDocument("a signature does not hold under the certificates of this provider")


def _verified(raw: bytes, location: str, certificate: x509.Certificate) -> VerifyResult | None:
    # A pinned certificate is a key's container: an administrator says when it ends, not the date in it.
    config = replace(_ALLOWED, location=location, verification_time=certificate.not_valid_after_utc)
    try:
        result = XMLVerifier().verify(
            raw, x509_cert=certificate, parser=parser(), id_attribute="ID", expect_config=config
        )
    except (SignXMLException, etree.LxmlError, ValueError):
        return None
    return result if isinstance(result, VerifyResult) else None


def _check_shape(element: Element, signature: Element) -> None:
    """One reference, to the element the signature stands in, without any other transform than SAML needs."""
    if children(signature, "Object", namespace=names.SIGNATURE):
        raise BadDocument("a signature holds an object")
    if not text_of(only(signature, "SignatureValue", namespace=names.SIGNATURE)).strip():
        raise BadDocument("a signature is empty")
    info = only(signature, "SignedInfo", namespace=names.SIGNATURE)
    method = only(info, "CanonicalizationMethod", namespace=names.SIGNATURE)
    reference = only(info, "Reference", namespace=names.SIGNATURE)
    listed = only(reference, "Transforms", namespace=names.SIGNATURE)
    transforms = [each.get("Algorithm") for each in listed]
    if method.get("Algorithm") != _EXCLUSIVE or transforms != [_ENVELOPED, _EXCLUSIVE]:
        raise BadDocument("a signature uses other transforms than enveloped-signature and exclusive canonicalization")
    signs = only(info, "SignatureMethod", namespace=names.SIGNATURE).get("Algorithm")
    digests = only(reference, "DigestMethod", namespace=names.SIGNATURE).get("Algorithm")
    if signs not in _METHODS or digests not in _DIGESTS:
        raise BadDocument("a signature uses an algorithm that does not count; it is RSA or ECDSA with SHA-256 or later")
    identity = element.get("ID")
    if not identity or reference.get("URI") != f"#{identity}":
        raise BadDocument("a signature refers to another element than the one it stands in")
