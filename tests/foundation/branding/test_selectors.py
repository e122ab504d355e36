"""Style rules of an organisation name parts of our pages and nothing else on them."""

import pytest

from hibana_op.foundation.branding.stylesheet import sanitised
from hibana_op.foundation.errors import InvalidRecord

SELECTORS = [
    "input[value^=a]",
    ".field input[value^=a]",
    "[type=password]",
    "*",
    "#main",
    "input",
    "a",
    "h1::before",
    "h1:before",
    ".card:has(h1)",
    ".card:is(h1)",
    "h1:not(h2)",
    "h1:hover:active",
    ".card:visited",
    "h1>h2",
    "h1+h2",
    "h1~h2",
    "h1 h2 header .button",
    "h1,",
    ",h1",
    ".card.demo",
    "h1h2",
    "html",
    ":root .card",
    ":root:hover",
    "&",
    "|h1",
    "svg|h1",
    ". card",
    "h1: hover",
    "U+26",
    "",
    "ｈ1",
]


@pytest.mark.parametrize("selector", SELECTORS)
def test_R03_a_selector_names_nothing_but_parts_of_our_pages(selector: str) -> None:
    with pytest.raises(InvalidRecord, match=r"^line 1: "):
        sanitised(f"{selector} {{ border-radius: 0 }}")
