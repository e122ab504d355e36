"""A module fits in a head, a function on a screen, and both say what they are for."""

import ast

from tests.house.tree import functions, modules, parsed, python_files, short

MODULE_LINES = 350
FUNCTION_LINES = 60


def test_no_module_is_too_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}
    faults = [
        f"{short(path)}: {lines} lines, {MODULE_LINES} is the most; split it by meaning"
        for path, lines in lengths.items()
        if lines > MODULE_LINES
    ]
    assert not faults, "\n".join(faults)


def test_no_function_is_too_long() -> None:
    faults = []
    for path in python_files():
        for name, node, _ in functions(parsed(path)):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                faults.append(
                    f"{short(path)}:{node.lineno}: {name} has {lines} lines, {FUNCTION_LINES} is the most; "
                    "name its steps"
                )
    assert not faults, "\n".join(faults)


def test_every_module_opens_with_a_docstring() -> None:
    faults = [
        f"{short(path)}: its first line should say in one sentence what it is"
        for path in python_files()
        if (tree := parsed(path)).body and not ast.get_docstring(tree)
    ]
    assert not faults, "\n".join(faults)


def test_every_public_function_says_what_it_does() -> None:
    faults = [
        f"{short(path)}:{node.lineno}: {name} needs one sentence, or an underscore if it is nobody else's"
        for path in modules()
        for name, node, is_public in functions(parsed(path))
        if is_public and not ast.get_docstring(node)
    ]
    assert not faults, "\n".join(faults)
