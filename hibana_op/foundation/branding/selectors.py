"""Which parts of our pages an organisation's own style rules may name."""

from collections.abc import Iterable
from dataclasses import dataclass

from hibana_op.foundation.branding.reading import Token, by_comma, fault, shown

INPUT = ".field input"
_JOINED = ".field>input"  # for as long as spaces part the others; no author can write it
_BUTTONS = frozenset({".button", ".button.primary", ".button.quiet", ".button.secondary"})
BOXES = _BUTTONS | {".alert", ".avatar", ".badge", ".card", ".chip", ".logo", ".panel", ".rows", INPUT}
PARTS = BOXES | {"body", ".brand-footer", ".brand-header", ".column", ".field", "footer", "h1", "h2", "header", "main"}
STATES = frozenset({"hover", "focus-visible", "active"})
DEEPEST = 3
MOST = 40  # before one block


@dataclass(frozen=True, slots=True)
class Selector:
    """One selector: its text, the part that it dresses, and whether only in a state such as under the pointer."""

    text: str
    part: str
    in_state: bool


def selectors(prelude: Iterable[Token], rule: Token) -> list[Selector]:
    """The selectors before the block of a rule."""
    parts = by_comma(prelude)
    if len(parts) > MOST:
        raise fault(rule, f"up to {MOST} selectors can stand before one block")
    return [_selector(" ".join("".join(map(_written, each)).split()), rule) for each in parts]


def _written(token: Token) -> str:
    if token.type == "ident" or (token.type == "literal" and token.value in (".", ":")):
        return str(token.value)
    if token.type == "comment":
        return ""
    if token.type == "whitespace":
        return " "
    raise fault(token, f"{shown(token)} cannot stand in a selector here; name parts of the page, such as .card or h1")


def _selector(text: str, rule: Token) -> Selector:
    compounds = [each.replace(_JOINED, INPUT).partition(":") for each in text.replace(INPUT, _JOINED).split()]
    if not 1 <= len(compounds) <= DEEPEST:
        raise fault(rule, f"a selector names one to {DEEPEST} parts of the page")
    for part, colon, state in compounds:
        if part not in PARTS:
            raise fault(rule, f"{part or colon + state} is no part that can be styled; there are {_listed(PARTS)}")
        if colon and state not in STATES:
            raise fault(rule, f":{state} cannot stand in a selector here; there are {_listed(STATES)}")
    return Selector(
        text=" ".join("".join(compound) for compound in compounds),
        part=compounds[-1][0],
        in_state=any(colon for _, colon, _ in compounds),
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
