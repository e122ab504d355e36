"""A provider's response: Web Browser SSO Profile (Profiles §4.1.4.2, §4.1.4.3) and Core §2, every rule of it."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hibana_op.login.federation.saml import certificates, names
from hibana_op.login.federation.saml.document import (
    BadDocument,
    Element,
    children,
    only,
    parse,
    tag,
    text_of,
    texts,
)
from hibana_op.login.federation.saml.signature import signed_assertion
from hibana_op.login.federation.shapes import Account, Config, UpstreamDeclined, UpstreamFailed

SKEW = 60
LONGEST_SUBJECT = 256  # Core §8.3.7
_LONGEST_VALUE = 1024
_TRANSIENT = names.NAME_ID_FORMATS["transient"]
_PERSISTENT = names.NAME_ID_FORMATS["persistent"]
_UNSPECIFIED = names.NAME_ID_FORMATS["unspecified"]
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,12})?Z")
_CONDITIONS = frozenset(
    tag(names.ASSERTION, name) for name in ("AudienceRestriction", "OneTimeUse", "ProxyRestriction")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a response must be about: this departure, this provider, and us."""

    issuer: str
    request_id: str
    entity_id: str
    acs_url: str
    now: int
    config: Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Who somebody is at a provider, and the assertion that said so, which counts once and not after its end."""

    account: Account
    assertion_id: str
    ends_at: int


def read(encoded: str, expected: Expected) -> Proof:
    """What a response proves; UpstreamFailed says in our own words why it proves nothing."""
    try:
        raw = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise UpstreamFailed("its response is not base64") from None
    try:
        root = parse(raw)
        _check_response(root, expected)
        pinned = [certificates.load(pem) for pem in expected.config["certificates"]]
        return _proof(signed_assertion(raw, root, pinned), expected)
    except BadDocument as bad:
        raise UpstreamFailed(f"its response does not count: {bad}") from None


def _check_response(root: Element, expected: Expected) -> None:
    """Whether it answers us. Not all of this need be signed; the assertion says it once more."""
    if root.tag != tag(names.PROTOCOL, "Response") or root.get("Version") != "2.0":
        raise BadDocument("it is no response of SAML 2.0")
    if root.get("Destination") != expected.acs_url:
        raise BadDocument("Destination is not our address")
    if root.get("InResponseTo") != expected.request_id:
        raise BadDocument("InResponseTo is not the request of this sign-in")
    for issuer in children(root, "Issuer"):
        _check_issuer(issuer, expected)
    status = only(root, "Status", namespace=names.PROTOCOL)
    code = only(status, "StatusCode", namespace=names.PROTOCOL)
    if code.get("Value") != names.SUCCESS:
        inner = children(code, "StatusCode", namespace=names.PROTOCOL)
        if any(each.get("Value") in names.DECLINED for each in inner):
            raise UpstreamDeclined
        raise UpstreamFailed("it answered that it signed nobody in")


def _check_issuer(issuer: Element, expected: Expected) -> None:
    if text_of(issuer) != expected.issuer or issuer.get("Format", names.ENTITY) != names.ENTITY:
        raise BadDocument("Issuer is another provider")


def _proof(assertion: Element, expected: Expected) -> Proof:
    assertion_id = assertion.get("ID")
    if assertion.get("Version") != "2.0" or not assertion_id:
        raise BadDocument("its assertion is none of SAML 2.0, or has no ID")
    _check_issuer(only(assertion, "Issuer"), expected)
    subject = only(assertion, "Subject")
    ends_at = min(_check_confirmation(subject, expected), _check_conditions(only(assertion, "Conditions"), expected))
    _check_statements(children(assertion, "AuthnStatement"), expected)
    told = _attributes(assertion)
    return Proof(
        account=_account(_name_id(subject, expected), told, expected),
        assertion_id=assertion_id,
        ends_at=ends_at + SKEW,
    )


def _check_confirmation(subject: Element, expected: Expected) -> int:
    """When the confirmation ends that whoever brings the assertion to us, now, is its subject."""
    for each in children(subject, "SubjectConfirmation"):
        if each.get("Method") != names.BEARER:
            continue
        data = only(each, "SubjectConfirmationData")
        if data.get("Recipient") != expected.acs_url:
            raise BadDocument("Recipient is not our address")
        if data.get("InResponseTo") != expected.request_id:
            raise BadDocument("the assertion's InResponseTo is not the request of this sign-in")
        if data.get("NotBefore") is not None:
            raise BadDocument("a confirmation by bearer has a NotBefore")
        return _end(data, expected.now)
    raise BadDocument("its subject is not confirmed by bearer")


def _check_conditions(conditions: Element, expected: Expected) -> int:
    """When the conditions under which an assertion counts end."""
    if any(each.tag not in _CONDITIONS for each in conditions):
        raise BadDocument("it has a condition that is not known here")
    begin = conditions.get("NotBefore")
    if begin is not None and _time(begin) > expected.now + SKEW:
        raise BadDocument("it is of the future")
    audiences = children(conditions, "AudienceRestriction")
    if not audiences or any(expected.entity_id not in texts(children(each, "Audience")) for each in audiences):
        raise BadDocument("Audience is not us")
    return _end(conditions, expected.now)


def _check_statements(statements: list[Element], expected: Expected) -> None:
    if not statements:
        raise BadDocument("it does not say that somebody signed in")
    for each in statements:
        if _time(each.get("AuthnInstant")) > expected.now + SKEW:
            raise BadDocument("AuthnInstant is of the future")
        if (
            each.get("SessionNotOnOrAfter") is not None
            and _time(each.get("SessionNotOnOrAfter")) + SKEW <= expected.now
        ):
            raise BadDocument("the session there is over")


def _end(element: Element, now: int) -> int:
    end = _time(element.get("NotOnOrAfter"))
    if end + SKEW <= now:
        raise BadDocument("it has expired")
    return end


def _time(text: str | None) -> int:
    """A moment, always in UTC (Core §1.3.3)."""
    found = _TIME.fullmatch(text or "")
    try:
        return int(datetime.fromisoformat(f"{found[1]}+00:00").timestamp()) if found else int("")
    except ValueError:
        raise BadDocument("a time is missing, or not a time in UTC") from None


def _name_id(subject: Element, expected: Expected) -> Element | None:
    """The provider's name for somebody; None where an attribute stands for it."""
    if "sub" in expected.config.get("attributes", {}):
        return None
    if children(subject, "EncryptedID"):
        raise BadDocument("its NameID is encrypted, which is not supported")
    name_id = only(subject, "NameID")
    given = name_id.get("Format", _UNSPECIFIED)
    if given == _TRANSIENT:
        raise BadDocument("NameID is transient: it names nobody the next time. Have it send a persistent one")
    if given != names.NAME_ID_FORMATS[expected.config.get("name_id_format", "persistent")]:
        raise BadDocument("NameID has another Format than the one that was asked for")
    # A persistent name is one of this pair of provider and asker, and only there.
    if given == _PERSISTENT and (
        name_id.get("NameQualifier", expected.issuer) != expected.issuer
        or name_id.get("SPNameQualifier", expected.entity_id) != expected.entity_id
    ):
        raise BadDocument("NameID is a name between others")
    return name_id


