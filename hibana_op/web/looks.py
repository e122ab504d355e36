"""Whose look a page wears, put together from what the organisation and the deployment have chosen.

What a tenant leaves open is the deployment's choice, and without one Hibana's own. What belongs together (the two
colours, the logos for light and dark) comes from the one or the other, and is never mixed.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

from markupsafe import Markup

from hibana_op.foundation.branding.colours import DEFAULT, Colour, Palette, Surfaces, palette
from hibana_op.foundation.branding.stylesheet import surfaces_of
from hibana_op.foundation.errors import InvalidRecord
from hibana_op.provider import Provider
from hibana_op.records import branding_files, tenant_settings
from hibana_op.records.branding_files import PICTURES, BrandingFile
from hibana_op.records.tenant_settings import Branding
from hibana_op.records.tenants import SYSTEM, Tenant
from hibana_op.web.look import LINKS, PLAIN, Look

PATH = "/branding/{tenant}/{name}"
MOST_KEPT = 2000  # of what a worker remembers in all; a look may have 25 KiB
PRIMARY, SECONDARY = Colour.parse("#3b82f6"), Colour.parse("#10b981")
_COLOURS = ("primary_color", "secondary_color")
_LOGOS = ("logo", "logo_dark")


async def of_deployment(op: Provider) -> Look:
    """What pages wear that belong to no tenant."""
    return await op.remembered.made("look of the deployment", lambda: _make(op, SYSTEM))


async def of_tenant(op: Provider, tenant_id: str | None) -> Look:
    """What the pages of a tenant wear while it is open; else the deployment's look."""
    tenant = await op.remembered.tenant(tenant_id) if tenant_id is not None else None
    if tenant is None or tenant.id == SYSTEM or _branding(tenant) == Branding():
        return await of_deployment(op)
    return await op.remembered.made(f"look of {tenant.id}", lambda: _make(op, tenant.id, SYSTEM), most=MOST_KEPT)


async def shown_at(op: Provider, slug: str) -> Look | None:
    """The look whose files are at the addresses of a tenant, or of the deployment under `system`."""
    if slug == SYSTEM:
        return await of_deployment(op)
    tenant = await op.remembered.tenant_called(slug)
    return await of_tenant(op, tenant.id) if tenant is not None else None


@dataclass(frozen=True, slots=True)
class _Chooser:
    """A tenant with what it has chosen, and the chosen files that are there."""

    slug: str
    branding: Branding
    files: dict[str, BrandingFile]

    def has_any(self, names: Iterable[str]) -> bool:
        return any(getattr(self.branding, name) is not None or name in self.files for name in names)

    def path(self, name: str) -> str | None:
        file = self.files.get(name)
        return PATH.format(tenant=self.slug, name=file.name) if file is not None else None


async def _make(op: Provider, *tenant_ids: str) -> Look:
    """The look that tenants choose, the narrowest first; asked for here, where what is made is as new as they are."""
    there = [tenant for each in tenant_ids if (tenant := await op.remembered.tenant(each)) is not None]
    choosers = [await _chooser(op, each) for each in there]
    if not any(each.branding != Branding() for each in choosers):
        return PLAIN
    return _put_together(choosers)


def _branding(tenant: Tenant) -> Branding:
    """What a tenant has chosen; nothing where that cannot be read, so that its pages are at least there."""
    try:
        return tenant_settings.read(tenant.settings).branding
    except InvalidRecord:
        return Branding()


async def _chooser(op: Provider, tenant: Tenant) -> _Chooser:
    branding = _branding(tenant)
    chosen = branding.files
    found = await branding_files.shown(op.db, tenant.id, set(chosen.values())) if chosen else {}
    files = {name: found[file_id] for name, file_id in chosen.items() if file_id in found}
    return _Chooser(tenant.slug, branding, files)


