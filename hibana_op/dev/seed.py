"""What `hibana dev` starts with: people, an app, an API and a scope of their own. Running it again changes nothing."""

from dataclasses import replace

from hibana_op.config import Settings
from hibana_op.dev import demo_client, tenant
from hibana_op.dev.people import PEOPLE, SamplePerson
from hibana_op.foundation.events import (
    ClientCreated,
    ClientUpdated,
    CustomFieldChanged,
    ResourceCreated,
    ResourceGranted,
    RoleAssigned,
    UserCreated,
)
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.oauth.mappings import put_mapping
from hibana_op.provider import Provider, open_provider
from hibana_op.records import clients, credentials, custom_fields, resources, roles, scope_mappings, users
from hibana_op.records.custom_fields import CustomField
from hibana_op.records.resources import ResourceServer
from hibana_op.records.scope_mappings import ScopeMapping
from hibana_op.records.users import User
from hibana_op.storage.database import Session

API = "https://api.example.com/orders"
API_SCOPES = (("orders:read", "See your orders"), ("orders:write", "Place orders for you"))
ORIGIN = Origin.command("hibana-dev")


async def seed(settings: Settings, *, cheap_passwords: bool = False) -> None:
    """Add what is missing."""
    op = await open_provider(settings, cheap_passwords=cheap_passwords)
    try:
        for person in PEOPLE:
            await _add_person(op, person)
        await _add_employee_scope(op)
        secret_hash = await demo_client.secret_hash(op)
        await op.db.transact(lambda tx: _add_demo_client(tx, op, secret_hash))
        await op.db.transact(lambda tx: _add_api(tx, op))
        await tenant.ensure(op, ORIGIN)
    finally:
        await op.close()


async def _add_person(op: Provider, person: SamplePerson) -> None:
    if await users.find_by_login(op.db, person.email) is not None:
        return
    password_hash = await op.passwords.hash(person.password)
    now = op.now()
    user = User(
        id=uuid7(),
        email=person.email,
        localized=dict(person.localized),
        created_at=now,
        updated_at=now,
        **person.claims,
    )

    async def write(tx: Session) -> None:
        await users.insert(tx, user)
        await credentials.put_password_hash(tx, user.id, password_hash=password_hash, now=now)
        await op.emit(tx, UserCreated(target_id=user.id), ORIGIN)
        for role in person.roles:
            await roles.assign(tx, user.id, role, now=now)
            await op.emit(tx, RoleAssigned(target_id=user.id, role=role), ORIGIN)
        for name, value, kind in person.fields:
            await custom_fields.put(
                tx, CustomField(user_id=user.id, field_name=name, field_value=value, field_type=kind)
            )
            await op.emit(tx, CustomFieldChanged(target_id=user.id, field=name, change="set"), ORIGIN)

    await op.db.transact(write)


def _employee_mappings(now: int) -> tuple[ScopeMapping, ...]:
    """The scope `employee` tells everybody's department, and the number of those who are in Research."""
    return (
        ScopeMapping(
            scope="employee",
            claim_name="department",
            source_table="user_custom_fields",
            source_column="department",
            created_at=now,
        ),
        ScopeMapping(
            scope="employee",
            claim_name="employee_number",
            source_table="user_custom_fields",
            source_column="employee_number",
            condition={"op": "eq", "field": "custom.department", "value": "Research"},
            created_at=now,
        ),
    )


async def _add_employee_scope(op: Provider) -> None:
    known = {(each.scope, each.claim_name) for each in await scope_mappings.every(op.db)}
    for mapping in _employee_mappings(op.now()):
        if (mapping.scope, mapping.claim_name) not in known:
            await put_mapping(op, mapping, ORIGIN)


async def _add_demo_client(tx: Session, op: Provider, secret_hash: str) -> None:
    """The demo app, at the address that this deployment has now: another port is another address."""
    wanted = demo_client.registration(op.issuer, secret_hash, now=op.now())
    found = await clients.find(tx, wanted.client_id)
    if found is None:
        await clients.insert(tx, wanted)
        await op.emit(tx, ClientCreated(target_id=wanted.client_id), ORIGIN)
        return
    moved = replace(
        found,
        redirect_uris=wanted.redirect_uris,
        post_logout_redirect_uris=wanted.post_logout_redirect_uris,
        client_uri=wanted.client_uri,
        scope=found.scope and " ".join(dict.fromkeys((*found.scope.split(), *demo_client.SCOPES))),
    )
    if moved != found:
        await clients.update(tx, replace(moved, updated_at=op.now()))
        fields = ("redirect_uris", "post_logout_redirect_uris", "client_uri", "scope")
        await op.emit(tx, ClientUpdated(target_id=found.client_id, fields=fields), ORIGIN)
    if found.client_secret_hash != secret_hash:
        await clients.set_secret(tx, found.client_id, secret_hash=secret_hash, previous_expires_at=None, now=op.now())


async def _add_api(tx: Session, op: Provider) -> None:
    if await resources.find_by_identifier(tx, API, now=op.now()) is not None:
        return
    now = op.now()
    api = ResourceServer(
        id=uuid7(), identifier=API, name="Sample orders API", scopes=API_SCOPES, created_at=now, updated_at=now
    )
    await resources.insert(tx, api)
    await op.emit(tx, ResourceCreated(target_id=api.id, identifier=API), ORIGIN)
    await resources.grant(tx, demo_client.CLIENT_ID, api.id, scopes=api.scope_values, now=now)
    event = ResourceGranted(target_id=api.id, client=demo_client.CLIENT_ID, scopes=tuple(sorted(api.scope_values)))
    await op.emit(tx, event, ORIGIN)
