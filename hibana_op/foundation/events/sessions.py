"""What happens when people sign in, allow something and sign out."""

from dataclasses import dataclass

from hibana_op.foundation.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSucceeded(Event):
    """A person proved who they are."""

    tag = "user:login:succeeded"
    target = "session"
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofAdded(Event):
    """Somebody who is signed in proved one thing more."""

    tag = "user:proof:added"
    target = "session"
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorProven(Event):
    """A person proved something, and is asked for more before they are signed in."""

    tag = "user:factor:proven"
    target = "user"
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFailed(Event):
    """A sign-in was refused; `user_id` is known only when the name belongs to somebody."""

    tag = "user:login:failed"
    outcome = "failure"
    method: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginLocked(Event):
    """A sign-in was not even tried, because too many had failed before."""

    tag = "user:login:locked"
    outcome = "failure"
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """A person signed out, or their session was ended."""

    tag = "user:session:ended"
    target = "session"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessEnded(Event):
    """What apps held of a person was ended by an administrator; `families`: how many sign-ins it came from."""

    tag = "user:access:ended"
    target = "user"
    families: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpersonationRequested(Event):
    """An administrator asked to act as somebody else."""

    tag = "user:impersonation:requested"
    target = "user"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpersonationBegun(Event):
    """An administrator began to act as somebody else, in a session that is theirs alone."""

    tag = "user:impersonation:begun"
    target = "user"
    session_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpersonationEnded(Event):
    """An administrator ended what they did as somebody else."""

    tag = "user:impersonation:ended"
    target = "user"
    session_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutDelivered(Event):
    """An app was told that a session has ended."""

    tag = "client:logout:delivered"
    target = "session"
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutUndelivered(Event):
    """An app could not be told that a session has ended; `given_up`: it will not be tried again."""

    tag = "client:logout:undelivered"
    outcome = "failure"
    target = "session"
    attempts: int
    reason: str
    given_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGranted(Event):
    """A person allowed a client something."""

    tag = "user:consent:granted"
    target = "client"
    scopes: tuple[str, ...]
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(Event):
    """A person took back what they had allowed a client, and its tokens ended with it."""

    tag = "user:consent:withdrawn"
    target = "client"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentDenied(Event):
    """A person refused a client."""

    tag = "user:consent:denied"
    outcome = "failure"
    target = "client"
    scopes: tuple[str, ...]
