"""Fields of their own that administrators of the deployment give people, and take away."""

from hibana_op.foundation.errors import InvalidRecord, NotFound
from hibana_op.foundation.events import CustomFieldChanged
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import custom_fields, users
from hibana_op.records.custom_fields import FIELD_NAME, CustomField
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, require
from hibana_op.tenancy.administrators import require_may_change


async def put(op: Provider, actor: Actor, field: CustomField, *, origin: Origin) -> None:
    """Set a field of a person."""
    if not FIELD_NAME.fullmatch(field.field_name):
        raise InvalidRecord("the name of a field begins with a letter and holds letters, digits, _ and -")

    async def write(tx: Session) -> None:
        await _weigh(op, tx, actor, field.user_id)
        await custom_fields.put(tx, field)
        await op.emit(tx, CustomFieldChanged(target_id=field.user_id, field=field.field_name, change="set"), origin)

    await op.db.transact(write)


async def delete(op: Provider, actor: Actor, user_id: str, name: str, *, origin: Origin) -> None:
    """Take a field away from a person."""

    async def write(tx: Session) -> None:
        await _weigh(op, tx, actor, user_id)
        if not await custom_fields.delete(tx, user_id, name):
            raise NotFound(f"this person has no field {name}")
        await op.emit(tx, CustomFieldChanged(target_id=user_id, field=name, change="removed"), origin)

    await op.db.transact(write)


async def _weigh(op: Provider, tx: Session, actor: Actor, user_id: str) -> None:
    acting = await actors.renewed(tx, actor, now=op.now())
    require(acting, "users:update", IN_DEPLOYMENT)
    await users.get(tx, user_id)
    await require_may_change(tx, acting, user_id, IN_DEPLOYMENT)
