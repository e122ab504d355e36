"""The trace of a refusal in words: which rule it was, where that stands, and how to mend a breach of it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from hibana_op.foundation.differences import Piece, compare
from hibana_op.foundation.explanation import RULES, link
from hibana_op.records.refusal_traces import RefusalTrace
from hibana_op.web import mending
from hibana_op.web.words import say


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was expected and what was sent, held together, and in words where they begin to differ."""

    pieces: list[Piece]
    in_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One trace for a reader; the words are in the reader's language. `command` mends it, where one alone does."""

    rule: str
    mend: str
    command: str | None
    spec: str | None
    spec_url: str | None
    time: str
    comparison: Comparison | None
    expected: tuple[str, ...]


def tell(trace: RefusalTrace, language: str) -> Told:
    """The words for a trace. What is compared is left out of `expected`."""
    account = trace.account
    rule = RULES.get(account.rule, RULES["other"])
    sent, expected = account.sent, account.expected
    comparison = None
    if rule.compares and sent is not None and expected:
        comparison = _comparison(expected[0], sent, language)
        expected = expected[1:]
    return Told(
        rule=say(language, f"trace.rule.{rule.name}"),
        mend=say(language, f"trace.mend.{rule.name}", client=trace.client_id or "CLIENT_ID"),
        command=mending.command(trace),
        spec=rule.spec,
        spec_url=link(rule.spec) if rule.spec else None,
        time=datetime.fromtimestamp(trace.created_at, UTC).isoformat(),
        comparison=comparison,
        expected=expected,
    )


def _comparison(expected: str, sent: str, language: str) -> Comparison:
    pieces = compare(expected, sent)
    place = 1
    for piece in pieces:
        if not piece.is_same:
            words = [_quoted(text, language) for text in (piece.expected, piece.sent)]
            said = say(language, "trace.differs", place=place, expected=words[0], sent=words[1])
            return Comparison(pieces, said)
        place += len(piece.expected)
    return Comparison(pieces, "")


def _quoted(text: str, language: str) -> str:
    return say(language, "trace.quoted", text=text) if text else say(language, "trace.nothing")
