"""Where a request came from, for the audit log and for refusals."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """The caller's address and browser, as far as they can be believed, and the id of the request.

    `user_id` and `client_id` say who acts where the request itself says it, as those to the management API do;
    `impersonator_id`, who acts as the person whose session or token it is.
    """

    ip: str | None
    user_agent: str | None
    trace_id: str
    is_command: bool = False
    user_id: str | None = None
    client_id: str | None = None
    impersonator_id: str | None = None

    @classmethod
    def command(cls, trace_id: str) -> "Origin":
        """The origin of what the command line does."""
        return cls(None, None, trace_id, is_command=True)
