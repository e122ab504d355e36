"""`/branding` and `/branding-files`: words to show, and a picture to remove."""

from base64 import b64encode
from typing import Any

from hibana_op.provider import Provider
from hibana_op.records.branding_files import HTML
from tests.api.specimens import Side, Specimen, of_tenant
from tests.branding import png, upload


async def seed(op: Provider, side: Side) -> None:
    """Words and a picture, of which none is chosen."""
    side.ids["branding-file"] = (await upload(op, side.tenant_id, f"<p>{side.canary}</p>", HTML)).id
    side.ids["branding-file-removed"] = (await upload(op, side.tenant_id, png())).id


def new(side: Side) -> dict[str, Any]:
    """A picture."""
    return {"tenant_id": side.tenant_id, "media_type": "image/png", "content": b64encode(png(3, 3)).decode()}


SPECIMENS = {
    ("GET", "/branding"): Specimen(of_tenant=True, query=of_tenant),
    ("GET", "/branding-files"): Specimen(of_tenant=True, query=of_tenant),
    ("POST", "/branding-files"): Specimen(of_tenant=True, body=new),
    ("GET", "/branding-files/{id}"): Specimen(of_tenant=True, path={"id": "branding-file"}),
    ("DELETE", "/branding-files/{id}"): Specimen(of_tenant=True, path={"id": "branding-file-removed"}),
}
