"""The userinfo endpoint: OpenID Connect Core §5.3, with bearer tokens by RFC 6750."""

from typing import Any

import msgspec

from hibana_op.foundation.errors import InsufficientScope, InvalidRequest, InvalidToken
from hibana_op.foundation.explanation import Explanation
from hibana_op.oauth import access_token, acting, claims_request, client_tokens, mapping_faults, subjects
from hibana_op.oauth.call import NO_STORE, Call, Reply
from hibana_op.oauth.claims import Explained, userinfo_claims
from hibana_op.provider import Provider
from hibana_op.records.clients import Client

_MISSING = Explanation("access_token_missing", ("Bearer …",), parameter="Authorization")


async def userinfo(op: Provider, call: Call) -> Reply:
    """What the token's scopes say about its person."""
    live = await access_token.read(op, bearer(call))
    client = await op.remembered.client(str(live.claims.get("client_id"))) if live else None
    if live is None or client is None:
        raise InvalidToken("the access token is unknown, expired or revoked", because=Explanation("access_token_dead"))
    if live.claims.get("aud") != op.issuer:
        because = Explanation("access_token_for_another", (op.issuer,), str(live.claims.get("aud")))
        raise InvalidToken("the access token is for another resource", because=because)
    if live.family is None or live.person is None or "openid" not in live.scopes:
        because = Explanation("openid_scope_missing", ("openid",), " ".join(live.scopes))
        raise InsufficientScope("the access token does not carry the scope openid of a person", because=because)
    mappings = await op.remembered.mappings()
    faults: list[Explained] = []
    found = userinfo_claims(
        live.person,
        scopes=live.scopes,
        request=claims_request.of_family(live.family),
        mappings=mappings,
        faults=faults,
    )
    if faults:
        await mapping_faults.report(op, faults, call.origin)
    found |= acting.claims(op, client, live.family)
    return await _reply(op, client, {"sub": subjects.subject(op, client, live.family.user_id), **found})


async def _reply(op: Provider, client: Client, claims: dict[str, Any]) -> Reply:
    """The claims in the form that the client registered (§5.3.2)."""
    algorithm, encryption = client.userinfo_signed_response_alg, client.userinfo_encrypted_response_alg
    if algorithm is None and encryption is None:
        return Reply(body=claims, headers=NO_STORE)
    content, kind = msgspec.json.encode(claims), None
    if algorithm is not None:
        signed = {**claims, "iss": op.issuer, "aud": client.client_id}
        content = (await client_tokens.sign(op, client, signed, algorithm=algorithm)).encode()
        kind = client_tokens.TYPE
    if encryption is not None:
        enc = client.userinfo_encrypted_response_enc
        content = (await client_tokens.encrypt(op, client, content, alg=encryption, enc=enc, cty=kind)).encode()
    return Reply(body=content, headers=NO_STORE, content_type="application/jwt")


def bearer(call: Call) -> str:
    """The access token of a request, from the header or the form body, never from both or the query."""
    header = call.headers.get("authorization")
    in_body = call.form.maybe("access_token") if call.method == "POST" else None
    if header is None:
        if in_body is None:
            raise InvalidToken(
                "no access token: send it in the Authorization header, with the scheme Bearer", because=_MISSING
            )
        return in_body
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise InvalidToken("the Authorization header must use the Bearer scheme here", because=_MISSING)
    if in_body is not None:
        because = Explanation("access_token_doubled", parameter="access_token")
        raise InvalidRequest("the access token is sent twice (RFC 6750 §2)", because=because)
    return value.strip()
