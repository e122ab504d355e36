"""What a server has acknowledged, written down by those who asked, so that a crash can be held against it."""

from dataclasses import dataclass, field

from tests.visitor import App


@dataclass(slots=True)
class Approval:
    """A code that has arrived, and the refresh tokens that came of it, the oldest first.

    `is_unsure` while an answer is due: the code or the newest token may be spent, or may not.
    """

    code: str
    tokens: list[str] = field(default_factory=list)
    is_unsure: bool = False


@dataclass(slots=True)
class Ledger:
    """Acknowledged: an answer with status 200 that arrived whole, or a command's exit status 0."""

    approvals: list[Approval] = field(default_factory=list)
    opaque_tokens: list[str] = field(default_factory=list)
    people: set[str] = field(default_factory=set)
    apps: list[App] = field(default_factory=list)
    killed_commands: int = 0
