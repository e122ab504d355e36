"""Software statements: what a publisher says about its software, RFC 7591 §2.3."""

from typing import Any

from hibana_op.foundation import base64url, jose, strict_json
from hibana_op.foundation.errors import (
    Conflict,
    InvalidRecord,
    InvalidSoftwareStatement,
    NotFound,
    UnapprovedSoftwareStatement,
)
from hibana_op.foundation.events import SoftwarePublisherRemoved, SoftwarePublisherTrusted
from hibana_op.foundation.jose import Header, KeySet
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.outbound import OutboundRefused
from hibana_op.oauth.metadata import readers
from hibana_op.oauth.metadata.keys import key_set
from hibana_op.provider import Provider
from hibana_op.records import software_publishers
from hibana_op.records.software_publishers import SoftwarePublisher
from hibana_op.storage.database import Session

# A token that says of itself that it is something else is no statement (RFC 8725 §3.11).
TYPES = (None, "JWT", "software-statement+jwt")
LEEWAY = 60
LONGEST_ISSUER = 255


async def verify(op: Provider, statement: object) -> dict[str, Any]:
    """What a statement says, if a publisher that is trusted here signed it and it counts now."""
    if not isinstance(statement, str):
        raise InvalidSoftwareStatement("software_statement must be a string")
    try:
        header = jose.peek(statement)
        publisher = await _publisher(op, statement)
        keys = await _keys(op, publisher, header)
        claims = jose.verify_foreign(statement, keys, algorithms=jose.SIGNING_ALGORITHMS, typ=TYPES)
    except jose.BadToken as bad:
        raise InvalidSoftwareStatement("software_statement is not signed as it should be", detail=str(bad)) from None
    _check_times(op, claims)
    audience = claims.get("aud", op.issuer)
    if op.issuer not in (audience if isinstance(audience, list) else [audience]):
        raise InvalidSoftwareStatement("software_statement is meant for another provider")
    return claims


async def _publisher(op: Provider, statement: str) -> SoftwarePublisher:
    """Whom the statement names as its publisher, before anything is proven."""
    try:
        issuer = strict_json.read_object(base64url.decode(statement.split(".")[1])).get("iss")
    except (IndexError, ValueError):
        raise InvalidSoftwareStatement("software_statement is not a signed JSON Web Token") from None
    if not isinstance(issuer, str):
        raise InvalidSoftwareStatement("software_statement does not name its issuer")
    publisher = await software_publishers.find(op.db, issuer[:LONGEST_ISSUER].replace("\0", ""))
    if publisher is None or publisher.issuer != issuer:
        raise UnapprovedSoftwareStatement("the issuer of software_statement is no publisher that is trusted here")
    return publisher


async def _keys(op: Provider, publisher: SoftwarePublisher, header: Header) -> KeySet:
    if publisher.jwks_uri is None:
        return jose.read_key_set(publisher.jwks or {})
    try:
        return await op.key_sets.get(publisher.jwks_uri, fits=lambda keys: bool(keys.verifying(header.alg, header.kid)))
    except OutboundRefused as refused:
        raise InvalidSoftwareStatement(
            "the keys of the publisher of software_statement cannot be had now", detail=str(refused)
        ) from None


def _check_times(op: Provider, claims: dict[str, Any]) -> None:
    now = op.now()
    for name in ("exp", "nbf", "iat"):
        value = claims.get(name, now)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidSoftwareStatement(f"{name} of software_statement is not a number")
    if claims.get("exp", now) + LEEWAY <= now:
        raise InvalidSoftwareStatement("software_statement has expired")
    if max(claims.get("nbf", now), claims.get("iat", now)) > now + LEEWAY:
        raise InvalidSoftwareStatement("software_statement is not valid yet")


async def trust(
    op: Provider,
    *,
    issuer: str,
    jwks: dict[str, Any] | None,
    jwks_uri: str | None,
    origin: Origin,
    is_new: bool = False,
) -> SoftwarePublisher:
    """Let the statements of a publisher count, or give one that is trusted already other keys.

    Conflict for a new one that is trusted already.
    """
    if not 0 < len(issuer) <= LONGEST_ISSUER or not issuer.isprintable():
        raise InvalidRecord(f"an issuer has 1 to {LONGEST_ISSUER} printable characters")
    if (jwks is None) == (jwks_uri is None):
        raise InvalidRecord("a publisher has either a set of keys (jwks) or the address of one (jwks_uri)")
    made = SoftwarePublisher(
        issuer=issuer,
        jwks=None if jwks is None else key_set("jwks", jwks),
        jwks_uri=None if jwks_uri is None else readers.fetched_uri("jwks_uri", jwks_uri),
        created_at=op.now(),
    )

    async def write(tx: Session) -> None:
        if is_new and await software_publishers.find(tx, issuer) is not None:
            raise Conflict(f"the publisher {issuer} is trusted already")
        await software_publishers.put(tx, made)
        await op.emit(tx, SoftwarePublisherTrusted(target_id=issuer), origin)

    await op.db.transact(write)
    return made


async def remove(op: Provider, issuer: str, origin: Origin) -> None:
    """Trust a publisher no more; clients that registered with its statements stay."""

    async def write(tx: Session) -> None:
        if not await software_publishers.delete(tx, issuer):
            raise NotFound(f"no publisher is trusted under the name {issuer}")
        await op.emit(tx, SoftwarePublisherRemoved(target_id=issuer), origin)

    await op.db.transact(write)
