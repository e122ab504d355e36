"""The checkout as the house tests read it: its files, its modules, their syntax trees."""

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "hibana_op"
PYTHON_FOLDERS = ("hibana_op", "tests", "bench", "ci", "examples")
NOT_OURS = {"node_modules", "__pycache__", "dist", "htmlcov", "hibana-data", "results"}
OUR_DOTTED_FOLDERS = {".ci"}


def short(path: Path) -> str:
    """The path as a reader types it, from the top of the checkout."""
    return path.relative_to(ROOT).as_posix()


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the repository, in order."""
    found = []
    for folder, below, names in os.walk(ROOT):
        below[:] = sorted(
            name
            for name in below
            if name not in NOT_OURS
            and not name.endswith(".egg-info")
            and (not name.startswith(".") or name in OUR_DOTTED_FOLDERS)
        )
        found += [Path(folder, name) for name in sorted(names) if not name.startswith(".coverage")]
    return tuple(found)


@cache
def python_files() -> tuple[Path, ...]:
    """Every Python file of ours, tests and tools too."""
    return tuple(path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in PYTHON_FOLDERS)


def modules() -> tuple[Path, ...]:
    """Every module of the program itself."""
    return tuple(path for path in python_files() if path.is_relative_to(PACKAGE))


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def docstrings(tree: ast.Module) -> set[int]:
    """The identities of the string nodes that are docstrings."""
    places = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, places) and node.body and isinstance(node.body[0], ast.Expr)
    }


def functions(
    tree: ast.Module,
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef, bool]]:
    """Each function with its dotted name, and whether a stranger may call it."""
    yield from _functions(tree, "", is_public=True)


def _functions(
    parent: ast.AST, prefix: str, *, is_public: bool
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef, bool]]:
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{node.name}", node, is_public and not node.name.startswith("_")
            yield from _functions(node, f"{prefix}{node.name}.", is_public=False)
        elif isinstance(node, ast.ClassDef):
            is_open = is_public and not node.name.startswith("_")
            yield from _functions(node, f"{prefix}{node.name}.", is_public=is_open)
        else:
            yield from _functions(node, prefix, is_public=is_public)