def _attributes(assertion: Element) -> Mapping[str, list[str]]:
    told: dict[str, list[str]] = {}
    for statement in children(assertion, "AttributeStatement"):
        for attribute in children(statement, "Attribute"):
            values = [each for each in texts(children(attribute, "AttributeValue")) if 0 < len(each) <= _LONGEST_VALUE]
            told.setdefault(attribute.get("Name", ""), []).extend(values)
    return told


def _account(name_id: Element | None, told: Mapping[str, list[str]], expected: Expected) -> Account:
    config = expected.config
    named = {**names.ATTRIBUTES, **config.get("attributes", {})}
    claims = {ours: told[theirs][0] for ours, theirs in named.items() if told.get(theirs)}
    if name_id is not None:
        subject = text_of(name_id)
    else:
        values = told.get(named["sub"], [])
        if len(values) != 1:
            raise BadDocument(f"the attribute that names people has {len(values)} values in place of one")
        subject = values[0]
    if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable() or subject != subject.strip():
        raise BadDocument(f"its name for somebody is not a text of 1 to {LONGEST_SUBJECT} characters")
    is_confirmed = claims.get("email_verified") in ("true", "1")
    return Account(
        issuer=expected.issuer,
        subject=subject,
        email=claims.get("email"),
        # Most providers say nothing of it: then it counts as confirmed where an administrator said so.
        email_verified=is_confirmed if "email_verified" in named else bool(config.get("trust_email")),
        claims={**claims, "sub": subject},
    )
