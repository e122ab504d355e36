"""Pictures and words for the look of pages, and an organisation that chooses them."""

import struct
import zlib
from typing import Any

from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records.branding_files import CSS, HTML, BrandingFile
from hibana_op.records.tenants import SYSTEM, Tenant
from hibana_op.tenancy import actors, branding, settings

SHEET = ":root { --bg: light-dark(#fdf4ff, #1a0b2e); } .card { border-radius: 4px; }"
HEADER = '<p>Ask <strong>{name}</strong> at <a href="https://help.example/">the desk</a> {{{{7*7}}}}</p>'
HERE = Origin("192.0.2.9", "tests", "trace")


def png(width: int = 60, height: int = 20, *, colour: tuple[int, int, int] = (124, 58, 237)) -> bytes:
    """A picture of one colour."""
    rows = b"".join(b"\0" + bytes(colour) * width for _ in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


async def upload(op: Provider, tenant_id: str, content: bytes | str, media_type: str = "") -> BrandingFile:
    """Add one file to a tenant."""
    if isinstance(content, bytes):
        made = branding.picture(op, tenant_id, content)
    else:
        made = branding.text(op, tenant_id, content, media_type=media_type)
    await branding.add(op, await actors.command(op), tenant_id, [made], origin=HERE)
    return made


async def choose(op: Provider, tenant: Tenant | None, **chosen: Any) -> None:
    """Change the branding of a tenant, or of the deployment."""
    tenant_id = tenant.id if tenant is not None else SYSTEM
    await settings.change(op, await actors.command(op), tenant_id, {"branding": chosen}, origin=HERE)


async def dress(op: Provider, tenant: Tenant | None, name: str) -> dict[str, str]:
    """Choose everything there is for a tenant, or for the deployment; the ids of the files."""
    tenant_id = tenant.id if tenant is not None else SYSTEM
    contents: dict[str, bytes | tuple[str, str]] = {
        "logo": png(60, 20),
        "logo_dark": png(60, 20, colour=(253, 224, 71)),
        "favicon": png(32, 32),
        "background": png(40, 40, colour=(16, 185, 129)),
        "stylesheet": (SHEET, CSS),
        "header": (HEADER.format(name=name), HTML),
        "footer": (f"<p>Below {name}</p>", HTML),
    }
    ids = {}
    for kind, content in contents.items():
        made = upload(op, tenant_id, *content) if isinstance(content, tuple) else upload(op, tenant_id, content)
        ids[kind] = (await made).id
    colours = {"primary_color": "#7c3aed", "secondary_color": "#fde047", "font_family": "Georgia"}
    links = {f"{each}_url": f"https://{name.lower()}.example/{each}" for each in ("terms", "privacy", "help")}
    await choose(op, tenant, name=name, **colours, **links, **ids)
    return ids
