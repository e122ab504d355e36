"""Both languages are complete: the same keys, the same blanks to fill, and every key that is asked for."""

import ast
import re
import string
import tomllib
from collections.abc import Collection, Iterator
from functools import cache

import pytest

from tests.house.tree import ROOT, modules, parsed, short

TEMPLATES = ROOT / "templates"
LANGUAGES = ("ja", "en")
QUOTED = re.compile(r"""["']([a-z0-9_]+(?:\.[a-z0-9_]*)+)["']""")
REFUSALS = {"LoginRefused", "PageRefused"}


@cache
def words(language: str) -> dict[str, str]:
    """Every key of a language, dotted, with its words."""
    path = TEMPLATES / "words" / f"{language}.toml"
    return dict(flat(tomllib.loads(path.read_text(encoding="utf-8")), ""))


def flat(table: dict[str, object], prefix: str) -> Iterator[tuple[str, str]]:
    """The leaves of nested tables."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value)


def blanks(text: str) -> set[str]:
    """The names in braces that a text wants filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def said() -> dict[str, str]:
    """Every dotted text in the templates and the program, with a place where it stands."""
    found: dict[str, str] = {}
    for path in [*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")]:
        found |= dict.fromkeys(QUOTED.findall(path.read_text(encoding="utf-8")), short(path))
    for path in modules():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found[node.value] = f"{short(path)}:{node.lineno}"
    return found


def reasons(kinds: Collection[str] = REFUSALS) -> Iterator[tuple[str, str]]:
    """Every reason that refusals of these kinds are raised with, and where."""
    for path in modules():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and node.args and called(node.func) in kinds:
                reason = node.args[0]
                if isinstance(reason, ast.Constant) and isinstance(reason.value, str):
                    yield reason.value, f"{short(path)}:{node.lineno}"


def called(function: ast.expr) -> str:
    """The last word of what is called."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def test_both_languages_have_the_same_keys() -> None:
    japanese, english = words("ja").keys(), words("en").keys()
    assert japanese == english, (
        f"templates/words/ja.toml lacks {sorted(english - japanese)}; "
        f"templates/words/en.toml lacks {sorted(japanese - english)}"
    )


def test_both_languages_leave_the_same_blanks() -> None:
    faults = [
        f"{key}: ja fills {sorted(blanks(japanese))}, en fills {sorted(blanks(english))}"
        for key, japanese in words("ja").items()
        if blanks(japanese) != blanks(english := words("en").get(key, ""))
    ]
    assert not faults, "templates/words/:\n" + "\n".join(faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_empty(language: str) -> None:
    empty = [key for key, text in words(language).items() if not text.strip()]
    assert not empty, f"templates/words/{language}.toml: {empty}"


def test_japanese_is_japanese() -> None:
    same = [
        key
        for key, text in words("ja").items()
        if text == words("en").get(key) and re.search(r"[a-z]{4}", re.sub(r"\{.*?\}", "", text))
    ]
    assert not same, f"templates/words/ja.toml still speaks English: {same}"


def test_every_key_that_templates_ask_for_exists() -> None:
    asked = re.compile(r"""\bsay\(\s*["']([a-z0-9_.]+)["']\s*[,)]""")
    faults = [
        f"{short(path)}: no words for {key}"
        for path in TEMPLATES.rglob("*.html")
        for key in asked.findall(path.read_text(encoding="utf-8"))
        if key not in words("en")
    ]
    assert not faults, "\n".join(faults)


def test_every_reason_of_a_refusal_has_words() -> None:
    faults = [
        f"{place}: no words for refused.{reason}"
        for reason, place in reasons()
        if f"refused.{reason}" not in words("en")
    ]
    assert not faults, "\n".join(faults)


def test_all_words_are_said_somewhere() -> None:
    texts = said()
    beginnings = tuple(text for text in texts if re.fullmatch(r"[a-z0-9_.]+\.", text))
    silent = [key for key in words("en") if key not in texts and not key.startswith(beginnings)]
    silent += [key for key in words("en") if key.startswith("refused.") and key.partition(".")[2] not in texts]
    assert not silent, f"templates/words/: nobody says {silent}"


def test_there_is_a_catalogue_for_each_language() -> None:
    assert {path.stem for path in (TEMPLATES / "words").glob("*.toml")} == set(LANGUAGES)
