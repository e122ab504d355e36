"""What an organisation's own surfaces make of the pages, and whether everything on them can be read."""

from collections.abc import Iterator
from dataclasses import replace

from hibana_op.foundation.branding.colours import DEFAULT, READABLE, VISIBLE, Colour, Surfaces, Theme, contrast

NAMES = ("bg", "surface", "raised", "text", "muted", "line", "control")


def surfaces(chosen: dict[str, tuple[Colour, Colour]]) -> Surfaces:
    """The surfaces with what was chosen for light and dark, and the defaults for the rest."""
    return Surfaces(
        light=replace(DEFAULT.light, **{name: light for name, (light, _) in chosen.items()}),
        dark=replace(DEFAULT.dark, **{name: dark for name, (_, dark) in chosen.items()}),
    )


def unreadable(there: Surfaces) -> str | None:
    """Which words or borders of fields could not be seen on these surfaces, in either theme; None if all can."""
    for name, theme in (("light", there.light), ("dark", there.dark)):
        for front, back, needed in _pairs():
            ratio = contrast(getattr(theme, front), getattr(theme, back))
            if ratio < needed:
                return (
                    f"on {name} pages, {_called(front)} on {_called(back)} has a contrast of {_down(ratio)}:1 and "
                    f"needs {needed}:1; choose both for light and dark by light-dark(#…, #…)"
                )
    return None


def _pairs() -> Iterator[tuple[str, str, float]]:
    for front in ("text", "muted"):
        yield from ((front, back, READABLE) for back in Theme.GROUNDS)
    # Which problem a form has is said in red on whatever the form stands on.
    yield from (("bad", back, READABLE) for back in ("bg", "surface", "raised"))
    yield from (("control", back, VISIBLE) for back in ("bg", "surface"))


def _called(name: str) -> str:
    spoken = {
        "bad": "the red of error messages",
        "ok_bg": "the green of messages",
        "bad_bg": "the red of messages",
        "warn_bg": "the yellow of messages",
    }
    return spoken.get(name, f"--{name}")


def _down(ratio: float) -> str:
    return f"{int(ratio * 100) / 100:.2f}"
