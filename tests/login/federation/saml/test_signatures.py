"""Who signed a response, and what of it: the corpus of signatures that prove nothing."""

import contextlib
import copy
from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from hibana_op.login.federation.saml.response import SKEW
from hibana_op.login.federation.shapes import UpstreamDeclined, UpstreamFailed
from tests.login.federation.saml.reading import NOW, acme, read, refused
from tests.saml_provider import DS, ENTITY_ID, EVIL, SAML, SAMLP, SUBJECT, WRAPPINGS, a_key


@pytest.mark.parametrize("signs", [("Assertion",), ("Response",), ("Response", "Assertion")], ids=" and ".join)
def test_K08_a_response_counts_whichever_part_around_the_assertion_is_signed(signs: tuple[str, ...]) -> None:
    proof = read(acme(signs=signs).response())
    assert (proof.account.issuer, proof.account.subject) == (ENTITY_ID, SUBJECT)
    assert (proof.account.email, proof.account.email_verified) == ("somebody@acme.example", False)
    assert (proof.assertion_id, proof.ends_at) == ("_assertion", NOW + 300 + SKEW)


@pytest.mark.parametrize(
    ("kind", "algorithm", "digest"),
    [
        ("rsa", "rsa-sha256", "sha256"),
        ("rsa", "rsa-sha384", "sha384"),
        ("rsa", "rsa-sha512", "sha512"),
        ("ec", "ecdsa-sha256", "sha256"),
    ],
    ids=["RS256", "RS384", "RS512", "ES256"],
)
def test_K08_signatures_of_today_count(kind: str, algorithm: str, digest: str) -> None:
    key = a_key(kind, kind)
    raw = acme(key=key, algorithm=algorithm, digest=digest).response()
    assert read(raw, certificates=[key[1]]).account.subject == SUBJECT


def test_K08_one_of_several_pinned_certificates_is_enough() -> None:
    assert read(acme().response(), certificates=[a_key("the next one")[1], a_key()[1]]).account.subject == SUBJECT


@pytest.mark.parametrize("same_id", [True, False], ids=["same ID", "another ID"])
@pytest.mark.parametrize("name", WRAPPINGS)
def test_K08_a_signature_wrapped_around_something_else_is_refused(name: str, same_id: bool) -> None:
    signs, wrap = WRAPPINGS[name]
    raw = acme(signs=(signs,)).response()
    assert read(raw).account.subject == SUBJECT, "what is wrapped counted by itself"
    identity = f"_{signs.lower()}" if same_id else EVIL
    wrapped = etree.tostring(wrap(etree.fromstring(raw), identity))
    assert b"the-attacker" in wrapped
    refused(
        wrapped, "an ID stands twice" if same_id else "assertions in place of one|another response|refers to|object"
    )


def test_K08_what_is_not_signed_is_refused() -> None:
    refused(acme(signs=()).response(), "nothing in it is signed")
    root = etree.fromstring(acme().response())
    (signature,) = root.iter(f"{{{DS}}}Signature")
    signature.getparent().remove(signature)
    refused(etree.tostring(root), "nothing in it is signed")


def test_K08_what_was_changed_after_it_was_signed_is_refused() -> None:
    for signs in (("Assertion",), ("Response",), ("Response", "Assertion")):
        raw = acme(signs=signs).response()
        refused(raw.replace(SUBJECT.encode(), b"victim"), "does not hold")
    both = acme(signs=("Response", "Assertion")).response()
    refused(both.replace(b'IssueInstant="', b'Consent="x" IssueInstant="', 1), "does not hold")


def test_K08_a_foreign_certificate_does_not_count_whatever_the_message_carries() -> None:
    stranger = a_key("a stranger")
    raw = acme(key=stranger).response()
    assert b"X509Certificate" in raw, "the message brings its certificate"
    refused(raw, "does not hold under the certificates")
    assert read(raw, certificates=[stranger[1]]).account.subject == SUBJECT


