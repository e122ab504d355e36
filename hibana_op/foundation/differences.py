"""Two texts held against each other character by character."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

# Fewer characters than this that happen to agree between two differences are shown as one difference.
SHORTEST_SAME = 3
# What comparing may cost grows with the square of the length, and the texts are a stranger's.
MOST_COMPARED = 256


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of both texts: the same in both, or what stands in the one where the other has something else."""

    expected: str
    sent: str

    @property
    def is_same(self) -> bool:
        """Whether both texts agree here."""
        return self.expected == self.sent


def nearest(sent: str, candidates: Iterable[str]) -> list[str]:
    """The candidates, the one most like the sent text first."""
    return sorted(candidates, key=lambda each: (_apart(each, sent), each))


def compare(expected: str, sent: str) -> list[Piece]:
    """The stretches of two texts in their order."""
    begins = _beginning(expected, sent)
    ends = _ending(expected[begins:], sent[begins:])
    middle = expected[begins : len(expected) - ends], sent[begins : len(sent) - ends]
    found = [Piece(expected[:begins], sent[:begins]), *_compared(*middle)]
    found.append(Piece(expected[len(expected) - ends :], sent[len(sent) - ends :]))
    return _joined(piece for piece in found if piece.expected or piece.sent)


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """The same stretches, without islands in the middle of a difference."""
    found: list[Piece] = []
    for piece in pieces:
        is_island = len(found) > 1 and found[-1].is_same and len(found[-1].sent) < SHORTEST_SAME
        if is_island and not piece.is_same:
            parts = (*found[-2:], piece)
            found[-2:] = [Piece("".join(part.expected for part in parts), "".join(part.sent for part in parts))]
        else:
            found.append(piece)
    return found


def _compared(expected: str, sent: str) -> list[Piece]:
    if max(len(expected), len(sent)) > MOST_COMPARED:
        return [Piece(expected, sent)]
    matcher = SequenceMatcher(None, expected, sent, autojunk=False)
    return [Piece(expected[a:b], sent[c:d]) for _, a, b, c, d in matcher.get_opcodes()]


def _apart(one: str, other: str) -> int:
    """How many characters lie between what both begin with and what both end with."""
    begins = _beginning(one, other)
    return max(len(one), len(other)) - begins - _ending(one[begins:], other[begins:])


def _beginning(one: str, other: str) -> int:
    """How many characters both begin with."""
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))


def _ending(one: str, other: str) -> int:
    """How many characters both end with."""
    return _beginning(one[::-1], other[::-1])
