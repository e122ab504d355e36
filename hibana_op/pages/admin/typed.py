"""What was typed into a form of the console: kept for the next try, with what is wrong beside each field."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from hibana_op.foundation.ids import is_uuid
from hibana_op.foundation.printable import is_line
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

LONGEST = 400


@dataclass(slots=True)
class Typed:
    """The values of a form, and the words about those that are wrong."""

    language: str
    values: dict[str, str]
    problems: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, visit: Visit, **defaults: str) -> "Typed":
        """The fields of a form by their names; before it was sent, each has its default."""
        is_sent = visit.method == "POST"
        values = {
            name: (visit.form.maybe(name) or "").strip()[:LONGEST] if is_sent else default
            for name, default in defaults.items()
        }
        return cls(visit.language, values)

    def number(self, name: str, lowest: int, highest: int, *, is_needed: bool = False) -> int | None:
        """A whole number, typed in whichever width; None where nothing was typed, or it is wrong."""
        text = unicodedata.normalize("NFKC", self.values[name]).replace(",", "").strip()
        if not text and not is_needed:
            return None
        if text.isascii() and text.isdigit() and len(text) < 10 and lowest <= int(text) <= highest:
            return int(text)
        self.problems[name] = say(self.language, "console.problem.number", lowest=lowest, highest=f"{highest:,}")
        return None

    def one_of(self, name: str, known: Sequence[str]) -> str:
        """One of several values; where there is none of them, the page says so."""
        if self.values[name] not in known:
            self.problems[name] = say(self.language, "console.problem.choice")
        return self.values[name]

    def row(self, name: str) -> str | None:
        """The id of a row, or None; whether there is such a row is for others to say."""
        if self.values[name] and not is_uuid(self.values[name]):
            self.problems[name] = say(self.language, "console.problem.choice")
        return self.values[name] or None

    def line(self, name: str, longest: int) -> str:
        """One line of text."""
        text = self.values[name]
        if len(text) > longest or not is_line(text):
            self.problems[name] = say(self.language, "console.problem.line", longest=longest)
        return text
