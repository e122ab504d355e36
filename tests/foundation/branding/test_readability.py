"""Whatever surfaces an organisation takes, all words on them can be read."""

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from hibana_op.foundation.branding.colours import DEFAULT, Colour, palette
from hibana_op.foundation.branding.stylesheet import sanitised, surfaces_of
from hibana_op.foundation.errors import InvalidRecord
from tests.foundation.branding.test_stylesheet import WHOLE


@pytest.mark.parametrize(
    ("declarations", "said"),
    [
        ("--text: #ffffff", "on light pages, --text on --bg has a contrast of 1.04:1 and needs 4.5:1"),
        ("--bg: #000000", "on light pages, --text on --bg"),
        ("--surface: light-dark(#ffffff, #94a3b8)", "on dark pages, --text on --surface"),
        ("--raised: light-dark(#8090a0, #1e293b)", "on light pages, --muted on --raised|--text on --raised"),
        ("--muted: light-dark(#777777, #94a3b8)", "on light pages, --muted on --bg has a contrast of 4.28:1"),
        ("--control: light-dark(#bbbbbb, #64748b)", "on light pages, --control on --bg .* needs 3.0:1"),
        (
            "--bg: #111111; --surface: #111111; --raised: #111111; --text: #ffffff; --muted: #ffffff",
            "on light pages, --text on the green of messages",
        ),
        (
            "--bg: light-dark(#8fa08f, #020617); --muted: light-dark(#000000, #94a3b8)",
            "on light pages, the red of error messages on --bg",
        ),
    ],
)
def test_R03_no_words_can_be_made_unreadable(declarations: str, said: str) -> None:
    with pytest.raises(InvalidRecord, match=f"^line 2: ({said})"):
        sanitised(f".card {{ gap: 0 }}\n:root {{ {declarations} }}")


@pytest.mark.parametrize(
    "declarations",
    [
        *("--primary: #ffffff", "--link: #ffffff", "--shadow: none", "--x: {}", "color: #ffffff", "bg: #ffffff"),
        *("--bg: white", "--bg: #ffff", "--bg: #ffffffff", "--bg: var(--text)", "--bg:", "--bg: #ffffff !important"),
        *("--bg: url(a)", "--line: #ffffff; --line: #ffffff", "--BG: #ffffff", ".card { gap: 0 }", "@import 'a'"),
    ],
)
def test_R03_the_root_takes_surfaces_as_colours_and_nothing_else(declarations: str) -> None:
    with pytest.raises(InvalidRecord, match=r"^line 1: "):
        sanitised(f":root {{ {declarations} }}")


def test_surfaces_are_those_of_the_sheet_and_the_defaults_for_the_rest() -> None:
    there = surfaces_of(sanitised(WHOLE))
    assert str(there.light.bg) == "#fffaf0"
    assert str(there.dark.bg) == "#000000"
    assert there.dark.text == DEFAULT.dark.text
    with pytest.raises(InvalidRecord):
        surfaces_of(":root { --text: #ffffff }")


def between(least: int, most: int) -> st.SearchStrategy[Colour]:
    channel = st.integers(least, most)
    return st.builds(Colour, channel, channel, channel)


grounds = st.builds("light-dark({}, {})".format, between(220, 255), between(0, 45))
words = st.builds("light-dark({}, {})".format, between(0, 80), between(170, 255))
chosen = st.fixed_dictionaries(
    {}, optional={"bg": grounds, "surface": grounds, "raised": grounds, "text": words, "muted": words}
)


@given(chosen, between(0, 255))
def test_every_brand_can_be_read_on_every_surface_that_is_taken(chosen: dict[str, str], primary: Colour) -> None:
    css = ":root {--control: light-dark(#444444, #aaaaaa);"
    try:
        there = surfaces_of(css + "".join(f"--{name}: {value};" for name, value in chosen.items()) + "}")
    except InvalidRecord:
        reject()
    assert [each for each in palette(primary, primary, there).contrasts if not each.met] == []


@pytest.mark.parametrize("ground", ["#ffd9b3", "#9fe8c0", "#ccd8ff", "#ffd6dd"])
def test_links_follow_the_surfaces_of_the_sheet(ground: str) -> None:
    words = "--muted: light-dark(#000000, #ffffff); --control: light-dark(#444444, #999999)"
    there = surfaces_of(f":root {{ --bg: light-dark({ground}, #000000); {words} }}")
    made = palette(Colour.parse("#3b82f6"), Colour.parse("#10b981"), there)
    assert [each for each in made.contrasts if not each.met] == []
    assert made.link_light.luminance < palette(made.primary, made.secondary).link_light.luminance
