"""What belongs to a person: sessions, passkeys, agents, accounts elsewhere, and the tenants that they are in."""

from hibana_op.foundation import secrets
from hibana_op.foundation.ids import uuid7
from hibana_op.records import children, passkeys, user_identities
from hibana_op.records.passkeys import Passkey
from hibana_op.records.user_identities import UserIdentity
from hibana_op.tenancy import actors, domains, invitations
from hibana_op.tenancy.seats import Seat
from tests.api.credentials import ORIGIN
from tests.isolation.asking import Made
from tests.isolation.making import a_provider, a_visit
from tests.isolation.scene import Scene
from tests.make import make_member, make_session, make_tenant, make_user
from tests.saml_provider import ENTITY_ID


async def a_visit_of_mine(scene: Scene) -> Made:
    """A request of an app that any tenant will do for, and a second tenant of the person's."""
    return {**await a_visit(scene, scope="openid tenant", tenant_id=None), **await a_second_tenant(scene)}


async def a_second_tenant(scene: Scene) -> Made:
    """One more tenant that the person is in, and which somebody else owns; and their session."""
    canary = scene.side.canary
    tenant = await make_tenant(scene.op, name=f"Second {canary}", slug=f"{canary.lower()}-{uuid7()[-12:]}")
    await make_member(scene.op, tenant, await make_user(scene.op, password=None), role="owner")
    member = await make_member(scene.op, tenant, scene.person)
    return {"membership": member.id, "second": tenant.id}


async def a_session(scene: Scene) -> Made:
    """The person is signed in elsewhere, too."""
    return {"session": (await make_session(scene.op, scene.person, user_agent=scene.side.canary)).id}


async def an_agent(scene: Scene) -> Made:
    """An account that belongs to the person."""
    child = await make_user(
        scene.op, password=None, name=f"Agent {scene.side.canary}", kind="agent", parent_user_id=scene.person.id
    )
    return {"agent": child.id}


async def an_agent_at_rest(scene: Scene) -> Made:
    """One that the person has suspended."""
    agent = await an_agent(scene)
    await scene.op.db.transact(lambda tx: children.suspend(tx, scene.person.id, agent["agent"], now=scene.op.now()))
    return agent


async def a_passkey(scene: Scene) -> Made:
    """A passkey of the person."""
    passkey = Passkey(
        id=uuid7(),
        user_id=scene.person.id,
        credential_id=secrets.token(),
        public_key="",
        sign_count=0,
        transports=("internal",),
        aaguid="",
        name=f"Key {scene.side.canary}",
        backup_eligible=True,
        backed_up=True,
        created_at=scene.op.now(),
        last_used_at=None,
    )
    await scene.op.db.transact(lambda tx: passkeys.insert(tx, passkey))
    return {"passkey": passkey.id}


async def an_invitation_of_mine(scene: Scene) -> Made:
    """A tenant has invited the person."""
    canary = scene.side.canary
    tenant = await make_tenant(scene.op, name=f"Third {canary}", slug=f"{canary.lower()}-{uuid7()[-12:]}")
    command = await actors.command(scene.op)
    sent = await invitations.create(scene.op, command, tenant.id, email=scene.person.email, seat=Seat(), origin=ORIGIN)
    return {"invitation": sent.invitation.id}


async def a_tenant_of_my_domain(scene: Scene) -> Made:
    """A tenant that people may join whose address is of its domain, as the person's is."""
    canary, command = scene.side.canary, await actors.command(scene.op)
    domain = scene.person.email.rpartition("@")[2]
    # A domain is one tenant's at most.
    await scene.op.db.run("DELETE FROM tenant_domains WHERE domain = :domain", domain=domain)
    tenant = await make_tenant(scene.op, name=f"Fourth {canary}", slug=f"{canary.lower()}-{uuid7()[-12:]}")
    made = await domains.add(scene.op, command, tenant.id, domain=domain, origin=ORIGIN)
    await domains.verify(scene.op, command, tenant.id, made.id, is_known=True, origin=ORIGIN)
    await domains.set_may_join(scene.op, command, tenant.id, made.id, may_join=True, origin=ORIGIN)
    return {"joined": tenant.id}


async def a_linked_account(scene: Scene) -> Made:
    """An account of the person at a provider of the tenant."""
    provider = await a_provider(scene)
    identity = UserIdentity(
        id=uuid7(),
        user_id=scene.person.id,
        provider_id=provider.id,
        issuer=ENTITY_ID,
        subject=uuid7(),
        email=f"me@{scene.side.canary.lower()}.example",
        created_at=scene.op.now(),
    )
    await scene.op.db.transact(lambda tx: user_identities.insert_once(tx, identity))
    return {"identity": identity.id, "provider": provider.slug}


async def a_realm(scene: Scene) -> Made:
    """A sign-in on its way, and an address in a domain of the tenant for which a provider of its own answers."""
    op, command, side = scene.op, await actors.command(scene.op), scene.side
    domain = f"d{uuid7()[-12:]}.{side.canary.lower()}.example"
    made = await domains.add(op, command, side.tenant_id, domain=domain, origin=ORIGIN)
    await domains.verify(op, command, side.tenant_id, made.id, is_known=True, origin=ORIGIN)
    await a_provider(scene, domains=(domain,))
    return {**await a_visit(scene), "address": f"somebody@{domain}"}
