"""The first administrator: made from the settings when nobody is there yet."""

import secrets
from collections.abc import Awaitable, Callable

from hibana_op.foundation.events import RoleAssigned, UserCreated
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import credentials, registry, roles, users
from hibana_op.records.users import User
from hibana_op.storage.database import Session

ROLE = "super_admin"


async def ensure_first_admin(op: Provider, check: Callable[[str, str], Awaitable[str]]) -> User | None:
    """Make the administrator that the settings name, once, however many processes start together.

    `check` is given the password and the address, and answers the password if it may be chosen.
    """
    email, password = op.settings.bootstrap.email, op.settings.bootstrap.password
    if email is None or password is None or await users.has_any(op.db):
        return None
    password_hash = await op.passwords.hash(await check(password.reveal(), email))
    now = op.now()
    admin = User(id=uuid7(), email=email, email_verified=True, created_at=now, updated_at=now)
    origin = Origin(None, None, secrets.token_hex(16))

    async def write(tx: Session) -> User | None:
        await registry.advance(tx)  # takes the row's lock, so that starting processes take turns
        if await users.has_any(tx):
            return None
        await users.insert(tx, admin)
        await credentials.put_password_hash(tx, admin.id, password_hash=password_hash, now=now)
        await roles.assign(tx, admin.id, ROLE, now=now)
        await op.emit(tx, UserCreated(target_id=admin.id), origin)
        await op.emit(tx, RoleAssigned(target_id=admin.id, role=ROLE), origin)
        return admin

    return await op.db.transact(write)
