"""What organisations upload for the look of their hosted pages; those of the deployment belong to `system`."""

from base64 import b64decode, b64encode
from collections.abc import Collection
from dataclasses import dataclass

from hibana_op.foundation.errors import NotFound
from hibana_op.records.row import as_columns, as_record, as_record_or_none, insert_into
from hibana_op.storage.database import Session

CSS, HTML, ICON = "text/css", "text/html", "image/vnd.microsoft.icon"
ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    ICON: "ico",
    CSS: "css",
    HTML: "html",
}
PICTURES = frozenset(ENDINGS) - {CSS, HTML}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandingFile:
    """A picture, a style sheet or a piece of markup: checked when it came, and never changed since."""

    id: str
    tenant_id: str
    media_type: str
    content: str
    size: int
    width: int | None = None
    height: int | None = None
    created_at: int

    @property
    def name(self) -> str:
        """What it is called in addresses."""
        return f"{self.id}.{ENDINGS[self.media_type]}"

    @property
    def raw(self) -> bytes:
        """Its bytes."""
        return b64decode(self.content) if self.media_type in PICTURES else self.content.encode()


def fits(name: str, media_type: str) -> bool:
    """Whether a file of this type can be chosen for this member of the branding."""
    if name in ("header", "footer"):
        return media_type == HTML
    if name == "stylesheet":
        return media_type == CSS
    return media_type in PICTURES and (media_type != ICON or name == "favicon")


_INSERT = insert_into("branding_files", BrandingFile)


def kept(content: bytes) -> str:
    """How the bytes of a picture rest in the database."""
    return b64encode(content).decode()


async def insert(db: Session, file: BrandingFile) -> None:
    """Add a file."""
    await db.run(_INSERT, **as_columns(file))


async def locate(db: Session, file_id: str) -> BrandingFile:
    """The file, in whichever tenant it is, or NotFound."""
    row = await db.one("SELECT * FROM branding_files WHERE id = :id", id=file_id)
    if row is None:
        raise NotFound(f"no file has the id {file_id}")
    return as_record(BrandingFile, row)


async def find(db: Session, tenant_id: str, file_id: str) -> BrandingFile | None:
    """A file of this tenant."""
    row = await db.one(
        "SELECT * FROM branding_files WHERE tenant_id = :tenant_id AND id = :id", tenant_id=tenant_id, id=file_id
    )
    return as_record_or_none(BrandingFile, row)


async def shown(db: Session, tenant_id: str, ids: Collection[str]) -> dict[str, BrandingFile]:
    """Of these ids, those that are files of the tenant; of pictures without what is in them."""
    named = {f"id_{number}": file_id for number, file_id in enumerate(ids)}
    places = ", ".join(f":{name}" for name in named) or "NULL"
    rows = await db.all(
        f"""
        SELECT id, tenant_id, media_type, CASE WHEN media_type LIKE 'text/%' THEN content ELSE '' END AS content,
               size, width, height, created_at
        FROM branding_files WHERE tenant_id = :tenant_id AND id IN ({places})""",  # noqa: S608 - names of the code
        tenant_id=tenant_id,
        **named,
    )
    return {row["id"]: as_record(BrandingFile, row) for row in rows}


async def types(db: Session, tenant_id: str, ids: Collection[str]) -> dict[str, str]:
    """Of these ids, those that are files of the tenant, each with its media type."""
    rows = await db.all("SELECT id, media_type FROM branding_files WHERE tenant_id = :tenant_id", tenant_id=tenant_id)
    return {row["id"]: row["media_type"] for row in rows if row["id"] in ids}


async def count(db: Session, tenant_id: str) -> int:
    """How many files a tenant has."""
    row = await db.one("SELECT COUNT(*) AS found FROM branding_files WHERE tenant_id = :id", id=tenant_id)
    return int(row["found"]) if row is not None else 0


async def page(db: Session, tenant_id: str, *, after: str = "", limit: int = 50) -> list[BrandingFile]:
    """The files of a tenant, the oldest first, without what is in them."""
    rows = await db.all(
        """
        SELECT id, tenant_id, media_type, '' AS content, size, width, height, created_at FROM branding_files
        WHERE tenant_id = :tenant_id AND id > :after ORDER BY id LIMIT :limit""",
        tenant_id=tenant_id,
        after=after,
        limit=limit,
    )
    return [as_record(BrandingFile, row) for row in rows]


async def delete(db: Session, tenant_id: str, file_id: str) -> bool:
    """Remove a file; False when it is not there."""
    return (
        await db.run(
            "DELETE FROM branding_files WHERE tenant_id = :tenant_id AND id = :id", tenant_id=tenant_id, id=file_id
        )
        > 0
    )
