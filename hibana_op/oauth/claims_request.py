"""The `claims` parameter as it rests in a token family."""

from typing import Any

from hibana_op.oauth.shapes import ClaimsRequest
from hibana_op.records.token_families import TokenFamily


def as_stored(request: ClaimsRequest) -> dict[str, Any]:
    """The form that a family keeps."""
    return {"id_token": dict(request.id_token), "userinfo": dict(request.userinfo)}


def of_family(family: TokenFamily) -> ClaimsRequest:
    """What the client asked for when the family began."""
    return ClaimsRequest(
        id_token=family.claims.get("id_token", {}),
        userinfo=family.claims.get("userinfo", {}),
        locales=family.claims_locales,
    )
