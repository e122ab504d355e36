"""A secret for another device, as pages show it: drawn, and in letters that can be typed."""

import segno
from markupsafe import Markup


def qr(text: str) -> Markup:
    """A QR code as a picture inside the page."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        scale=4, border=4, dark="#000", light="#fff", omitsize=True
    )
    return Markup(drawn)  # noqa: S704 - shapes only, drawn by us


def in_fours(text: str) -> str:
    """A text in groups of four, easy to read off and type."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
