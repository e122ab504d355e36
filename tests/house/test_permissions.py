"""The page of roles shows those there are, and the program asks for no permission that does not exist."""

import ast
import re
from collections.abc import Iterator

import pytest

from ci.write_docs import DOCS, authority, current
from tests.house.test_languages import called
from tests.house.tree import modules, parsed, short

PERMISSION = re.compile(r"[a-z-]+:[a-z]+")
ASK = {"require", "may", "holds", "enter", "_enter"}


@pytest.fixture(scope="module")
def page() -> str:
    """What the program says of its roles and permissions."""
    return authority()


def asked() -> Iterator[tuple[str, str]]:
    """Every permission that a rule asks for, and where."""
    for path in modules():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and called(node.func) in ASK:
                for value in [each for argument in node.args for each in ast.walk(argument)]:
                    if isinstance(value, ast.Constant) and PERMISSION.fullmatch(str(value.value)):
                        yield str(value.value), f"{short(path)}:{node.lineno}"


def test_the_page_of_roles_is_current() -> None:
    assert (DOCS / "roles.md").read_text(encoding="utf-8") == current("roles.md"), "run `make docs`"


def test_P01_every_permission_that_is_asked_for_is_in_the_catalogue(page: str) -> None:
    found = list(asked())
    assert found
    faults = [f"{place}: there is no permission {name}" for name, place in found if f"| `{name}` |" not in page]
    assert not faults, "\n".join(faults)


def test_P03_every_change_that_somebody_makes_asks_what_is_left_of_their_rights() -> None:
    changing, faults = 0, []
    for path in [each for each in modules() if each.parent.name == "tenancy"]:
        functions = {node.name: node for node in parsed(path).body if isinstance(node, ast.AsyncFunctionDef)}
        calls = {name: set(_calls(node)) for name, node in functions.items()}
        asking = {name for name, called_there in calls.items() if "renewed" in called_there}
        for name, node in functions.items():
            takes = {each.arg for each in (*node.args.args, *node.args.kwonlyargs)}
            if "actor" in takes and "transact" in calls[name]:
                changing += 1
                if name not in asking and not calls[name] & asking:
                    faults.append(f"{short(path)}:{node.lineno}: {name} does not call actors.renewed")
    assert changing > 40
    assert not faults, "\n".join(faults)


def _calls(node: ast.AST) -> Iterator[str]:
    """The names of what is called anywhere in a function."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            yield called(each.func)
