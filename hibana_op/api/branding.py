"""`/branding`: what the hosted pages of the deployment or of a tenant wear now, and how readable it is."""

from typing import Annotated

from msgspec import Meta

from hibana_op.api.operation import Asked, Operation, in_named_tenant, tenant_named
from hibana_op.api.shapes import Given, Taken
from hibana_op.foundation.branding.colours import Contrast
from hibana_op.provider import Provider
from hibana_op.records import tenants
from hibana_op.records.tenants import SYSTEM
from hibana_op.web import looks


class ContrastShown(Given, frozen=True, kw_only=True):
    """How well one colour stands out from another (WCAG 2), and how well it has to."""

    front: str
    back: str
    theme: str
    ratio: float
    needed: float


class BrandingShown(Given, frozen=True, kw_only=True):
    """The look of pages; addresses are null where Hibana's own is shown. Terms, privacy and help stand in `links`."""

    tenant_id: str | None
    name: str
    theme: str
    stylesheet_url: str | None
    logo_url: str | None
    logo_dark_url: str | None
    favicon_url: str | None
    links: dict[str, str]
    contrasts: list[ContrastShown]


class BrandingAsked(Taken, frozen=True, kw_only=True):
    """Whose pages; the deployment's without a tenant."""

    tenant_id: Annotated[str, Meta(max_length=255, description="Of which tenant; your own when you are confined.")] = ""


async def show(op: Provider, asked: Asked) -> BrandingShown:
    """What the pages wear, with what is not chosen filled in."""
    tenant_id = tenant_named(asked)
    if tenant_id is not None:
        await tenants.get(op.db, tenant_id)
    look = await looks.of_tenant(op, tenant_id)

    def url(path: str | None) -> str | None:
        return None if path is None else op.issuer + path

    return BrandingShown(
        tenant_id=None if tenant_id == SYSTEM else tenant_id,
        name=look.name,
        theme=look.theme,
        stylesheet_url=url(look.sheet),
        logo_url=url(look.logo),
        logo_dark_url=url(look.logo_dark),
        favicon_url=url(look.favicon),
        links=dict(look.links),
        contrasts=[_contrast(each) for each in look.contrasts],
    )


def _contrast(each: Contrast) -> ContrastShown:
    return ContrastShown(
        front=each.front, back=each.back, theme=each.theme, ratio=round(each.ratio, 2), needed=each.needed
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/branding",
        permission="settings:read",
        summary="Show what the hosted pages wear, and how readable it is",
        handler=show,
        where=in_named_tenant,
        query=BrandingAsked,
        gives=BrandingShown,
    ),
)