def test_K08_a_certificate_in_the_message_alone_is_none() -> None:
    raw = acme(key=a_key("a stranger")).response()
    pinned = "".join(a_key()[1].splitlines()[1:-1]).encode()
    root = etree.fromstring(raw)
    (held,) = root.iter(f"{{{DS}}}X509Certificate")
    held.text = pinned.decode()  # the right certificate beside the signature of another key
    refused(etree.tostring(root), "does not hold")
    (info,) = root.iter(f"{{{DS}}}KeyInfo")
    info.getparent().remove(info)
    refused(etree.tostring(root), "does not hold")


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [("rsa-sha1", "sha256"), ("rsa-sha256", "sha1"), ("hmac-sha256", "sha256"), ("hmac-sha1", "sha1")],
    ids=["SHA-1 signature", "SHA-1 digest", "HMAC with the public key", "HMAC-SHA1"],
)
def test_K08_old_algorithms_and_shared_secrets_do_not_count(algorithm: str, digest: str) -> None:
    refused(acme(algorithm=algorithm, digest=digest).response(), "an algorithm that does not count")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"#enveloped-signature", b"#base64"),
        (b'<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>', b""),
        (
            b'<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>',
            b'<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/>',
        ),
        (b'xml-exc-c14n#"/>', b'xml-exc-c14n#WithComments"/>'),
    ],
    ids=["base64", "no canonicalization", "XSLT", "with comments"],
)
def test_K08_other_transforms_are_refused(before: bytes, after: bytes) -> None:
    raw = acme().response()
    assert before in raw
    refused(raw.replace(before, after), "other transforms")


def test_K08_a_signature_refers_once_to_what_it_stands_in() -> None:
    raw = acme().response()
    refused(raw.replace(b'URI="#_assertion"', b'URI=""'), "refers to another element")
    refused(raw.replace(b'URI="#_assertion"', b'URI="#_response"'), "refers to another element")
    refused(raw.replace(b'ID="_assertion"', b""), "refers to another element")
    root = etree.fromstring(raw)
    (reference,) = root.iter(f"{{{DS}}}Reference")
    reference.addnext(etree.fromstring(etree.tostring(reference)))
    refused(etree.tostring(root), "2 Reference")
    root = etree.fromstring(raw)
    (signature,) = root.iter(f"{{{DS}}}Signature")
    signature.addnext(etree.fromstring(etree.tostring(signature)))
    refused(etree.tostring(root), "signed twice")


def test_K08_a_signature_in_another_place_is_refused() -> None:
    root = etree.fromstring(acme().response())
    (signature,) = root.iter(f"{{{DS}}}Signature")
    status = root.find(f"{{{SAMLP}}}Status")
    status.append(etree.fromstring(etree.tostring(signature)))
    refused(etree.tostring(root), "where none belongs")


def test_K08_there_is_exactly_one_assertion() -> None:
    first, second = acme(), acme(assertion_id="_second", name_id="somebody-else")
    root, other = (etree.fromstring(each.response()) for each in (first, second))
    root.append(other.find(f"{{{SAML}}}Assertion"))
    refused(etree.tostring(root), "2 assertions")
    for assertion in list(root.iter(f"{{{SAML}}}Assertion")):
        root.remove(assertion)
    refused(etree.tostring(root), "0 assertions")


def test_K08_an_encrypted_assertion_is_refused_in_clear_words() -> None:
    root = etree.fromstring(acme().response())
    root.append(etree.Element(f"{{{SAML}}}EncryptedAssertion"))
    refused(etree.tostring(root), "encrypted, which is not supported")


def test_S03_no_element_or_attribute_that_is_missing_emptied_doubled_or_strange_breaks_the_reader() -> None:
    for signs in (("Assertion",), ("Response",)):
        whole = etree.fromstring(acme(signs=signs).response())
        for number, element in enumerate(whole.iter()):
            for change in (*_CHANGES, *(_attribute(name, value) for name in element.attrib for value in _STRANGE)):
                root = copy.deepcopy(whole)
                change(list(root.iter())[number])
                with contextlib.suppress(UpstreamFailed, UpstreamDeclined):
                    assert read(etree.tostring(root)).account.subject == SUBJECT


_STRANGE = ("", "x", "日本", "#", "0")


def _emptied(element: Any) -> None:
    element.text = None
    for child in list(element):
        element.remove(child)


def _written(text: str) -> Callable[[Any], None]:
    def change(element: Any) -> None:
        element.text = text

    return change


def _doubled(element: Any) -> None:
    if element.getparent() is not None:
        element.addnext(copy.deepcopy(element))


def _removed(element: Any) -> None:
    if element.getparent() is not None:
        element.getparent().remove(element)


def _attribute(name: str, value: str) -> Callable[[Any], None]:
    return lambda element: element.set(name, value)


_CHANGES = (_emptied, _written("!!%%"), _written("日本"), _doubled, _removed)
