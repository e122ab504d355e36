"""An organisation's style sheet dresses the pages and cannot hide, move or leak anything on them."""

import time
from contextlib import suppress

import pytest
import tinycss2
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.foundation.branding.colours import DEFAULT
from hibana_op.foundation.branding.stylesheet import LARGEST, sanitised, surfaces_of
from hibana_op.foundation.errors import InvalidRecord
from tests.foundation.branding.test_properties import DECLARATIONS
from tests.foundation.branding.test_selectors import SELECTORS

WHOLE = """
/* Ours, </style> and all */
:root { --bg: light-dark(#FFFAF0, #000000); --control: light-dark(#6b5b3e, #8a8a8a) }
.card , .panel/* both */{border-radius:.5rem 3px;
  box-shadow:0 1px 2px rgb(15 23 42 / .06),0 12px 32px -8px rgba(15,23,42,.14)}
header h1{font-family:Noto Sans JP,'Hiragino Sans',SANS-SERIF;letter-spacing:.05em;line-height:1.2;font-weight:BOLD}
.button:hover, .card .field input:focus-visible{border-radius:8PX}
.field input{border-width:2px;border-style:dashed}
.logo{width:120px;height:40px;box-shadow:4px 4px 0 #0f172a}
@media (max-width:480px){.card{box-shadow:none;padding:0 16px;gap:0;font-size:14px;text-align:START}}
@media (PREFERS-COLOR-SCHEME:dark){.card{border-color:light-dark(#abc,#123456);text-transform:none}}
"""
AGAIN = """:root {
  --bg: light-dark(#fffaf0, #000000);
  --control: light-dark(#6b5b3e, #8a8a8a);
}
.card, .panel {
  border-radius: 0.5rem 3px;
  box-shadow: 0 1px 2px rgb(15 23 42 / 0.06), 0 12px 32px -8px rgb(15 23 42 / 0.14);
}
header h1 {
  font-family: "Noto Sans JP", "Hiragino Sans", sans-serif;
  letter-spacing: 0.05em;
  line-height: 1.2;
  font-weight: bold;
}
.button:hover, .card .field input:focus-visible {
  border-radius: 8px;
}
.field input {
  border-width: 2px;
  border-style: dashed;
}
.logo {
  width: 120px;
  height: 40px;
  box-shadow: 4px 4px 0 rgb(15 23 42 / 1);
}
@media (max-width: 480px) {
  .card {
    box-shadow: none;
    padding: 0 16px;
    gap: 0;
    font-size: 14px;
    text-align: start;
  }
}
@media (prefers-color-scheme: dark) {
  .card {
    border-color: light-dark(#aabbcc, #123456);
    text-transform: none;
  }
}
"""


def test_what_is_allowed_is_written_anew() -> None:
    assert sanitised(WHOLE) == AGAIN
    assert sanitised(AGAIN) == AGAIN


@pytest.mark.parametrize("text", ["", " \n", "/* nothing */"])
def test_a_sheet_without_rules_is_empty(text: str) -> None:
    assert sanitised(text) == ""
    assert surfaces_of(text) == DEFAULT


def test_each_refusal_names_the_line() -> None:
    with pytest.raises(InvalidRecord, match=r"^line 4: the property colour cannot be set; there are border-color, "):
        sanitised("/* one\ntwo */\n.card {\n  colour: red;\n}")


@pytest.mark.parametrize(
    "text",
    [
        "@import 'a';",
        "@import url(//evil.example)",
        "@font-face { font-family: a; src: url(//evil.example); unicode-range: U+61 }",
        "@charset 'utf-7'; .card { gap: 0 }",
        "@layer a { .card { gap: 0 } }",
        "@namespace a url(b);",
        "@keyframes a { to { rotate: 1turn } }",
        "@supports (gap: 0) { .card { gap: 0 } }",
        "@media print { .card { gap: 0 } }",
        "@media (max-width: 9px) and (min-width: 1px) { .card { gap: 0 } }",
        "@media (max-width: 0.5px) { .card { gap: 0 } }",
        "@media (max-width: 9em) { .card { gap: 0 } }",
        "@media (max-width: -9px) { .card { gap: 0 } }",
        "@media (width < 9px) { .card { gap: 0 } }",
        "@media (max-width: 9px) { :root { --bg: #ffffff } }",
        "@media (max-width: 9px) { @media (max-width: 9px) { .card { gap: 0 } } }",
        "@media (max-width: 9px) { .card { position: fixed } }",
        "@media (max-width: 9px) { gap: 0 }",
        "@media (max-width: 9px);",
        "<!-- .card { gap: 0 } -->",
        "</style><script>alert(1)</script>",
        ".card { gap: 0 } </style>",
        ".card { gap: 0 }; .card { gap: 0 }",
        ".card { gap: 0 }}",
        ".card { gap: 0",
        ".card { gap: 0 } .card",
        "@media (max-width: 9px) { .card { gap: 0 }",
        ".card { font-family: 'a } .card { gap: 0 }",
        ".card { gap: 0 } /* never closed",
        ".card { gap: 0 /* never closed }",
        ".card { border-color: url( }",
        ".card { border-color: rgb(0 0 0 }",
        "--end{} .card { gap: 0",
        r".card { border-color: \75rl(//evil.example) }",
        r"\2e card { gap: 0 }",
        r"/* \ */",
        "\0.card { gap: 0 }",
        "/* \x0c */",
        "\ud800",
        "/*\ud800*/",
    ],
)
def test_R03_whatever_else_css_knows_is_refused(text: str) -> None:
    with pytest.raises(InvalidRecord, match=r"^line 1: "):
        sanitised(text)


