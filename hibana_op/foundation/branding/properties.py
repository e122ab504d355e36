"""Which properties an organisation's own style rules may set, and to which values, so that no words can be hidden."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hibana_op.foundation.branding import fonts, shadows
from hibana_op.foundation.branding.reading import Token, fault, shown, significant
from hibana_op.foundation.branding.selectors import BOXES, INPUT, Selector
from hibana_op.foundation.branding.values import Bounds, colours, each_of, length, light_dark, number

Reader = Callable[[list[Token]], str | None]  # the value written anew, None for one that is not allowed


@dataclass(frozen=True, slots=True)
class _Property:
    read: Reader
    takes: str
    parts: frozenset[str] | None = None  # the only ones that have it
    in_states: bool = False  # what moves nothing, so that no button runs from under the pointer


def _lengths(most: int, **units: Bounds) -> Reader:
    return lambda tokens: each_of(tokens, lambda token: length(token, **units), most=most)


def _one_of(*words: str) -> Reader:
    def read(tokens: list[Token]) -> str | None:
        word = tokens[0].lower_value if len(tokens) == 1 and tokens[0].type == "ident" else None
        return str(word) if word in words else None

    return read


def _numbers(least: float, most: float, *words: str) -> Reader:
    def read(tokens: list[Token]) -> str | None:
        if len(tokens) == 1 and tokens[0].type == "number" and least <= tokens[0].value <= most:
            return number(tokens[0].value)
        return _one_of(*words)(tokens)

    return read


def _radii(tokens: list[Token]) -> str | None:
    def radius(token: Token) -> str | None:
        if token.type == "percentage":
            return f"{number(token.value)}%" if 0 <= token.value <= 50 else None
        return length(token, px=(0, 999), rem=(0, 64))

    return each_of(tokens, radius, most=4)


def _padding(sides: int) -> _Property:
    """Boxes stand inside of each other, and between all of their sides words need room on a phone."""

    def read(tokens: list[Token]) -> str | None:
        beside = tokens[1::2] or tokens
        narrow = all(length(token, px=(0, sides), rem=(0, sides / 16)) for token in beside)
        return _lengths(4, px=(0, 64), rem=(0, 4))(tokens) if narrow else None

    return _Property(read, f"1 to 4 lengths of 0 to 64px, at the sides of 0 to {sides}px here")


def _border_colour(tokens: list[Token]) -> str | None:
    both = colours(tokens)
    return light_dark(*both) if both else None


def _spacing(tokens: list[Token]) -> str | None:
    return _one_of("normal")(tokens) or _lengths(1, em=(0, 0.2))(tokens)


_STYLES = ("solid", "dashed", "dotted", "double")
_CASES = ("none", "uppercase", "lowercase", "capitalize")
_SIDES_OF = {
    24: {".panel"},
    40: {"main", ".card", ".column", *(part for part in BOXES if part.startswith(".button"))},
    64: {".brand-header", ".brand-footer"},
}
_SIDES = ("start", "end", "left", "right", "center")
_LOGO = _Property(_lengths(1, px=(16, 240)), "16 to 240px, of .logo alone", frozenset({".logo"}))
_PROPERTIES = {
    "border-color": _Property(_border_colour, "a colour such as #3b82f6, or light-dark(#…, #…)", in_states=True),
    "border-radius": _Property(_radii, "1 to 4 lengths up to 999px or 50%", in_states=True),
    "border-style": _Property(_one_of("none", *_STYLES), f"none, {', '.join(_STYLES)}"),
    "border-width": _Property(_lengths(4, px=(0, 8)), "1 to 4 lengths of 0 to 8px"),
    "box-shadow": _Property(shadows.read, shadows.TAKES, BOXES, in_states=True),
    "font-family": _Property(fonts.read, fonts.TAKES),
    "font-size": _Property(_lengths(1, px=(12, 40), rem=(0.75, 2.5)), "12 to 40px, or 0.75 to 2.5rem"),
    "font-weight": _Property(_numbers(100, 900, "normal", "bold"), "100 to 900, normal, bold"),
    "gap": _Property(_lengths(2, px=(0, 64), rem=(0, 4)), "1 or 2 lengths of 0 to 64px"),
    "height": _LOGO,
    "letter-spacing": _Property(_spacing, "normal, or 0 to 0.2em"),
    "line-height": _Property(_numbers(1, 2), "a number of 1 to 2"),
    "padding": _padding(16),
    "text-align": _Property(_one_of(*_SIDES), ", ".join(_SIDES)),
    "text-transform": _Property(_one_of(*_CASES), ", ".join(_CASES)),
    "width": _LOGO,
}
_PADDINGS = {part: _padding(sides) for sides, parts in _SIDES_OF.items() for part in parts}
# The border of a field tells where to write, and by its colour which field is wrong.
_OF_INPUTS = {
    "border-style": _Property(_one_of(*_STYLES), f"of a field: {', '.join(_STYLES)}"),
    "border-width": _Property(_lengths(4, px=(1, 8)), "of a field: 1 to 4 lengths of 1 to 8px"),
}


def declaration(node: Token, selectors: Iterable[Selector]) -> str:
    """One declaration of a rule for these selectors, written anew."""
    if node.type != "declaration":
        raise fault(node, f"{shown(node)} cannot stand inside of a rule; what stands there is written property: value;")
    name = node.lower_name
    if name not in _PROPERTIES:
        raise fault(node, f"the property {shown(node)} cannot be set; there are {', '.join(_PROPERTIES)}")
    if node.important:
        raise fault(node, "!important is not needed")
    tokens = significant(node.value)
    value = ""
    for rule in dict.fromkeys(_rule(name, selector, node) for selector in selectors):
        read = rule.read(tokens)
        if read is None:
            raise fault(node, f"{name} takes {rule.takes}")
        value = read
    return f"{name}: {value};"


def _rule(name: str, selector: Selector, node: Token) -> _Property:
    rule = _PROPERTIES[name]
    if selector.part == INPUT:
        if name == "border-color":
            raise fault(node, f"the border of {INPUT} takes its colour from --control in :root")
        if name == "text-transform":
            raise fault(node, f"what stands in {INPUT} is shown as it is written")
        rule = _OF_INPUTS.get(name, rule)
    elif name == "padding":
        rule = _PADDINGS.get(selector.part, rule)
    if rule.parts is not None and selector.part not in rule.parts:
        raise fault(node, f"{name} is for {', '.join(sorted(rule.parts))}, not for {selector.part}")
    if selector.in_state and not rule.in_states:
        there = ", ".join(each for each, its in _PROPERTIES.items() if its.in_states)
        raise fault(node, f"{name} cannot change in a state such as :hover; {there} can")
    return rule
