"""`/settings`: what the deployment chooses, for itself and for tenants that choose nothing else."""

from hibana_op.api.operation import Asked, Operation
from hibana_op.api.shapes import Given
from hibana_op.provider import Provider
from hibana_op.records import tenant_settings
from hibana_op.records import tenants as records
from hibana_op.records.tenant_settings import TenantSettings
from hibana_op.records.tenants import SYSTEM
from hibana_op.tenancy import tenants


class SettingsShown(Given, frozen=True, kw_only=True):
    """The choices; `waiting_change_id` names a change that a second person has to approve first."""

    settings: TenantSettings
    waiting_change_id: str | None = None


async def show(op: Provider, asked: Asked) -> SettingsShown:
    """What is chosen."""
    system = await records.get(op.db, SYSTEM)
    return SettingsShown(settings=tenant_settings.read(system.settings))


async def put(op: Provider, asked: Asked) -> SettingsShown:
    """Choose anew; what is left out is not chosen any more."""
    wanted = {"settings": tenant_settings.as_json_object(asked.body)}
    changed = await tenants.update(op, asked.actor, SYSTEM, wanted, origin=asked.origin)
    waiting = changed.change.id if changed.change is not None and changed.is_waiting else None
    return SettingsShown(settings=tenant_settings.read(changed.tenant.settings), waiting_change_id=waiting)


OPERATIONS = (
    Operation(
        method="GET",
        path="/settings",
        permission="settings:read",
        summary="Show what the deployment chooses",
        handler=show,
        gives=SettingsShown,
    ),
    Operation(
        method="PUT",
        path="/settings",
        permission="settings:update",
        summary="Choose for the deployment; what is left out is not chosen any more",
        handler=put,
        takes=TenantSettings,
        gives=SettingsShown,
    ),
)
