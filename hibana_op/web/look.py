"""How hosted pages look: an organisation's name, colours and pictures where it has chosen any."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from markupsafe import Markup

from hibana_op.foundation.branding.colours import Contrast
from hibana_op.records.remembered import BRAND

_NOTHING = Markup()
LINKS = ("terms", "privacy", "help")


@dataclass(frozen=True, slots=True)
class Look:
    """What a page wears. Addresses are paths below the issuer's own; `sheets`: what is served at those of sheets."""

    name: str = BRAND
    theme: Literal["system", "light", "dark"] = "system"
    sheet: str | None = None
    colours: str | None = None
    logo: str | None = None
    logo_dark: str | None = None
    favicon: str | None = None
    links: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    header: Markup = _NOTHING
    footer: Markup = _NOTHING
    sheets: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    pictures: frozenset[str] = frozenset()
    contrasts: tuple[Contrast, ...] = ()

    @property
    def plain(self) -> "Look":
        """The same with nothing that its author has written freely: for pages where accounts and rights change."""
        return replace(self, sheet=self.colours, header=_NOTHING, footer=_NOTHING)


PLAIN = Look()
