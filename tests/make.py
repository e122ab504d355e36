"""Builders, one per noun; their defaults are valid, so that a test states only what it is about."""

from dataclasses import replace
from typing import Any

from hibana_op.foundation import secrets
from hibana_op.foundation.ids import uuid7
from hibana_op.provider import Provider
from hibana_op.records import clients, credentials, memberships, resources, roles, sessions, tenants, users
from hibana_op.records.clients import Client
from hibana_op.records.memberships import Membership
from hibana_op.records.resources import ResourceServer
from hibana_op.records.sessions import Session
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User

PASSWORD = "correct horse battery"
SECRET = "the-secret-of-the-test-client"
CALLBACK = "https://app.example/callback"


def a_user(now: int = 1_800_000_000, **changes: Any) -> User:
    """A person who may sign in."""
    user_id = uuid7()
    user = User(id=user_id, email=f"{user_id}@example.com", name="Alice Yamada", created_at=now, updated_at=now)
    return replace(user, **changes)


def a_client(now: int = 1_800_000_000, **changes: Any) -> Client:
    """A confidential web app that signs people in, with SECRET as its secret."""
    client = Client(
        client_id=uuid7(),
        client_secret_hash=secrets.digest(SECRET),
        client_name="Shop Console",
        redirect_uris=(CALLBACK,),
        post_logout_redirect_uris=("https://app.example/bye",),
        grant_types=("authorization_code", "refresh_token"),
        created_at=now,
        updated_at=now,
    )
    changed = replace(client, **changes)
    return replace(changed, client_secret_hash=None) if changed.is_public else changed


def a_resource(now: int = 1_800_000_000, **changes: Any) -> ResourceServer:
    """An API with two scopes."""
    resource = ResourceServer(
        id=uuid7(),
        identifier="https://api.example/",
        name="Example API",
        scopes=(("read", "Read things"), ("write", "Write things")),
        created_at=now,
        updated_at=now,
    )
    return replace(resource, **changes)


def a_session(user: User, now: int = 1_800_000_000, **changes: Any) -> Session:
    """A sign-in of a moment ago, good for a week."""
    session = Session(
        id=uuid7(),
        token_hash=secrets.digest(secrets.token()),
        user_id=user.id,
        browser_hash=secrets.digest(secrets.token()),
        auth_time=now,
        acr="1",
        amr=("pwd",),
        remember=False,
        ip_address=None,
        user_agent=None,
        created_at=now,
        last_seen_at=now,
        idle_expires_at=now + 86400,
        expires_at=now + 7 * 86400,
    )
    return replace(session, **changes)


async def make_user(op: Provider, *, password: str | None = PASSWORD, **changes: Any) -> User:
    """Add a person, by default with PASSWORD."""
    user = a_user(op.now(), **changes)
    password_hash = await op.passwords.hash(password) if password else None

    async def write(tx: Any) -> None:
        await users.insert(tx, user)
        if password_hash:
            await credentials.put_password_hash(tx, user.id, password_hash=password_hash, now=op.now())

    await op.db.transact(write)
    return user


async def make_client(op: Provider, **changes: Any) -> Client:
    """Register a client."""
    client = a_client(op.now(), **changes)
    await op.db.transact(lambda tx: clients.insert(tx, client))
    return client


async def make_session(op: Provider, user: User, **changes: Any) -> Session:
    """Sign a person in, in a browser of their own."""
    session = a_session(user, op.now(), **changes)
    await op.db.transact(lambda tx: sessions.insert(tx, session))
    return session


async def make_resource(op: Provider, **changes: Any) -> ResourceServer:
    """Register an API."""
    resource = a_resource(op.now(), **changes)
    await op.db.transact(lambda tx: resources.insert(tx, resource))
    op.remembered.forget()
    return resource


async def make_tenant(op: Provider, **changes: Any) -> Tenant:
    """Keep a tenant, with the roles of the template."""
    tenant_id, now = uuid7(), op.now()
    made = Tenant(id=tenant_id, slug=f"t-{tenant_id}", name="Acme Logistics", created_at=now, updated_at=now)
    tenant = replace(made, **changes)

    async def write(tx: Any) -> None:
        await tenants.insert(tx, tenant)
        await roles.copy_template(tx, tenant.id, now=op.now())

    await op.db.transact(write)
    return tenant


async def make_member(op: Provider, tenant: Tenant, user: User, **changes: Any) -> Membership:
    """Let somebody belong to a tenant."""
    now = op.now()
    made = Membership(id=uuid7(), tenant_id=tenant.id, user_id=user.id, joined_at=now, created_at=now, updated_at=now)
    membership = replace(made, **changes)
    await op.db.transact(lambda tx: memberships.insert(tx, membership))
    return membership
