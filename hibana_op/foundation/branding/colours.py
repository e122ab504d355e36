"""The colours of an organisation, and what is made of them so that everything stays readable (WCAG 2)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal, Self

from hibana_op.foundation.branding import oklch
from hibana_op.foundation.errors import InvalidRecord

READABLE = 4.5  # WCAG 2 §1.4.3, text
VISIBLE = 3.0  # WCAG 2 §1.4.11, borders of controls and the focus ring

_WRITTEN = re.compile(r"#[0-9a-fA-F]{6}")
_STEP = 0.045  # of lightness: what can be told apart when a pointer comes
_MOST = 0.15  # of lightness: darkened by more, orange is brown and nobody knows the brand again
_NEARLY_BLACK = 0.25  # of lightness: what is darker still looks the same
_FINE_STEP = 0.01


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour of sRGB without transparency, written #rrggbb."""

    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """The colour that is written #rrggbb."""
        if not _WRITTEN.fullmatch(text):
            raise InvalidRecord("a colour is written #rrggbb, for example #3b82f6")
        return cls(*bytes.fromhex(text[1:]))

    @classmethod
    def of(cls, lightness: float, chroma: float, hue: float) -> Self:
        """The colour at this place in OKLCH, or the nearest less colourful one that a screen can show."""
        return cls(*oklch.to_rgb(lightness, chroma, hue))

    @property
    def oklch(self) -> tuple[float, float, float]:
        """Lightness (0 to 1), chroma and hue (radians)."""
        return oklch.from_rgb(self.red, self.green, self.blue)

    @property
    def luminance(self) -> float:
        """The relative luminance of WCAG 2."""
        red, green, blue = (oklch.linear(channel) for channel in (self.red, self.green, self.blue))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


def contrast(a: Colour, b: Colour) -> float:
    """The contrast ratio of WCAG 2, between 1 and 21."""
    return _ratio(a.luminance, b.luminance)


