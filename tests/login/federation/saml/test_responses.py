"""What a response that is signed proves, and all that it may not say."""

import pytest

from hibana_op.login.federation.saml import names
from hibana_op.login.federation.saml.response import SKEW
from hibana_op.login.federation.shapes import UpstreamDeclined, UpstreamFailed
from tests.login.federation.saml.reading import ACS, REQUEST, US, acme, read, refused
from tests.saml_provider import ENTITY_ID, MAIL, PERSISTENT, SUBJECT

FORGED: dict[str, tuple[dict[str, str], str]] = {
    "another audience": ({f"<saml:Audience>{US}": "<saml:Audience>https://other.example"}, "Audience is not us"),
    "no audience": (
        {f"<saml:AudienceRestriction><saml:Audience>{US}</saml:Audience></saml:AudienceRestriction>": ""},
        "Audience is not us",
    ),
    "two restrictions": (
        {
            "</saml:AudienceRestriction>": "</saml:AudienceRestriction><saml:AudienceRestriction>"
            "<saml:Audience>https://other.example</saml:Audience></saml:AudienceRestriction>"
        },
        "Audience is not us",
    ),
    "another recipient": ({f'Recipient="{ACS}"': 'Recipient="https://other.example/acs"'}, "Recipient"),
    "no recipient": ({f' Recipient="{ACS}"': ""}, "Recipient"),
    "another destination": ({f'Destination="{ACS}"': 'Destination="https://other.example/acs"'}, "Destination"),
    "no destination": ({f' Destination="{ACS}"': ""}, "Destination"),
    "another request": ({REQUEST: "_other"}, "InResponseTo"),
    "another request, in the assertion": (
        {f'Data InResponseTo="{REQUEST}"': 'Data InResponseTo="_other"'},
        "the assertion's InResponseTo",
    ),
    "unsolicited": ({f' InResponseTo="{REQUEST}"': ""}, "InResponseTo"),
    "unsolicited, in the assertion": ({f'Data InResponseTo="{REQUEST}"': "Data"}, "the assertion's InResponseTo"),
    "another issuer": ({ENTITY_ID: "https://other.example/metadata"}, "Issuer"),
    "no issuer in the assertion": ({"<saml:Issuer>" + ENTITY_ID + "</saml:Issuer>": ""}, "0 Issuer"),
    "no conditions": ({"saml:Conditions": "saml:Advice"}, "0 Conditions"),
    "an unknown condition": (
        {"<saml:AudienceRestriction>": "<saml:Condition/><saml:AudienceRestriction>"},
        "condition",
    ),
    "no statement": ({"AuthnStatement": "OtherStatement"}, "does not say that somebody signed in"),
    "no confirmation": ({"cm:bearer": "cm:sender-vouches"}, "not confirmed by bearer"),
    "two subjects": ({"</saml:Subject>": "</saml:Subject><saml:Subject/>"}, "2 Subject"),
    "two names": ({"</saml:NameID>": "</saml:NameID><saml:NameID>victim</saml:NameID>"}, "2 NameID"),
    "a name in parts": ({SUBJECT: f"{SUBJECT}<saml:x/>.evil.example"}, "more than text"),
    "no name": ({SUBJECT: ""}, "its name for somebody"),
    "a name that is too long": ({SUBJECT: "x" * 257}, "its name for somebody"),
    "a name with a line end": ({SUBJECT: f"{SUBJECT}\n"}, "its name for somebody"),
    "a transient name": ({PERSISTENT: names.NAME_ID_FORMATS["transient"]}, "transient"),
    "a name of another kind": ({PERSISTENT: names.NAME_ID_FORMATS["emailAddress"]}, "another Format"),
    "a name between others": ({"<saml:NameID ": '<saml:NameID SPNameQualifier="https://other.example" '}, "others"),
    "an encrypted name": ({"saml:NameID": "saml:EncryptedID"}, "encrypted"),
    "an assertion of SAML 1": ({'ID="_assertion" Version="2.0"': 'ID="_assertion" Version="1.1"'}, "none of SAML"),
    "a response of SAML 1": ({'ID="_response" Version="2.0"': 'ID="_response" Version="1.1"'}, "no response"),
    "no response at all": ({"samlp:Response": "samlp:ArtifactResponse"}, "no response"),
}


@pytest.mark.parametrize("name", FORGED)
def test_K08_a_response_that_says_something_else_is_refused_though_it_is_signed(name: str) -> None:
    changes, reason = FORGED[name]
    signed = acme()
    whole = signed.assertion() + f'<samlp:Response Destination="{ACS}" ID="_response" Version="2.0"'
    assert all(before in whole for before in changes), "the forgery changes something"
    signed.changes = changes
    refused(signed.response(), reason)