LARGE = {
    "a megabyte": "a" * 1_000_000,
    "many bytes a letter": "あ" * 6_000,
    "braces": "{" * 10_000,
    "more braces": "{" * 16_000,
    "closed braces": "{" * 8_000 + "}" * 8_000,
    "parentheses": "(" * 16_000,
    "nested rules": "a{" * 8_000,
    "nested selectors": ":is(" * 4_000,
    "nested conditions": "@media(" * 2_000,
    "nested values": ".card{gap:" + "(" * 8_000 + ")" * 8_000 + "}",
    "nested colours": ":root{--bg:" + "light-dark(" * 1_000 + ")" * 1_000 + "}",
    "a long number": ".card{gap:" + "9" * 10_000 + "px}",
    "comments": "/*" * 8_000,
    "quotes": "'" * 16_000,
    "selectors": ".card," * 2_600,
    "lines": "\n" * 16_000 + "x",
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE)
def test_R03_what_is_large_or_deep_is_refused_quickly(text: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(InvalidRecord):
        sanitised(text)
    assert time.perf_counter() - begun < 2


@pytest.mark.parametrize(
    "text",
    [",".join([".button"] * 40) + "{" + "gap:0;" * 1_300 + "}", ":root{}" * 2_300, ",".join(["h1"] * 5_000) + "{}"],
    ids=["many selectors of many declarations", "many roots", "too many selectors"],
)
def test_S04_the_work_grows_with_the_length_of_a_sheet_alone(text: str) -> None:
    begun = time.perf_counter()
    with suppress(InvalidRecord):
        sanitised(text)
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize("text", ["h1{gap:0}" * 1_800, ".card{" + "gap:0;" * 2_700 + "}"])
def test_what_would_be_too_large_to_be_read_again_is_refused(text: str) -> None:
    assert len(text) < LARGEST
    with pytest.raises(InvalidRecord, match="with one declaration in a line"):
        sanitised(text)


@pytest.mark.parametrize(
    "shadows",
    [
        "9px 9px rgb(0 0 0 / 0.14995), 9px 9px rgb(0 0 0 / 0.15005)",
        "2.00005px 0 1.99995px 2px #000000",
        "2.00004px 0 1.99996px 2px #000000",
        "9px 9px rgb(0 0 0 / 0.30004)",
    ],
)
def test_a_shadow_at_the_bounds_is_read_again_as_it_was_written(shadows: str) -> None:
    try:
        written = sanitised(f".card {{ box-shadow: {shadows} }}")
    except InvalidRecord:
        return
    assert sanitised(written) == written


def test_a_sheet_may_have_16_kib() -> None:
    comment = "/*" + " " * (LARGEST - 4) + "*/"
    assert sanitised(comment) == ""
    with pytest.raises(InvalidRecord, match="16 KiB"):
        sanitised(comment + " ")


pieces = st.sampled_from(
    [
        *(f"{each}{{gap:0}}" for each in SELECTORS),
        *(f".card{{{each}}}" for each in DECLARATIONS),
        *AGAIN.split("\n"),
        *"{}()[];:,'\"#@./*<>-!\n 09",
        *("--bg", "light-dark(", "rgb(", "url(", "px", "h1", ".card{", "gap:1px", "--end"),
    ]
)


@given(st.lists(pieces, max_size=12).map("".join))
def test_R03_whatever_comes_is_refused_or_written_as_it_will_be_read(text: str) -> None:
    try:
        written = sanitised(text)
    except InvalidRecord:
        return
    assert sanitised(written) == written
    assert not set(written) & set("<\\'[]*!&|~+>")
    assert all(
        node.type in ("qualified-rule", "at-rule") for node in tinycss2.parse_stylesheet(written, skip_whitespace=True)
    )


@given(st.text(max_size=60))
def test_R03_any_text_is_refused_or_written_anew(text: str) -> None:
    for each in (text, f".card {{ {text} }}", f"h1{text} {{ gap: 0 }}", f":root {{ --bg: {text} }}"):
        try:
            written = sanitised(each)
        except InvalidRecord:
            continue
        assert sanitised(written) == written
