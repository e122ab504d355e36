"""A response of a provider, and reading it as the answer to one request."""

from typing import Any

import pytest

from hibana_op.login.federation.saml import response
from hibana_op.login.federation.saml.response import Expected, Proof
from hibana_op.login.federation.shapes import UpstreamFailed
from tests.saml_provider import ENTITY_ID, SSO_URL, SamlProvider, a_key, encoded

NOW = 1_800_000_000
US, ACS, REQUEST = "https://id.example/federation/acme/metadata", "https://id.example/federation/acme/acs", "_request"


def acme(**changes: Any) -> SamlProvider:
    """A provider that tells the truth, but for what changes."""
    return SamlProvider(**{"now": NOW, "entity_id": US, "acs_url": ACS, "request_id": REQUEST, **changes})


def expected(**config: Any) -> Expected:
    """What its response must be about."""
    settings = {"entity_id": ENTITY_ID, "sso_url": SSO_URL, "certificates": [a_key()[1]], **config}
    return Expected(issuer=ENTITY_ID, request_id=REQUEST, entity_id=US, acs_url=ACS, now=NOW, config=settings)


def read(raw: bytes, **config: Any) -> Proof:
    """Read a response."""
    return response.read(encoded(raw), expected(**config))


def refused(raw: bytes, reason: str, **config: Any) -> None:
    """A response that proves nothing, for the reason it was made for."""
    with pytest.raises(UpstreamFailed, match=reason):
        read(raw, **config)
