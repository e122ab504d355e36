"""docs/certification.md names tests that exist, and each test of a module stands in it."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "conformance"
_NAMED = re.compile(r"^\|[^|]+\|[^|]+\| `(?P<file>test_\w+\.py)::(?P<test>test_\w+)` \|$", re.MULTILINE)


def test_every_module_names_a_test_that_exists() -> None:
    text = (ROOT / "docs" / "certification.md").read_text()
    named = {(found["file"], found["test"]) for found in _NAMED.finditer(text)}
    there = {
        (path.name, node.name)
        for path in FOLDER.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_oidcc_")
    }
    assert len(named) > 50
    assert not named - there
    assert text.count("| `test_") == len(_NAMED.findall(text))
