"""`/branding-files`: pictures, style sheets and markup for the hosted pages; the settings choose among them."""

import binascii
from base64 import b64decode
from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page, in_named_tenant, tenant_named
from hibana_op.api.problems import Fault, Unprocessable
from hibana_op.api.shapes import Given, Id, OfTenant, Taken, told_of
from hibana_op.provider import Provider
from hibana_op.records import branding_files
from hibana_op.records.branding_files import PICTURES, BrandingFile
from hibana_op.records.tenants import SYSTEM
from hibana_op.tenancy import branding as rules
from hibana_op.tenancy.access import Where


class BrandingFileListed(Given, frozen=True, kw_only=True):
    """What was uploaded; `tenant_id` is null for the deployment's own."""

    id: str
    tenant_id: str | None
    media_type: str
    size: int
    width: int | None
    height: int | None
    created_at: datetime | None


class BrandingFileShown(BrandingFileListed, frozen=True, kw_only=True):
    """The same with what is in it: a picture in base64, a style sheet or markup as the text that was kept."""

    content: str


class NewBrandingFile(Taken, frozen=True, kw_only=True):
    """A picture in base64, which its first bytes must bear out, or the text of a style sheet or of markup.

    Without `tenant_id` it is the deployment's.
    """

    tenant_id: Id | UnsetType = UNSET
    media_type: Literal[
        "text/css", "text/html", "image/png", "image/jpeg", "image/gif", "image/webp", "image/vnd.microsoft.icon"
    ]
    content: Annotated[str, Meta(min_length=1, max_length=720_000)]


class BrandingFilesAsked(OfTenant, frozen=True, kw_only=True):
    """Whose files; the deployment's without a tenant."""


async def place(op: Provider, asked: Asked) -> Where:
    """The tenant of the file."""
    return rules.place_of((await branding_files.locate(op.db, asked.id)).tenant_id)


async def list_files(op: Provider, asked: Asked) -> Page:
    """What was uploaded, the oldest first."""
    tenant_id = tenant_named(asked) or SYSTEM

    async def read(after: str, limit: int) -> list[BrandingFile]:
        return await rules.of_tenant(op, asked.actor, tenant_id, after=after, limit=limit)

    return await paging.page(op, asked.query, read, of="branding-files", key=lambda each: each.id, told=_listed)


async def show(op: Provider, asked: Asked) -> BrandingFileShown:
    """One file with what is in it."""
    return _shown(await branding_files.locate(op.db, asked.id))


async def create(op: Provider, asked: Asked) -> BrandingFileShown:
    """Upload a file; a picture is recognised by its bytes, text is cleaned."""
    tenant_id = tenant_named(asked) or SYSTEM
    made = _made(op, tenant_id, asked.body)
    await rules.add(op, asked.actor, tenant_id, [made], origin=asked.origin)
    return _shown(made)


def _made(op: Provider, tenant_id: str, body: NewBrandingFile) -> BrandingFile:
    if body.media_type not in PICTURES:
        return rules.text(op, tenant_id, body.content, media_type=body.media_type)
    made = rules.picture(op, tenant_id, _bytes(body.content))
    if made.media_type != body.media_type:
        raise Unprocessable([Fault("media_type", f"the picture is of the type {made.media_type}")])
    return made


async def remove(op: Provider, asked: Asked) -> None:
    """Remove a file that is not chosen."""
    found = await branding_files.locate(op.db, asked.id)
    await rules.remove(op, asked.actor, found.tenant_id, found.id, origin=asked.origin)


def _bytes(content: str) -> bytes:
    try:
        return b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise Unprocessable([Fault("content", "a picture is sent in base64")]) from None


def _tenant_id(file: BrandingFile) -> str | None:
    return None if file.tenant_id == SYSTEM else file.tenant_id


def _listed(file: BrandingFile) -> BrandingFileListed:
    listed: BrandingFileListed = told_of(file, BrandingFileListed, tenant_id=_tenant_id(file))
    return listed


def _shown(file: BrandingFile) -> BrandingFileShown:
    shown: BrandingFileShown = told_of(file, BrandingFileShown, tenant_id=_tenant_id(file))
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/branding-files",
        permission="settings:read",
        summary="List what was uploaded for the look of pages",
        handler=list_files,
        where=in_named_tenant,
        query=BrandingFilesAsked,
        gives=BrandingFileListed,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/branding-files",
        permission="settings:update",
        summary="Upload a picture, a style sheet or markup for the look of pages",
        handler=create,
        where=in_named_tenant,
        takes=NewBrandingFile,
        gives=BrandingFileShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/branding-files/{id}",
        permission="settings:read",
        summary="Show a file with what is in it",
        handler=show,
        where=place,
        gives=BrandingFileShown,
    ),
    Operation(
        method="DELETE",
        path="/branding-files/{id}",
        permission="settings:update",
        summary="Remove a file that is not chosen",
        handler=remove,
        where=place,
        status=204,
    ),
)
