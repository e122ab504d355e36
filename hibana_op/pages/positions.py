"""What people are in an organisation, in the words of a page."""

from dataclasses import dataclass
from functools import partial, reduce

from hibana_op.records.positions import Position
from hibana_op.web import role_names
from hibana_op.web.words import say


@dataclass(frozen=True, slots=True)
class Standing:
    """The roles in one line, and the unit."""

    roles: str
    unit: str | None


def told(language: str, position: Position) -> Standing:
    """A position as people read it; the unit of a role is told where it is another than their own."""
    names = [role_names.of_member(language, position.membership)]
    for each in position.held:
        name = role_names.called(language, each.role)
        elsewhere = each.unit is not None and each.unit != position.unit
        names.append(say(language, "standing.role_in_unit", role=name, unit=each.unit) if elsewhere else name)
    return Standing(reduce(partial(_both, language), dict.fromkeys(names)), position.unit)


def _both(language: str, first: str, second: str) -> str:
    return say(language, "standing.both", first=first, second=second)
