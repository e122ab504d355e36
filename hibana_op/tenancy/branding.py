"""What tenants, and the deployment as the tenant `system`, upload for the look of their hosted pages.

A file is checked when it comes and never changes; the settings choose among them, so that a choice is written down
and approved like any other.
"""

from collections.abc import Callable, Sequence
from typing import Any

from hibana_op.foundation.branding import markup, pictures, stylesheet
from hibana_op.foundation.errors import Conflict, InvalidRecord, NotFound
from hibana_op.foundation.events import BrandingFileAdded, BrandingFileRemoved
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import branding_files, tenant_changes, tenant_settings, tenants
from hibana_op.records.branding_files import CSS, HTML, BrandingFile
from hibana_op.records.tenants import SPECIAL, Tenant
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors
from hibana_op.tenancy.access import IN_DEPLOYMENT, Actor, Where, require
from hibana_op.tenancy.places import held_tenant_for, tenant_for

MOST_FILES = 50
_ALL = 1_000_000
_SANITISED: dict[str, Callable[[str], str]] = {CSS: stylesheet.sanitised, HTML: markup.sanitised}


def picture(op: Provider, tenant_id: str, content: bytes) -> BrandingFile:
    """A picture to upload; what kind it is, its first bytes say."""
    seen = pictures.recognised(content)
    return BrandingFile(
        id=uuid7(),
        tenant_id=tenant_id,
        media_type=seen.media_type,
        content=branding_files.kept(content),
        size=len(content),
        width=seen.width,
        height=seen.height,
        created_at=op.now(),
    )


def text(op: Provider, tenant_id: str, written: str, *, media_type: str) -> BrandingFile:
    """A style sheet or markup to upload; what is kept is written anew from what was understood of it."""
    if media_type not in _SANITISED:
        raise InvalidRecord(f"text is of the type {CSS} or {HTML}")
    clean = _SANITISED[media_type](written)
    return BrandingFile(
        id=uuid7(),
        tenant_id=tenant_id,
        media_type=media_type,
        content=clean,
        size=len(clean.encode()),
        created_at=op.now(),
    )


async def add(op: Provider, actor: Actor, tenant_id: str, files: Sequence[BrandingFile], *, origin: Origin) -> None:
    """Upload files for a tenant: all of them, or none."""

    async def write(tx: Session) -> None:
        await _held(tx, await actors.renewed(tx, actor, now=op.now()), tenant_id)
        if await branding_files.count(tx, tenant_id) + len(files) > MOST_FILES:
            raise Conflict(f"there may be {MOST_FILES} files; remove some that are not shown")
        for each in files:
            await branding_files.insert(tx, each)
        for each in files:
            event = BrandingFileAdded(
                user_id=actor.user_id, tenant_id=tenant_id, target_id=each.id, media_type=each.media_type
            )
            await op.emit(tx, event, origin)

    await op.db.transact(write)


async def remove(op: Provider, actor: Actor, tenant_id: str, file_id: str, *, origin: Origin) -> None:
    """Remove a file that no page shows."""

    async def write(tx: Session) -> None:
        tenant = await _held(tx, await actors.renewed(tx, actor, now=op.now()), tenant_id)
        found = await branding_files.find(tx, tenant_id, file_id)
        if found is None:
            raise NotFound(f"no file has the id {file_id}")
        if file_id in tenant_settings.read(tenant.settings).branding.files.values():
            raise Conflict("the file is chosen in the settings; choose another one first, or none")
        if file_id in await _awaited(tx, tenant_id):
            raise Conflict("the file is chosen in a change that waits for approval; have that rejected first")
        await branding_files.delete(tx, tenant_id, file_id)
        event = BrandingFileRemoved(
            user_id=actor.user_id, tenant_id=tenant_id, target_id=file_id, media_type=found.media_type
        )
        await op.emit(tx, event, origin)

    await op.db.transact(write)


async def _awaited(tx: Session, tenant_id: str) -> set[str]:
    """The files that are chosen in changes of settings which wait for a second person."""
    waiting = await tenant_changes.page(tx, tenant_id=tenant_id, status="waiting", limit=_ALL)
    wanted = (tenant_settings.read(each.new_values.get("settings", {})) for each in waiting)
    return {file_id for each in wanted for file_id in each.branding.files.values()}


async def of_tenant(
    op: Provider, actor: Actor, tenant_id: str, *, after: str = "", limit: int = 50
) -> list[BrandingFile]:
    """The files of a tenant, for whoever may see its settings; what is in them is left out."""
    await tenant_for(op.db, actor, tenant_id)
    require(actor, "settings:read", place_of(tenant_id))
    return await branding_files.page(op.db, tenant_id, after=after, limit=limit)


async def check_files(tx: Session, tenant_id: str, settings: dict[str, Any]) -> None:
    """InvalidRecord, unless every file that settings name is one of the tenant, and of the right kind."""
    wanted = tenant_settings.read(settings).branding.files
    types = await branding_files.types(tx, tenant_id, set(wanted.values())) if wanted else {}
    for name, file_id in wanted.items():
        if file_id not in types:
            raise InvalidRecord(f"settings: no file has the id {file_id} - at `$.branding.{name}`")
        if not branding_files.fits(name, types[file_id]):
            raise InvalidRecord(f"settings: a file of the type {types[file_id]} is no {name} - at `$.branding.{name}`")


def place_of(tenant_id: str) -> Where:
    """Where rights to a tenant's look are held; that of the deployment is in no tenant."""
    return IN_DEPLOYMENT if tenant_id in SPECIAL else Where(tenant_id=tenant_id)


async def _held(tx: Session, actor: Actor, tenant_id: str) -> Tenant:
    tenant = await held_tenant_for(tx, actor, tenant_id)
    require(actor, "settings:update", place_of(tenant_id))
    if tenant.id == tenants.ROLE_TEMPLATE:
        raise Conflict(f"{tenant.slug} has no pages")
    return tenant
