"""Lists and searches of the management API in a deployment that has grown, each asked many times over HTTP."""

import http.client
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from bench import hibana
from bench.scale.past import ACTIONS
from bench.scale.population import ADMINISTRATOR
from bench.scale.prepared import Prepared
from bench.target import Target
from hibana_op.config import load
from hibana_op.foundation.origin import Origin
from hibana_op.provider import open_provider
from hibana_op.records import memberships, users
from hibana_op.tenancy import actors, api_keys

TENANTS_MS, AUDIT_MS = 200.0, 1000.0
DAYS = 30
_SCOPES = ("tenants:read", "users:read", "memberships:read", "audit:read")
_RARE = min(ACTIONS, key=lambda action: ACTIONS[action])
_USUAL = max(ACTIONS, key=lambda action: ACTIONS[action])


@dataclass(frozen=True, slots=True)
class Asked:
    """One list as it is asked for; a target of None is for looking at, and promised to nobody."""

    name: str
    collection: str
    query: Mapping[str, str]
    target_ms: float | None


@dataclass(frozen=True, slots=True)
class Answered:
    """How long the answers took, and how many items the last of them had."""

    name: str
    items: int
    p50_ms: float
    worst_ms: float
    target_ms: float | None


@dataclass(frozen=True, slots=True)
class Somebody:
    """Whom and what the searches are for: a person, their tenant, an app, and a key that may read it all."""

    user_id: str
    tenant_id: str
    client_id: str
    key: str


def lists(full: Prepared, somebody: Somebody, *, times: int) -> Sequence[Answered]:
    """Ask for every list so many times, one after the other, of a server that does nothing else."""
    with hibana.serving(full.deployment, workers=1, hashing=True) as target:
        return [_answered(target, asked, somebody.key, times) for asked in _questions(somebody)]


def _questions(somebody: Somebody) -> Sequence[Asked]:
    now = datetime.now(UTC)
    month = {"since": _moment(now, DAYS)}
    before = {"since": _moment(now, 2 * DAYS), "until": _moment(now, DAYS)}

    def tenants(name: str, **query: str) -> Asked:
        return Asked(f"tenants, {name}", "tenants", query, TENANTS_MS)

    def audit(name: str, **query: str) -> Asked:
        return Asked(f"audit, {name}", "audit-events", query, AUDIT_MS)

    return (
        tenants("first page"),
        tenants("a hundred", limit="100"),
        tenants("by part of a name", q="harbour"),
        tenants("none found", q="nobody"),
        audit("30 days", **month),
        audit("the 30 days before", **before),
        audit("of a tenant", **month, tenant_id=somebody.tenant_id),
        audit("of a person", **month, user_id=somebody.user_id),
        audit("of an app", **month, client_id=somebody.client_id),
        audit("a usual action", **month, action=_USUAL),
        audit("a rare action", **month, action=_RARE),
        audit("a rare action, in a tenant", **month, action=_RARE, tenant_id=somebody.tenant_id),
        audit("failures", **month, outcome="failure"),
        audit("none found", **month, outcome="denied"),
        audit("a trace that nobody left", **month, trace_id="0"),
        Asked("people, first page", "users", {}, None),
        Asked("people, by part of a name", "users", {"q": "person 2001"}, None),
        Asked("people, of a tenant", "users", {"tenant_id": somebody.tenant_id}, None),
        Asked("memberships, of a tenant", "memberships", {"tenant_id": somebody.tenant_id}, None),
    )


def _answered(target: Target, asked: Asked, key: str, times: int) -> Answered:
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)
    path = f"/api/v1/{asked.collection}?{urlencode(asked.query)}"
    headers = {"Host": target.authority, "Authorization": f"Bearer {key}"}
    taken: list[float] = []
    try:
        for _ in range(times + 1):
            started = time.perf_counter()
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            taken.append((time.perf_counter() - started) * 1000)
            if answer.status != 200:
                raise RuntimeError(f"GET {path}: {answer.status} {body[:500]!r}")
    finally:
        connection.close()
    # The first only opens the connection and fills what is remembered.
    ordered = sorted(taken[1:])
    return Answered(
        name=asked.name,
        items=body.count(b'{"id":'),
        p50_ms=round(ordered[len(ordered) // 2], 1),
        worst_ms=round(ordered[-1], 1),
        target_ms=asked.target_ms,
    )


def _moment(now: datetime, days: int) -> str:
    return (now - timedelta(days=days)).isoformat(timespec="seconds")


async def somebody(full: Prepared) -> Somebody:
    """A person in the middle of the list, and a key of the administrator."""
    op = await open_provider(load(full.deployment.environment, file=None, flags={}, mode="serve"))
    try:
        person = await users.find_by_login(op.db, f"person{full.sizes.people // 2}@example.com")
        administrator = await users.find_by_login(op.db, ADMINISTRATOR)
        if person is None or administrator is None:
            raise LookupError("the database was not filled")
        [membership, *_] = await memberships.belongings(op.db, person.id, now=op.now())
        _, key = await api_keys.create(
            op,
            await actors.command(op),
            name="bench",
            scopes=_SCOPES,
            tenant_id=None,
            user_id=administrator.id,
            origin=Origin.command("bench"),
        )
        return Somebody(person.id, membership.tenant_id, full.deployment.clients["web"].client_id, key)
    finally:
        await op.close()
