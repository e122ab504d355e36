"""The userinfo endpoint: OpenID Connect Core §5.3, with bearer tokens by RFC 6750."""

from hibana_op.foundation.errors import InsufficientScope, InvalidRequest, InvalidToken
from hibana_op.oauth import access_token, claims_request
from hibana_op.oauth.call import NO_STORE, Call, Reply
from hibana_op.oauth.claims import userinfo_claims
from hibana_op.provider import Provider


async def userinfo(op: Provider, call: Call) -> Reply:
    """What the token's scopes say about its person."""
    live = await access_token.read(op, bearer(call))
    if live is None:
        raise InvalidToken("the access token is unknown, expired or revoked")
    if live.claims.get("aud") != op.issuer:
        raise InvalidToken("the access token is for another resource")
    if live.family is None or live.person is None or "openid" not in live.scopes:
        raise InsufficientScope("the access token does not carry the scope openid of a person")
    mappings = await op.remembered.mappings()
    found = userinfo_claims(
        live.person, scopes=live.scopes, request=claims_request.of_family(live.family), mappings=mappings
    )
    return Reply(body={"sub": live.family.user_id, **found}, headers=NO_STORE)


def bearer(call: Call) -> str:
    """The access token of a request, from the header or the form body, never from both or the query."""
    header = call.headers.get("authorization")
    in_body = call.form.maybe("access_token") if call.method == "POST" else None
    if header is None:
        if in_body is None:
            raise InvalidToken("no access token: send Authorization: Bearer")
        return in_body
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise InvalidToken("the Authorization header must use the Bearer scheme here")
    if in_body is not None:
        raise InvalidRequest("the access token is sent twice (RFC 6750 §2)")
    return value.strip()
