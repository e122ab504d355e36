"""What we say: the AuthnRequest (Core §3.4.1) by HTTP-Redirect (Bindings §3.4), and our metadata (Metadata §2.4.4)."""

import base64
import zlib
from datetime import UTC, datetime
from html import escape
from urllib.parse import urlencode

from hibana_op.login.federation.saml import names
from hibana_op.login.federation.shapes import Upstream
from hibana_op.provider import Provider


def request_id(nonce: str) -> str:
    """The ID of the request of a departure; an XML name begins with no digit."""
    return f"_{nonce}"


def url(op: Provider, upstream: Upstream, *, state: str, nonce: str, anew: bool) -> str:
    """Where the browser goes to ask a provider."""
    text = _authn_request(op, upstream, nonce=nonce, anew=anew)
    deflated = zlib.compress(text.encode(), wbits=-zlib.MAX_WBITS)
    query = {"SAMLRequest": base64.b64encode(deflated).decode(), "RelayState": state}
    endpoint: str = upstream.config["sso_url"]
    return endpoint + ("&" if "?" in endpoint else "?") + urlencode(query)


def _authn_request(op: Provider, upstream: Upstream, *, nonce: str, anew: bool) -> str:
    attributes = {
        "xmlns:samlp": names.PROTOCOL,
        "xmlns:saml": names.ASSERTION,
        "ID": request_id(nonce),
        "Version": "2.0",
        "IssueInstant": datetime.fromtimestamp(op.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Destination": upstream.config["sso_url"],
        "ProtocolBinding": names.POST,
        "AssertionConsumerServiceURL": names.acs_url(op, upstream.slug),
        **({"ForceAuthn": "true"} if anew else {}),
    }
    head = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    wanted = upstream.config.get("name_id_format", "persistent")
    is_by_attribute = "sub" in upstream.config.get("attributes", {})
    policy = (
        "" if is_by_attribute else f'<samlp:NameIDPolicy Format="{names.NAME_ID_FORMATS[wanted]}" AllowCreate="true"/>'
    )
    issuer = f"<saml:Issuer>{escape(names.entity_id(op, upstream.slug))}</saml:Issuer>"
    return f"<samlp:AuthnRequest {head}>{issuer}{policy}</samlp:AuthnRequest>"


def metadata(op: Provider, upstream: Upstream) -> bytes:
    """What a provider needs to know of us."""
    wanted = upstream.config.get("name_id_format", "persistent")
    lines = (
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<md:EntityDescriptor xmlns:md="{names.METADATA}" entityID="{escape(names.entity_id(op, upstream.slug))}">',
        f'<md:SPSSODescriptor AuthnRequestsSigned="false" WantAssertionsSigned="true"'
        f' protocolSupportEnumeration="{names.PROTOCOL}">',
        f"<md:NameIDFormat>{names.NAME_ID_FORMATS[wanted]}</md:NameIDFormat>",
        f'<md:AssertionConsumerService Binding="{names.POST}"'
        f' Location="{escape(names.acs_url(op, upstream.slug))}" index="0" isDefault="true"/>',
        "</md:SPSSODescriptor>",
        "</md:EntityDescriptor>",
        "",
    )
    return "\n".join(lines).encode()