def _put_together(choosers: list[_Chooser]) -> Look:
    own = choosers[0]

    def who(*names: str) -> _Chooser:
        return next((each for each in choosers if each.has_any(names)), own)

    def text(name: str) -> str:
        file = who(name).files.get(name)
        return file.content if file is not None else ""

    logos = who(*_LOGOS)
    light, dark = (logos.path(name) for name in _LOGOS)
    author, surfaces = _sheet(text("stylesheet"))
    made = palette_of(who(*_COLOURS).branding, surfaces) if who(*_COLOURS).has_any(_COLOURS) or author else None
    colours = _tokens(made, who("font_family").branding.font_family)
    background = who("background").path("background")
    sheet = "\n".join(part for part in (colours, _background(background), _layered(author)) if part)
    sheets = {_name_of(each): each.encode() for each in (colours, sheet) if each}
    links = ((name, getattr(who(f"{name}_url").branding, f"{name}_url")) for name in LINKS)
    return Look(
        name=who("name").branding.name or PLAIN.name,
        theme=who("theme").branding.theme or PLAIN.theme,
        sheet=PATH.format(tenant=own.slug, name=_name_of(sheet)) if sheet else None,
        colours=PATH.format(tenant=own.slug, name=_name_of(colours)) if colours else None,
        logo=light or dark,
        logo_dark=dark or light,
        favicon=who("favicon").path("favicon"),
        links=MappingProxyType({name: url for name, url in links if url is not None}),
        header=Markup(text("header")),  # noqa: S704 - went through the sanitiser when it came
        footer=Markup(text("footer")),  # noqa: S704 - the same
        sheets=MappingProxyType(sheets),
        contrasts=made.contrasts if made is not None else (),
        pictures=frozenset(file.name for file in own.files.values() if file.media_type in PICTURES),
    )


def _name_of(sheet: str) -> str:
    return f"{hashlib.sha256(sheet.encode()).hexdigest()[:16]}.css"


def _sheet(author: str) -> tuple[str, Surfaces]:
    """An author's sheet, and what it has the pages stand on; one that was kept under looser rules is left out."""
    try:
        return author, surfaces_of(author)
    except InvalidRecord:
        return "", DEFAULT


def palette_of(chosen: Branding, surfaces: Surfaces = DEFAULT) -> Palette:
    """All colours of the brand, readable on what the pages stand on."""
    primary = Colour.parse(chosen.primary_color) if chosen.primary_color else PRIMARY
    secondary = Colour.parse(chosen.secondary_color) if chosen.secondary_color else SECONDARY
    return palette(primary, secondary, surfaces)


def _tokens(made: Palette | None, fonts: str | None) -> str:
    """The tokens of the pages that hang on the brand's colours and fonts; Hibana's own stay where none is chosen."""
    tokens = coloured(made) if made is not None else {}
    if fonts is not None:
        families = ", ".join(f'"{each.strip()}"' for each in fonts.split(","))
        tokens["font"] = f"{families}, var(--fonts)"
    lines = "".join(f"  --{name}: {value};\n" for name, value in tokens.items())
    return f"@layer tokens {{ :root {{\n{lines}}} }}" if tokens else ""


def coloured(made: Palette) -> dict[str, str]:
    """The tokens of a palette, as style sheets name and write them."""
    return {
        "primary": str(made.primary),
        "secondary": str(made.secondary),
        "primary-strong": str(made.primary_strong),
        "primary-hover": str(made.primary_hover),
        "on-primary": str(made.on_primary),
        "link": f"light-dark({made.link_light}, {made.link_dark})",
        "focus": f"light-dark({made.focus_light}, {made.focus_dark})",
        "info-bg": f"light-dark({made.info_bg_light}, {made.info_bg_dark})",
    }


def _background(path: str | None) -> str:
    """A picture behind the card; what stands on it directly gets a ground of its own, to stay readable."""
    if path is None:
        return ""
    # The sheet is a sibling of the picture, whatever path the issuer has.
    url = f"../{path.removeprefix('/branding/')}"
    return (
        "@layer brand { @media (min-width: 481px) {\n"
        f'  body:has(> .card) {{ background: var(--bg) url("{url}") center / cover no-repeat fixed; }}\n'
        "  body:has(> .card) > :is(header, footer) { width: fit-content; margin-inline: auto; padding: 8px 16px; "
        "background: var(--surface); border-radius: 10px; }\n"
        "} }"
    )


def _layered(author: str) -> str:
    return f"@layer brand {{\n{author}\n}}" if author else ""
