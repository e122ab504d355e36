"""The e-mail domains of tenants: proven by what their web server shows, and who may join by an address alone."""

from hibana_op.foundation import secrets
from hibana_op.foundation.errors import Conflict, InvalidRecord, NotFound
from hibana_op.foundation.events import DomainAdded, DomainChanged, DomainRemoved, DomainVerified
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.outbound import OutboundRefused
from hibana_op.login.federation.configuration import check_domain
from hibana_op.provider import Provider
from hibana_op.records import tenant_domains
from hibana_op.records.tenant_domains import TenantDomain
from hibana_op.records.tenants import SPECIAL
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, Where, require
from hibana_op.tenancy.places import tenant_for

ADDRESS = "https://{domain}/.well-known/hibana-domain.txt"
_LIMIT = 4096


def proof(domain: TenantDomain) -> str:
    """The line that the file on the domain's web server has to hold."""
    return f"hibana-domain={domain.challenge}"


async def add(op: Provider, actor: Actor, tenant_id: str, *, domain: str, origin: Origin) -> TenantDomain:
    """Say that a domain is a tenant's own; it counts once that is verified."""
    made = TenantDomain(
        id=uuid7(), tenant_id=tenant_id, domain=check_domain(domain), challenge=secrets.token(), created_at=op.now()
    )

    async def write(tx: Session) -> TenantDomain:
        acting = await actors.renewed(tx, actor, now=op.now())
        tenant = await tenant_for(tx, acting, tenant_id)
        require(acting, "domains:create", Where(tenant_id=tenant_id))
        if tenant.id in SPECIAL:
            raise Conflict(f"{tenant.slug} has no people of its own")
        if not await tenant_domains.insert(tx, made):
            raise Conflict(f"the domain {made.domain} is there already")
        event = DomainAdded(user_id=actor.user_id, tenant_id=tenant_id, target_id=made.id, domain=made.domain)
        await op.emit(tx, event, origin)
        return made

    return await op.db.transact(write)


async def verify(
    op: Provider, actor: Actor, tenant_id: str, domain_id: str, *, is_known: bool = False, origin: Origin
) -> TenantDomain:
    """Look whether a domain is the tenant's; with `is_known` the deployment's administrator says that it is.

    One that is verified stays so.
    """
    where = IN_DEPLOYMENT if is_known else Where(tenant_id=tenant_id)
    found = await _get(op.db, actor, tenant_id, domain_id, "domains:update")
    if found.verified_at is not None:
        return found
    require(actor, "domains:update", where)
    if not is_known:
        await _look(op, found)

    async def write(tx: Session) -> TenantDomain:
        now = op.now()
        require(await actors.renewed(tx, actor, now=now), "domains:update", where)
        if not await tenant_domains.note_verified(tx, tenant_id, domain_id, challenge=found.challenge, now=now):
            raise _unknown(domain_id)
        event = DomainVerified(
            user_id=actor.user_id,
            tenant_id=tenant_id,
            target_id=domain_id,
            domain=found.domain,
            way="known" if is_known else "web",
        )
        verified = await _found(tx, tenant_id, domain_id)
        await op.emit(tx, event, origin)
        return verified

    return await op.db.transact(write)


async def set_may_join(
    op: Provider, actor: Actor, tenant_id: str, domain_id: str, *, may_join: bool, origin: Origin
) -> TenantDomain:
    """Say whether people with a confirmed address of a domain may join without being invited."""

    async def write(tx: Session) -> TenantDomain:
        acting = await actors.renewed(tx, actor, now=op.now())
        await _get(tx, acting, tenant_id, domain_id, "domains:update")
        if not await tenant_domains.set_may_join(tx, tenant_id, domain_id, may_join=may_join):
            raise _unknown(domain_id)
        changed = await _found(tx, tenant_id, domain_id)
        event = DomainChanged(
            user_id=actor.user_id,
            tenant_id=tenant_id,
            target_id=domain_id,
            domain=changed.domain,
            may_join=may_join,
        )
        await op.emit(tx, event, origin)
        return changed

    return await op.db.transact(write)


async def remove(op: Provider, actor: Actor, tenant_id: str, domain_id: str, *, origin: Origin) -> None:
    """Take a domain away; whoever joined by it stays."""

    async def write(tx: Session) -> None:
        acting = await actors.renewed(tx, actor, now=op.now())
        found = await _get(tx, acting, tenant_id, domain_id, "domains:delete")
        await tenant_domains.delete(tx, tenant_id, domain_id)
        event = DomainRemoved(user_id=actor.user_id, tenant_id=tenant_id, target_id=domain_id, domain=found.domain)
        await op.emit(tx, event, origin)

    await op.db.transact(write)


async def of_tenant(op: Provider, actor: Actor, tenant_id: str) -> list[TenantDomain]:
    """The domains of a tenant."""
    await tenant_for(op.db, actor, tenant_id)
    require(actor, "domains:read", Where(tenant_id=tenant_id))
    return await tenant_domains.of_tenant(op.db, tenant_id)


async def _get(tx: Session, actor: Actor, tenant_id: str, domain_id: str, permission: str) -> TenantDomain:
    await tenant_for(tx, actor, tenant_id)
    require(actor, permission, Where(tenant_id=tenant_id))
    return await _found(tx, tenant_id, domain_id)


async def _found(tx: Session, tenant_id: str, domain_id: str) -> TenantDomain:
    found = await tenant_domains.find(tx, tenant_id, domain_id)
    if found is None:
        raise _unknown(domain_id)
    return found


def _unknown(domain_id: str) -> NotFound:
    return NotFound(f"no domain has the id {domain_id}")


async def _look(op: Provider, domain: TenantDomain) -> None:
    """InvalidRecord, unless the web server of the domain shows the line now."""
    url = ADDRESS.format(domain=domain.domain)
    try:
        fetched = await op.outbound.get(url, accept="text/plain", limit=_LIMIT)
    except OutboundRefused as refused:
        raise InvalidRecord(f"{url} cannot be fetched: {refused}") from None
    lines = [line.strip() for line in fetched.body.decode("utf-8", "replace").splitlines()]
    if fetched.status != 200 or not any(secrets.same(line, proof(domain)) for line in lines):
        raise InvalidRecord(f"{url} does not show the line {proof(domain)}")
