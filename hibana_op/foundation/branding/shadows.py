"""Shadows of boxes, so faint or so near that no words disappear in them."""

from tinycss2 import color4

from hibana_op.foundation.branding.reading import Token, by_comma
from hibana_op.foundation.branding.values import length, number

TAKES = (
    "none, or up to 4 shadows, each with offsets and a blur of 0 to 40px, no spread beyond 6px, and a colour as hex or "
    "rgb(); those that reach further than 6px may be 0.3 opaque, all of them together; inset is none of them"
)

_MOST = 4
_NEAR = 6.0  # px: this far a shadow may be as dark as it likes
_FAINT = 0.3  # of all that reach further: words that these fall on stay readable


def read(tokens: list[Token]) -> str | None:
    """The value of box-shadow written anew; None for one that is not allowed."""
    if len(tokens) == 1 and tokens[0].type == "ident" and tokens[0].lower_value == "none":
        return "none"
    parts = by_comma(tokens)
    shadows = [shadow for part in parts if (shadow := _shadow(part)) is not None]
    if len(shadows) != len(parts) or len(parts) > _MOST or sum(opacity for _, opacity in shadows) > _FAINT + 1e-9:
        return None
    return ", ".join(written for written, _ in shadows)


def _shadow(tokens: list[Token]) -> tuple[str, float] | None:
    """One shadow written anew, and how opaque it is where it can fall on words."""
    if len(tokens) < 3:
        return None
    last = tokens[-1].type in ("hash", "function")
    paint, lengths = (tokens[-1], tokens[:-1]) if last else (tokens[0], tokens[1:])
    bounds = ((0.0, 40.0), (0.0, 40.0), (0.0, 40.0), (-40.0, _NEAR))
    if not 2 <= len(lengths) <= len(bounds):
        return None
    sizes = [size for token, bound in zip(lengths, bounds, strict=False) if (size := length(token, px=bound))]
    colour = _colour(paint)
    if len(sizes) != len(lengths) or colour is None:
        return None
    right, down, blur, spread, *_ = [float(size.removesuffix("px")) for size in sizes] + [0.0, 0.0]
    opacity = colour[1] if max(right, down) + blur + spread > _NEAR + 1e-9 else 0.0
    return f"{' '.join(sizes)} {colour[0]}", opacity


def _colour(token: Token) -> tuple[str, float] | None:
    if token.type != "hash" and not (token.type == "function" and token.lower_name in ("rgb", "rgba")):
        return None
    colour = color4.parse_color(token)
    if colour is None or any(amount is None or not 0 <= amount <= 1 for amount in colour.coordinates):
        return None
    channels = " ".join(str(round(amount * 255)) for amount in colour.coordinates)
    opacity = number(colour.alpha)  # as it is written, or what is read again would be another one
    return f"rgb({channels} / {opacity})", float(opacity)
