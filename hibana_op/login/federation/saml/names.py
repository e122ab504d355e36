"""What SAML 2.0 calls things, and what we are called there."""

from hibana_op.provider import Provider

PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
ENTITY = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
# Of the reasons that a provider may give, those that the person chose (Core §3.2.2.2).
DECLINED = frozenset(
    f"urn:oasis:names:tc:SAML:2.0:status:{name}" for name in ("AuthnFailed", "NoPassive", "RequestDenied")
)
# How a provider names people (Core §8.3), by the short names of our configuration.
NAME_ID_FORMATS = {
    "persistent": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "transient": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
    "emailAddress": "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    "unspecified": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
}
# What providers call our members where nothing else is said: the names of the X.500/LDAP profile (Profiles §8.2).
ATTRIBUTES = {
    "email": "urn:oid:0.9.2342.19200300.100.1.3",
    "name": "urn:oid:2.16.840.1.113730.3.1.241",
    "given_name": "urn:oid:2.5.4.42",
    "family_name": "urn:oid:2.5.4.4",
}
MEMBERS = ("sub", "email", "email_verified", "name", "given_name", "family_name", "locale")


def entity_id(op: Provider, slug: str) -> str:
    """What we are called at a provider: the address of our metadata for it."""
    return f"{op.issuer}/federation/{slug}/metadata"


def acs_url(op: Provider, slug: str) -> str:
    """Where a provider has the browser send its response."""
    return f"{op.issuer}/federation/{slug}/acs"
