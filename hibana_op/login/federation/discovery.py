"""What a provider says of itself: OpenID Connect Discovery §3, §4 and RFC 8414."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hibana_op.foundation import addresses
from hibana_op.foundation.outbound import OutboundRefused
from hibana_op.login.federation.shapes import UpstreamFailed
from hibana_op.provider import Provider

_WELL_KNOWN = "/.well-known/openid-configuration"
_BASIC, _POST = "client_secret_basic", "client_secret_post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where a provider does what. `says_issuer`: its answers name it (RFC 9207)."""

    authorization: str
    token: str
    userinfo: str | None
    jwks: str
    posts_secret: bool
    says_issuer: bool


async def endpoints_of(op: Provider, issuer: str) -> Endpoints:
    """The endpoints of a provider."""
    return read(issuer, await _fetched(op, issuer))


async def _fetched(op: Provider, issuer: str) -> Mapping[str, Any]:
    """The document under an issuer, at most an hour old."""
    try:
        return await op.upstream_metadata.get(issuer.rstrip("/") + _WELL_KNOWN)
    except OutboundRefused as refused:
        raise UpstreamFailed(f"its discovery document cannot be had: {refused}") from None


def read(issuer: str, metadata: Mapping[str, Any]) -> Endpoints:
    """The endpoints in a discovery document, which must be of the very issuer that was asked (Discovery §4.3)."""
    if metadata.get("issuer") != issuer:
        raise UpstreamFailed("its discovery document is of another issuer")
    methods = metadata.get("token_endpoint_auth_methods_supported", [_BASIC])
    return Endpoints(
        authorization=_address(issuer, metadata, "authorization_endpoint"),
        token=_address(issuer, metadata, "token_endpoint"),
        userinfo=_address(issuer, metadata, "userinfo_endpoint") if "userinfo_endpoint" in metadata else None,
        jwks=_address(issuer, metadata, "jwks_uri"),
        posts_secret=isinstance(methods, list) and _BASIC not in methods and _POST in methods,
        says_issuer=metadata.get("authorization_response_iss_parameter_supported") is True,
    )


def _address(issuer: str, metadata: Mapping[str, Any], name: str) -> str:
    """An endpoint; one on this machine only where the issuer is as well."""
    address = metadata.get(name)
    try:
        if not isinstance(address, str):
            raise ValueError("it is missing")  # noqa: TRY301, TRY004 -- as for every other fault
        addresses.parse(address, plain_here=addresses.parse(issuer, plain_here=True).is_plain)
    except ValueError as fault:
        raise UpstreamFailed(f"{name} in its discovery document cannot be used: {fault}") from None
    return address