def _ratio(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours that pages stand on, and of the words there, in light or in dark."""

    GROUNDS: ClassVar = ("bg", "surface", "raised", "ok_bg", "bad_bg", "warn_bg")

    bg: Colour
    surface: Colour
    raised: Colour
    text: Colour
    muted: Colour
    line: Colour
    control: Colour
    ok_bg: Colour
    bad_bg: Colour
    warn_bg: Colour
    bad: Colour

    @property
    def grounds(self) -> dict[str, Colour]:
        """Whatever words may stand on, apart from what the brand tints."""
        return {name: getattr(self, name) for name in self.GROUNDS}


@dataclass(frozen=True, slots=True)
class Surfaces:
    """What a brand has to be readable on."""

    light: Theme
    dark: Theme


def _theme(written: str) -> Theme:
    return Theme(*(Colour.parse(each) for each in written.split()))


WHITE, INK = Colour.parse("#ffffff"), Colour.parse("#0b1220")
DEFAULT = Surfaces(  # as in hibana.css
    light=_theme("#f8fafc #ffffff #f1f5f9 #0f172a #475569 #e2e8f0 #7c8ba1 #ecfdf5 #fef2f2 #fffbeb #b91c1c"),
    dark=_theme("#020617 #0f172a #1e293b #e2e8f0 #94a3b8 #1e293b #64748b #052e24 #3b0d0d #2e1f04 #fca5a5"),
)


@dataclass(frozen=True, slots=True)
class Contrast:
    """How well one colour of a palette stands out from another, and how well it has to."""

    front: str
    back: str
    theme: Literal["light", "dark", "both"]
    ratio: float
    needed: float

    @property
    def met(self) -> bool:
        """Whether it stands out enough."""
        return self.ratio >= self.needed


@dataclass(frozen=True, slots=True)
class Palette:
    """Every colour of the pages that hangs on the brand."""

    primary: Colour
    secondary: Colour
    primary_strong: Colour
    primary_hover: Colour
    on_primary: Colour
    link_light: Colour
    link_dark: Colour
    focus_light: Colour
    focus_dark: Colour
    info_bg_light: Colour
    info_bg_dark: Colour
    contrasts: tuple[Contrast, ...]


@lru_cache(maxsize=1024)
def palette(primary: Colour, secondary: Colour, surfaces: Surfaces = DEFAULT) -> Palette:
    """What a brand's two colours make of the pages; all contrasts are met on surfaces whose own words are readable."""
    strong, hover, on_primary = _button(primary)
    contrasts = [
        Contrast("on_primary", back, "both", contrast(on_primary, colour), READABLE)
        for back, colour in (("primary_strong", strong), ("primary_hover", hover))
    ]
    light, dark = _themed(primary, surfaces.light), _themed(primary, surfaces.dark)
    contrasts += [*light.contrasts(surfaces.light, "light"), *dark.contrasts(surfaces.dark, "dark")]
    return Palette(
        primary=primary,
        secondary=secondary,
        primary_strong=strong,
        primary_hover=hover,
        on_primary=on_primary,
        link_light=light.link,
        link_dark=dark.link,
        focus_light=light.focus,
        focus_dark=dark.focus,
        info_bg_light=light.info_bg,
        info_bg_dark=dark.info_bg,
        contrasts=tuple(contrasts),
    )


def _button(primary: Colour) -> tuple[Colour, Colour, Colour]:
    """The colour of the main button, the one under a pointer, and the colour of its words."""
    lightness, chroma, hue = primary.oklch

    def darkened(by: float) -> Colour:
        return Colour.of(lightness - by, chroma, hue) if by else primary

    by = 0.0
    while by <= _MOST:
        if contrast(WHITE, darkened(by)) >= READABLE:
            further = _STEP if lightness - by > _NEARLY_BLACK else -_MOST
            return darkened(by), darkened(by + further), WHITE
        by += _STEP
    # What is too light for white that much darker is light enough for ink as it is, and a step darker.
    return primary, darkened(_STEP), INK


@dataclass(frozen=True, slots=True)
class _Themed:
    """What hangs on the brand in one theme."""

    link: Colour
    focus: Colour
    info_bg: Colour

    def contrasts(self, theme: Theme, name: Literal["light", "dark"]) -> Iterator[Contrast]:
        """How what hangs on the brand stands out from what it stands on."""
        for front, colour in (("text", theme.text), ("muted", theme.muted)):
            yield Contrast(front, "info_bg", name, contrast(colour, self.info_bg), READABLE)
        for back, ground in {**theme.grounds, "info_bg": self.info_bg}.items():
            yield Contrast("link", back, name, contrast(self.link, ground), READABLE)
            yield Contrast("focus", back, name, contrast(self.focus, ground), VISIBLE)


def _themed(primary: Colour, theme: Theme) -> _Themed:
    info_bg = _tint(primary, theme)
    grounds = [*theme.grounds.values(), info_bg]
    return _Themed(
        link=_standing_out(primary, grounds, READABLE) or theme.text,
        focus=_standing_out(primary, grounds, VISIBLE) or theme.text,
        info_bg=info_bg,
    )


def _tint(primary: Colour, theme: Theme) -> Colour:
    """The surface with a breath of the brand, as long as words stay readable on it."""
    _, chroma, hue = primary.oklch
    lightness = theme.surface.oklch[0]
    tint = Colour.of(lightness - 0.03, min(chroma, 0.014), hue)
    if theme.text.luminance > theme.surface.luminance:
        tint = Colour.of(lightness + 0.035, min(chroma * 0.4, 0.08), hue)
    readable = all(contrast(words, tint) >= READABLE for words in (theme.text, theme.muted))
    return tint if readable else theme.surface


def _standing_out(colour: Colour, grounds: Iterable[Colour], needed: float) -> Colour | None:
    """The colour, as little darkened or lightened as it takes to stand out from all of the grounds."""
    lightness, chroma, hue = colour.oklch
    lights = [ground.luminance for ground in grounds]
    for step in range(int(1 / _FINE_STEP) + 1):
        for by in (-step * _FINE_STEP, step * _FINE_STEP):
            if -_FINE_STEP < lightness + by < 1 + _FINE_STEP:
                nearest = Colour.of(lightness + by, chroma, hue) if step else colour
                if all(_ratio(nearest.luminance, light) >= needed for light in lights):
                    return nearest
    return None
