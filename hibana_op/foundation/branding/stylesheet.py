"""An organisation's own style sheet: checked and written anew; what is not allowed is refused, not dropped."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import tinycss2

from hibana_op.foundation.branding import readability
from hibana_op.foundation.branding.colours import Colour, Surfaces
from hibana_op.foundation.branding.properties import declaration
from hibana_op.foundation.branding.reading import Token, fault, shown, significant
from hibana_op.foundation.branding.selectors import selectors
from hibana_op.foundation.branding.values import colours, light_dark
from hibana_op.foundation.errors import InvalidRecord

LARGEST = 16 * 1024

_END = "--end"  # a rule that we append: only where everything before it is closed is it a rule of its own
_NOWHERE = re.compile(r"[\\\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_WIDTHS = ("max-width", "min-width")
_WIDEST = 9999
_ROOT_TAKES = ", ".join(f"--{name}" for name in readability.NAMES)


def sanitised(text: str) -> str:
    """The style sheet written anew from what was understood of it; InvalidRecord names the line that is not allowed."""
    sheet = _understood(text)
    lines = [f"  --{name}: {light_dark(str(light), str(dark))};" for name, (light, dark) in sheet.root.items()]
    blocks = [_block(":root", lines)] if lines else []
    written = "\n".join([*blocks, *sheet.rules, ""]) if blocks or sheet.rules else ""
    if len(written.encode()) > LARGEST:
        raise InvalidRecord(f"with one declaration in a line, the style sheet is larger than {LARGEST // 1024} KiB")
    return written


def surfaces_of(css: str) -> Surfaces:
    """What the pages stand on with a style sheet that `sanitised` has written: it says so first, or not at all."""
    root = css.partition("}")[0] + "}" if css.startswith(":root") else ""
    return readability.surfaces(_understood(root).root)


@dataclass(slots=True)
class _Sheet:
    root: dict[str, tuple[Colour, Colour]] = field(default_factory=dict)
    rules: list[str] = field(default_factory=list)


def _understood(text: str) -> _Sheet:
    sheet = _Sheet()
    root = None
    for node in _nodes(text):
        if node.type == "qualified-rule" and _is_root(node):
            root = node
            _read_root(node, sheet.root)
        elif node.type == "at-rule":
            sheet.rules.append(_media(node))
        else:
            sheet.rules.append(_style(node))
    if root is not None and (problem := readability.unreadable(readability.surfaces(sheet.root))):
        raise fault(root, problem)
    return sheet


def _nodes(text: str) -> list[Token]:
    """The rules of the text, once it is certain that all of it is closed."""
    if len(text) > LARGEST or len(text.encode(errors="replace")) > LARGEST:
        raise InvalidRecord(f"a style sheet may have {LARGEST // 1024} KiB")
    if found := _NOWHERE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise InvalidRecord(f"line {line}: backslashes and control characters cannot stand here")
    try:
        nodes = tinycss2.parse_rule_list(f"{text}\n{_END}{{}}", skip_whitespace=True)
    except ValueError:  # a whole number of thousands of digits
        raise InvalidRecord("a number is too long") from None
    last = nodes.pop()
    if last.type != "qualified-rule" or [getattr(each, "value", "") for each in significant(last.prelude)] != [_END]:
        raise fault(last, "what begins here is not closed, or closed once too often")
    return significant(nodes)


def _is_root(rule: Token) -> bool:
    return [getattr(each, "value", "") for each in significant(rule.prelude)] == [":", "root"]


def _read_root(rule: Token, root: dict[str, tuple[Colour, Colour]]) -> None:
    for node in _contents(rule.content):
        name = node.name.removeprefix("--") if node.type == "declaration" else ""
        if name not in readability.NAMES or not node.name.startswith("--"):
            raise fault(node, f"{shown(node)} cannot be set in :root; there are {_ROOT_TAKES}")
        if name in root:
            raise fault(node, f"--{name} is set twice")
        both = colours(significant(node.value))
        if both is None or node.important:
            raise fault(node, f"--{name} takes a colour such as #f8fafc, or light-dark(#f8fafc, #020617)")
        root[name] = (Colour.parse(both[0]), Colour.parse(both[1]))


def _style(rule: Token) -> str:
    if rule.type != "qualified-rule":
        raise fault(rule, f"{shown(rule)} is no rule; a rule is written part {{ property: value; }}")
    chosen = selectors(rule.prelude, rule)
    lines = [f"  {declaration(node, chosen)}" for node in _contents(rule.content)]
    return _block(", ".join(each.text for each in chosen), lines)


def _media(rule: Token) -> str:
    if rule.lower_at_keyword != "media" or rule.content is None:
        raise fault(rule, f"{shown(rule)} cannot stand here; of all at-rules, @media can")
    condition = _condition(rule)
    inner = [_style(node) for node in significant(tinycss2.parse_rule_list(rule.content))]
    return _block(f"@media ({condition})", ["  " + line for block in inner for line in block.splitlines()])


def _condition(rule: Token) -> str:
    prelude = significant(rule.prelude)
    tokens = significant(prelude[0].content) if len(prelude) == 1 and prelude[0].type == "() block" else []
    if len(tokens) == 3 and tokens[0].type == "ident" and tokens[1] == ":":
        name, value = tokens[0].lower_value, tokens[2]
        if name == "prefers-color-scheme" and value.type == "ident" and value.lower_value == "dark":
            return f"{name}: dark"
        width = value.int_value if value.type == "dimension" and value.lower_unit == "px" else None
        if name in _WIDTHS and width is not None and 1 <= width <= _WIDEST:
            return f"{name}: {width}px"
    raise fault(rule, "@media takes (prefers-color-scheme: dark), (max-width: …px) or (min-width: …px)")


def _contents(tokens: Iterable[Token]) -> Iterator[Token]:
    yield from significant(tinycss2.parse_blocks_contents(tokens))


def _block(head: str, lines: list[str]) -> str:
    return "\n".join([f"{head} {{", *lines, "}"])
