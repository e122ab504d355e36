"""Every refusal is explained: each rule has words, a test, and commands in its mend that exist."""

import ast
import re
import shlex
from collections.abc import Iterator

import click
import pytest

from ci.write_docs import DOCS, current
from hibana_op.cli.main import hibana
from hibana_op.foundation import errors
from hibana_op.foundation.explanation import RULES
from hibana_op.web.words import LANGUAGES, catalogue
from tests.house.test_languages import called
from tests.house.test_languages import reasons as places_of_reasons
from tests.house.tree import ROOT, modules, parsed, python_files, short

# What the edge and unforeseen failures are called.
FAILURES = {"too_large", "busy", "server_error", "not_found", "method"}
FALLBACK = "other"


def codes() -> set[str]:
    """Every error code that goes out."""
    return {
        each.code for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.OAuthError)
    }


def reasons() -> set[str]:
    """Every reason that a page is refused for; what stays on the page itself says there all that there is to say."""
    return {reason for reason, _ in places_of_reasons({"PageRefused"})}


def named_rules() -> Iterator[tuple[str, str]]:
    """Every rule that an explanation names, and where."""
    for path in modules():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and called(node.func) in ("Explanation", "_refused") and node.args:
                yield from ((rule, f"{short(path)}:{node.lineno}") for rule in constants(node.args[0]))


def constants(value: ast.expr) -> Iterator[str]:
    """The texts that an expression can be."""
    if isinstance(value, ast.IfExp):
        yield from constants(value.body)
        yield from constants(value.orelse)
    elif isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value


def test_every_rule_that_is_named_exists() -> None:
    faults = [f"{place}: there is no rule {rule}" for rule, place in named_rules() if rule not in RULES]
    assert not faults, "give it a row in hibana_op/foundation/explanation.py:\n" + "\n".join(faults)


def test_every_error_code_and_reason_is_a_rule_too() -> None:
    missing = sorted((codes() | reasons() | FAILURES) - RULES.keys())
    assert not missing, f"hibana_op/foundation/explanation.py: {missing} need a row, for refusals that say no more"


def test_every_rule_is_somebodys() -> None:
    used = {rule for rule, _ in named_rules()} | codes() | reasons() | FAILURES | {FALLBACK}
    assert sorted(RULES.keys() - used) == [], "nothing is refused by these rules"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_says_what_it_is_and_how_to_mend_a_breach(language: str) -> None:
    words = catalogue(language)
    for part in ("rule", "mend"):
        told = {key.rpartition(".")[2] for key in words if key.startswith(f"trace.{part}.")}
        assert told == RULES.keys(), f"templates/words/{language}.toml [trace.{part}]"


def test_every_rule_of_its_own_is_tested_over_http() -> None:
    tests = [path.read_text(encoding="utf-8") for path in python_files() if path.is_relative_to(ROOT / "tests/flows")]
    own = {rule for rule, _ in named_rules()} - codes()
    untested = sorted(rule for rule in own if not any(f'"{rule}' in text for text in tests))
    assert not untested, f"tests/flows/test_refusals*.py: {untested} need a request that breaks them"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_commands_in_the_mends_exist(language: str) -> None:
    for key, text in catalogue(language).items():
        for command in re.findall(r"`(hibana [^`]*)`", text) if key.startswith("trace.mend.") else []:
            found: click.Command | None = hibana
            for word in shlex.split(command)[1:]:
                if not isinstance(found, click.Group):
                    break
                found = found.get_command(click.Context(found), word)
                assert found is not None, f"{key}: {command}"


def test_the_page_of_troubleshooting_is_current() -> None:
    page = DOCS / "troubleshooting.md"
    assert page.read_text(encoding="utf-8") == current("troubleshooting.md"), "run `make docs`"
