"""What a provider says of itself in its metadata (Metadata §2.4.3), in a file that an administrator trusts."""

import re
from typing import Any

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.login.federation.saml import certificates, names
from hibana_op.login.federation.saml.document import BadDocument, Element, children, parse, tag, text_of

MOST_BYTES = 1024 * 1024
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)  # such files are often edited by hand
_SIGNING = (None, "signing")


def read(raw: bytes) -> dict[str, Any]:
    """The members of a configuration that a metadata file says: entity_id, sso_url and certificates."""
    try:
        return _members(parse(_COMMENT.sub(b"", raw), most_bytes=MOST_BYTES))
    except BadDocument as bad:
        raise InvalidRecord(f"the metadata cannot be used: {bad}") from None


def _members(root: Element) -> dict[str, Any]:
    if root.tag != tag(names.METADATA, "EntityDescriptor"):
        raise BadDocument("it describes no single provider (its root is not EntityDescriptor)")
    roles = children(root, "IDPSSODescriptor", namespace=names.METADATA)
    if len(roles) != 1:
        raise BadDocument("it describes no identity provider (IDPSSODescriptor)")
    services = children(roles[0], "SingleSignOnService", namespace=names.METADATA)
    places = [each.get("Location") for each in services if each.get("Binding") == names.REDIRECT]
    if not places:
        raise BadDocument("it offers no sign-in by HTTP-Redirect")
    found = [
        _pem(text_of(each))
        for key in children(roles[0], "KeyDescriptor", namespace=names.METADATA)
        if key.get("use") in _SIGNING
        for each in key.iter(tag(names.SIGNATURE, "X509Certificate"))
    ]
    if not found:
        raise BadDocument("it holds no certificate to check signatures with")
    return {
        "entity_id": root.get("entityID", ""),
        "sso_url": places[0],
        "certificates": [certificates.checked(each) for each in dict.fromkeys(found)],
    }


def _pem(text: str) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{''.join(text.split())}\n-----END CERTIFICATE-----\n"