@pytest.mark.parametrize(
    ("attribute", "seconds", "reason"),
    [
        ("NotOnOrAfter", -SKEW, "it has expired"),
        ("NotBefore", SKEW + 1, "of the future"),
        ("AuthnInstant", SKEW + 1, "AuthnInstant"),
    ],
)
def test_K08_time_is_kept_with_a_minute_of_leeway(attribute: str, seconds: int, reason: str) -> None:
    signed = acme()
    now = {"NotOnOrAfter": 300, "NotBefore": -5, "AuthnInstant": 0}[attribute]
    for moved, counts in ((seconds + (1 if seconds < 0 else -1), True), (seconds, False)):
        signed.changes = {f'{attribute}="{signed.time(now)}"': f'{attribute}="{signed.time(moved)}"'}
        if counts:
            assert read(signed.response()).account.subject == SUBJECT
        else:
            refused(signed.response(), reason)


@pytest.mark.parametrize(
    "text", ["", "now", "2027-01-15T08:05:00", "2027-13-45T00:00:00Z", "2027-01-15T08:05:00+09:00"]
)
def test_K08_a_time_that_is_none_in_UTC_is_refused(text: str) -> None:
    signed = acme()
    signed.changes = {f'NotOnOrAfter="{signed.time(300)}"': f'NotOnOrAfter="{text}"'}
    refused(signed.response(), "a time is missing")


def test_K08_a_session_that_is_over_and_a_confirmation_of_the_future_are_refused() -> None:
    signed = acme()
    signed.changes = {"<saml:AuthnStatement ": f'<saml:AuthnStatement SessionNotOnOrAfter="{signed.time(-SKEW)}" '}
    refused(signed.response(), "session there is over")
    signed.changes = {"<saml:SubjectConfirmationData ": f'<saml:SubjectConfirmationData NotBefore="{signed.time()}" '}
    refused(signed.response(), "has a NotBefore")


def test_a_person_who_declined_is_told_apart_from_a_provider_that_failed() -> None:
    success = "urn:oasis:names:tc:SAML:2.0:status:Success"
    code = f'<samlp:StatusCode Value="{success}"/>'
    for inner, failure in (("RequestDenied", UpstreamDeclined), ("UnsupportedBinding", UpstreamFailed)):
        told = (
            '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder">'
            f'<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:{inner}"/></samlp:StatusCode>'
        )
        with pytest.raises(failure):
            read(acme(changes={code: told}).response())


def test_K05_an_address_counts_as_confirmed_by_an_attribute_or_by_an_administrator() -> None:
    raw = acme(attributes={MAIL: ("a@acme.example", "b@acme.example"), "checked": ("true",), "no": ("yes",)}).response()
    assert read(raw).account.email == "a@acme.example"
    for config, confirmed in (
        ({}, False),
        ({"trust_email": True}, True),
        ({"attributes": {"email_verified": "checked"}}, True),
        ({"attributes": {"email_verified": "no"}, "trust_email": True}, False),
        ({"attributes": {"email_verified": "absent"}, "trust_email": True}, False),
    ):
        assert read(raw, **config).account.email_verified is confirmed, config


def test_K07_only_what_is_mapped_is_read() -> None:
    raw = acme(attributes={"Role": ("admin",), "tenant_id": ("1",), "cn": ("Somebody",)}).response()
    assert dict(read(raw).account.claims) == {"sub": SUBJECT}
    assert read(raw, attributes={"name": "cn"}).account.claims["name"] == "Somebody"


def test_an_attribute_may_name_people_where_it_has_one_value() -> None:
    transient = names.NAME_ID_FORMATS["transient"]
    raw = acme(name_id_format=transient, attributes={"uid": ("7",), "many": ("1", "2")}).response()
    assert read(raw, attributes={"sub": "uid"}).account.subject == "7"
    refused(raw, "has 2 values", attributes={"sub": "many"})
    refused(raw, "has 0 values", attributes={"sub": "none"})


def test_a_name_of_the_kind_that_was_agreed_on_counts() -> None:
    address = acme(name_id="somebody@acme.example", name_id_format=names.NAME_ID_FORMATS["emailAddress"]).response()
    assert read(address, name_id_format="emailAddress").account.subject == "somebody@acme.example"
    refused(acme().response(), "another Format", name_id_format="emailAddress")
