"""Access tokens: made as RFC 9068 JWTs or opaque ones, and read back while they count."""

from dataclasses import dataclass
from typing import Any

from hibana_op.foundation import jose, secrets
from hibana_op.oauth.claims import load_person
from hibana_op.oauth.shapes import Person
from hibana_op.provider import Provider
from hibana_op.records import access_tokens, token_families
from hibana_op.records.token_families import TokenFamily
from hibana_op.storage.database import Session

TYPE = "at+jwt"
# Tokens for our own endpoints are verified by us alone, so the cheaper algorithm signs them.
OWN_ALGORITHM = "ES256"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveToken:
    """An access token that counts at this moment."""

    claims: dict[str, Any]
    is_opaque: bool
    family: TokenFamily | None
    person: Person | None

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes it carries, in their order."""
        return tuple(str(self.claims.get("scope", "")).split())


def new_jti(family_id: str | None) -> str:
    """An identifier of one token; the part before the dot leads back to its family."""
    return f"{family_id or ''}.{secrets.token()}"


async def read(op: Provider, text: str) -> LiveToken | None:
    """The token, if it is ours, unexpired and unrevoked and its person and client still count."""
    now = op.now()
    if text.count(".") != 2:
        live = await op.db.glance(lambda tx: _read_opaque(tx, text, now=now))
        return live if live is not None and await _is_of_client(op, live.claims) else None
    keyring = await op.remembered.keyring()
    try:
        claims = keyring.verify(text, now, typ=TYPE)
    except jose.BadToken:
        return None
    if claims.get("iss") != op.issuer or not isinstance(claims.get("exp"), int) or claims["exp"] <= now:
        return None
    if not await _is_of_client(op, claims):
        return None
    return await op.db.glance(lambda tx: _read_jwt(tx, claims, now=now))


async def _is_of_client(op: Provider, claims: dict[str, Any]) -> bool:
    """Whether whoever got a token may still ask for one: the client is there, and its tenant is open."""
    return await op.remembered.client(str(claims.get("client_id"))) is not None


async def _read_jwt(tx: Session, claims: dict[str, Any], *, now: int) -> LiveToken | None:
    jti = str(claims["jti"])
    if await access_tokens.is_revoked(tx, jti):
        return None
    return await _with_family(tx, claims, jti.partition(".")[0] or None, is_opaque=False, now=now)


async def _read_opaque(tx: Session, text: str, *, now: int) -> LiveToken | None:
    token = await access_tokens.find_live(tx, secrets.digest(text), now=now)
    if token is None:
        return None
    return await _with_family(tx, token.claims, token.family_id, is_opaque=True, now=now)


async def _with_family(
    tx: Session, claims: dict[str, Any], family_id: str | None, *, is_opaque: bool, now: int
) -> LiveToken | None:
    if family_id is None:
        return LiveToken(claims=claims, is_opaque=is_opaque, family=None, person=None)
    family = await token_families.find_live(tx, family_id, now=now)
    if family is None:
        return None
    person = await load_person(tx, family.user_id, now=now, membership_id=family.membership_id)
    return LiveToken(claims=claims, is_opaque=is_opaque, family=family, person=person)
