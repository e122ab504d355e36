"""Whatever the colours of a brand, everything on its pages can be read."""

import math
import re
from dataclasses import fields, replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.foundation import shipped
from hibana_op.foundation.branding import oklch
from hibana_op.foundation.branding.colours import DEFAULT, INK, WHITE, Colour, Palette, Theme, contrast, palette
from hibana_op.foundation.errors import InvalidRecord

BLACK = Colour(0, 0, 0)
GREEN = Colour.parse("#10b981")
channels = st.integers(0, 255)
colours = st.builds(Colour, channels, channels, channels)


def distance(a: Colour, b: str) -> float:
    other = Colour.parse(b)
    return math.dist((a.red, a.green, a.blue), (other.red, other.green, other.blue))


def shortfalls(made: Palette) -> list[str]:
    return [f"{made.primary}: {each}" for each in made.contrasts if not each.met]


def test_a_colour_is_written_in_one_way() -> None:
    assert str(Colour.parse("#3B82F6")) == "#3b82f6"


@pytest.mark.parametrize(
    "text", ["", "#fff", "3b82f6", "#3b82f6ff", "blue", "#3b82fg", "#3b82f6\n", "#３b82f6", "rgb(1,2,3)"]
)
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(InvalidRecord, match="#rrggbb"):
        Colour.parse(text)


def test_contrasts_are_those_of_wcag() -> None:
    assert contrast(BLACK, WHITE) == contrast(WHITE, BLACK) == 21
    assert round(contrast(WHITE, Colour.parse("#3b82f6")), 2) == 3.68
    assert round(contrast(WHITE, GREEN), 2) == 2.54
    assert round(contrast(INK, GREEN), 2) == 7.38


@given(colours)
def test_a_colour_comes_back_from_oklch_as_it_was(colour: Colour) -> None:
    assert Colour.of(*colour.oklch) == colour


@given(st.floats(-0.5, 1.5), st.floats(0, 1), st.floats(-math.pi, math.pi))
def test_a_colour_that_no_screen_shows_keeps_its_lightness(lightness: float, chroma: float, hue: float) -> None:
    shown = Colour(*oklch.to_rgb(lightness, chroma, hue))
    assert shown.oklch[0] == pytest.approx(min(max(lightness, 0), 1), abs=0.05)


def test_the_default_brand_looks_as_it_is_shipped() -> None:
    made = palette(Colour.parse("#3B82F6"), GREEN)
    assert made.on_primary == WHITE
    assert distance(made.primary_strong, "#2563eb") < 30
    assert distance(made.primary_hover, "#1d4ed8") < 30
    assert distance(made.link_light, "#2563eb") < 30
    assert distance(made.link_dark, "#60a5fa") < 40
    assert distance(made.info_bg_light, "#eff6ff") < 10
    assert distance(made.info_bg_dark, "#0b1f44") < 10
    assert (str(made.focus_light), str(made.secondary)) == ("#3b82f6", "#10b981")


@pytest.mark.parametrize(
    ("primary", "words"), [("#ffd400", INK), ("#98ff98", INK), ("#b91c1c", WHITE), ("#000000", WHITE)]
)
def test_a_light_brand_keeps_its_colour_and_has_dark_words(primary: str, words: Colour) -> None:
    made = palette(Colour.parse(primary), GREEN)
    assert made.on_primary == words
    assert str(made.primary_strong) == primary


def test_every_colour_makes_pages_that_can_be_read() -> None:
    steps = range(0, 256, 51)
    made = [palette(Colour(*each), WHITE) for each in product(steps, steps, steps)]
    made += [palette(Colour(grey, grey, grey), WHITE) for grey in range(0, 256, 5)]
    assert [problem for each in made for problem in shortfalls(each)] == []
    assert [str(each.primary) for each in made if each.primary_hover == each.primary_strong] == []


@given(colours, colours)
def test_any_colour_makes_pages_that_can_be_read(primary: Colour, secondary: Colour) -> None:
    made = palette(primary, secondary)
    assert shortfalls(made) == []
    assert (made.primary, made.secondary) == (primary, secondary)


def test_a_palette_says_which_contrasts_it_has() -> None:
    made = palette(GREEN, GREEN)
    said = {(each.front, each.back, each.theme): each for each in made.contrasts}
    assert len(said) == len(made.contrasts)
    on_white = said["link", "surface", "light"]
    assert on_white.ratio == contrast(made.link_light, WHITE)
    assert on_white.needed == 4.5
    assert {back for front, back, theme in said if (front, theme) == ("link", "dark")} == {*Theme.GROUNDS, "info_bg"}
    assert {back for front, back, _ in said if front == "on_primary"} == {"primary_strong", "primary_hover"}
    assert said["focus", "bg", "dark"].needed == 3


def test_links_look_like_words_where_no_shade_of_the_brand_stands_out() -> None:
    grey = Colour.parse("#767676")
    torn = replace(DEFAULT.light, raised=BLACK, text=grey)
    made = palette(GREEN, GREEN, replace(DEFAULT, light=torn))
    assert made.link_light == grey
    assert {each.back for each in made.contrasts if not each.met and each.theme == "light"} >= {"bad_bg"}


def test_the_default_surfaces_are_those_of_the_style_sheet() -> None:
    css = (shipped.folder("templates") / "static" / "hibana.css").read_text()
    for field in [each.name for each in fields(Theme)]:
        name = field.replace("_", "-")
        found = re.search(rf"^\s*--{name}: light-dark\((#\w+), (#\w+)\);", css, re.MULTILINE)
        assert found, name
        light, dark = (f"#{each[1:] * 2}" if len(each) == 4 else each for each in found.groups())
        assert (str(getattr(DEFAULT.light, field)), str(getattr(DEFAULT.dark, field))) == (light, dark), name
