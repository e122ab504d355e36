"""Where a request came from, for the audit log and for refusals."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """The caller's address and browser, as far as they can be believed, and the id of the request."""

    ip: str | None
    user_agent: str | None
    trace_id: str
    is_command: bool = False

    @classmethod
    def command(cls, trace_id: str) -> "Origin":
        """The origin of what the command line does."""
        return cls(None, None, trace_id, is_command=True)
