"""OKLCH, where equal steps of lightness look equal: the way to it from sRGB and back (CSS Color 4)."""

import math

_ROUNDING = 1e-5  # how far outside of sRGB still rounds to a colour inside
_HALVINGS = 14  # of the chroma, until the rest is less than a step of eight bits


def linear(channel: int) -> float:
    """A channel of 0 to 255 as an amount of light between 0 and 1."""
    value = channel / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def from_rgb(red: int, green: int, blue: int) -> tuple[float, float, float]:
    """Lightness (0 to 1), chroma (0 for greys) and hue (radians) of an sRGB colour."""
    r, g, b = linear(red), linear(green), linear(blue)
    l_ = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    m_ = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    s_ = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    lightness = 0.2104542553 * l_ + 0.7936177850 * m_ - 0.0040720468 * s_
    across = 1.9779984951 * l_ - 2.4285922050 * m_ + 0.4505937099 * s_
    along = 0.0259040371 * l_ + 0.7827717662 * m_ - 0.8086757660 * s_
    return lightness, math.hypot(across, along), math.atan2(along, across)


def to_rgb(lightness: float, chroma: float, hue: float) -> tuple[int, int, int]:
    """The sRGB colour of this lightness and hue, with as much of the chroma as a screen can show."""
    lightness = min(max(lightness, 0.0), 1.0)
    light = _light(lightness, chroma, hue)
    if not _shown(light):
        shown, too_much = 0.0, chroma
        for _ in range(_HALVINGS):
            middle = (shown + too_much) / 2
            shown, too_much = (middle, too_much) if _shown(_light(lightness, middle, hue)) else (shown, middle)
        light = _light(lightness, shown, hue)
    red, green, blue = (_channel(amount) for amount in light)
    return red, green, blue


def _light(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    across, along = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * across + 0.2158037573 * along) ** 3
    middle = (lightness - 0.1055613458 * across - 0.0638541728 * along) ** 3
    short = (lightness - 0.0894841775 * across - 1.2914855480 * along) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _shown(light: tuple[float, float, float]) -> bool:
    return all(-_ROUNDING <= amount <= 1 + _ROUNDING for amount in light)


def _channel(amount: float) -> int:
    amount = min(max(amount, 0.0), 1.0)
    value = 12.92 * amount if amount <= 0.0031308 else 1.055 * amount ** (1 / 2.4) - 0.055
    return round(value * 255)
