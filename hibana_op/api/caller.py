"""Who calls the API: an access token for it (RFC 6750, RFC 9068) or an API key, and never anything else."""

from collections.abc import Mapping
from dataclasses import replace

from hibana_op.api import pace
from hibana_op.api.operation import ROOT, SCOPE, Caller
from hibana_op.foundation import addresses, networks
from hibana_op.foundation.errors import InsufficientScope, InvalidToken, TooManyRequests
from hibana_op.foundation.explanation import Explanation
from hibana_op.foundation.origin import Origin
from hibana_op.oauth import access_token
from hibana_op.oauth.access_token import LiveToken
from hibana_op.provider import Provider
from hibana_op.records import api_keys, ip_allowlists, machines, rate_counts, tenants
from hibana_op.records.api_keys import ApiKey
from hibana_op.records.roles import Granted
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy import api_keys as keys
from hibana_op.tenancy.access import Actor

LONGEST_TOKEN = 16 * 1024
# From one place, in a quarter of an hour: whoever is wrong more often is told to wait.
MOST_FAILURES = 100
WINDOW = 900

_MISSING = Explanation("access_token_missing", ("Bearer …",), parameter="Authorization")
_DEAD = "the access token or API key is unknown, expired or revoked, or does not count from here"


async def identify(op: Provider, headers: Mapping[str, str], origin: Origin) -> Caller:
    """Who sent a request; InvalidToken for nobody, InsufficientScope for a token that is not for this.

    TooManyRequests for whoever calls too often, right or wrong.
    """
    header = headers.get("authorization")
    if header is None:
        raise InvalidToken("send an access token or an API key in the Authorization header", because=_MISSING)
    try:
        caller = await _read(op, header, origin)
    except InvalidToken:
        await _count_failure(op, origin)
        raise
    pace.admit(op, caller)
    return caller


async def _read(op: Provider, header: str, origin: Origin) -> Caller:
    scheme, _, value = header.partition(" ")
    text = value.strip()
    if scheme.lower() != "bearer" or not text or len(text) > LONGEST_TOKEN:
        raise InvalidToken("the Authorization header must use the Bearer scheme here", because=_MISSING)
    return await (_by_key if text.startswith(keys.MARK) else _by_token)(op, text, origin)


async def _count_failure(op: Provider, origin: Origin) -> None:
    place = addresses.place(origin.ip) if origin.ip else ""
    counted = await op.db.transact(
        lambda tx: rate_counts.count(tx, f"api failures:{place}", seconds=WINDOW, now=op.now())
    )
    if counted.times > MOST_FAILURES:
        raise TooManyRequests("too many wrong tokens and keys came from here", retry_after=counted.seconds_left)


async def _by_token(op: Provider, text: str, origin: Origin) -> Caller:
    live = await access_token.read(op, text)
    if live is None:
        raise InvalidToken(_DEAD, because=Explanation("access_token_dead"))
    audience = op.issuer + ROOT
    if live.claims.get("aud") != audience:
        because = Explanation("access_token_for_another", (audience,), str(live.claims.get("aud")))
        raise InvalidToken("the access token is for another resource", because=because)
    if SCOPE not in live.scopes:
        raise InsufficientScope(f"the access token does not carry the scope {SCOPE}")
    confined_to = await _confinement(op, live, origin)
    family = live.family
    if family is not None and family.impersonator_id is not None:
        # Nobody administers as somebody else: what they did would be in the wrong name.
        raise InvalidToken(_DEAD, because=Explanation("access_token_dead"))
    if family is not None:
        actor = await op.db.glance(
            lambda tx: actors.person(
                tx,
                family.user_id,
                now=op.now(),
                client_id=family.client_id,
                tenant_id=confined_to,
                acr=family.acr,
                amr=family.amr,
                ip=origin.ip,
            )
        )
        return Caller(kind="person", actor=actor, scopes=live.scopes)
    # Only an administrator who may do everything there can have given a machine this scope, and it may be gone again.
    client_id = str(live.claims["client_id"])
    if not await op.db.glance(lambda tx: machines.may_act(tx, client_id, now=op.now())):
        raise InvalidToken(_DEAD, because=Explanation("access_token_dead"))
    actor = Actor(
        catalogue=await op.remembered.catalogue(),
        client_id=client_id,
        granted=(Granted(role="machine", permissions=("*",), tenant_id=confined_to),),
        tenant_id=confined_to,
    )
    return Caller(kind="machine", actor=actor, scopes=live.scopes)


async def _confinement(op: Provider, live: LiveToken, origin: Origin) -> str | None:
    """The only tenant that a token reaches: that of its app, or the one that it was asked for."""
    client = await op.remembered.client(str(live.claims.get("client_id")))
    of_client = client.tenant_id if client else None
    tenant_id = of_client or live.claims.get("tenant_id")
    if tenant_id is None:
        return None
    tenant = await tenants.find(op.db, str(tenant_id))
    is_open = tenant is not None and tenant.is_open(now=op.now())
    # Of people, `actors.person` asks from where they come.
    is_near = live.family is not None or await ip_allowlists.allows(op.db, str(tenant_id), None, origin.ip)
    if tenant is None or not is_open or not is_near:
        raise InvalidToken(_DEAD, because=Explanation("access_token_dead"))
    return tenant.id


async def _by_key(op: Provider, text: str, origin: Origin) -> Caller:
    if not keys.is_well_formed(text):
        raise InvalidToken("the API key is incomplete or mistyped", because=Explanation("access_token_dead"))
    now, key_hash = op.now(), keys.fingerprint(text)

    async def read(tx: Session) -> tuple[ApiKey, Actor] | None:
        key = await api_keys.find_live(tx, key_hash, now=now)
        if key is None:
            return None
        # A key proves nothing about a sign-in: roles that ask for one to be strong do not come with it.
        actor = await actors.person(tx, key.user_id, now=now, tenant_id=key.tenant_id, ceiling=key.scopes, ip=origin.ip)
        return key, replace(actor, key_id=key.id)

    found = await op.db.glance(read)
    if found is None or (found[0].cidrs and not networks.covers(found[0].cidrs, origin.ip)):
        raise InvalidToken(_DEAD, because=Explanation("access_token_dead"))
    key, actor = found
    if now - (key.last_used_at or 0) >= api_keys.USED_TO_THE:
        await op.db.transact(lambda tx: api_keys.note_used(tx, key.id, now=now))
    return Caller(kind="key", actor=actor, scopes=key.scopes)
