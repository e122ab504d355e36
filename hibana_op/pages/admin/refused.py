"""Why something could not be done, in the words of the page on which it was asked for."""

from collections.abc import Mapping

from hibana_op.foundation.errors import (
    Conflict,
    Forbidden,
    InvalidRecord,
    LoginRefused,
    NotFound,
    TooManyRequests,
    TooStrong,
)
from hibana_op.storage.database import ConstraintBroken
from hibana_op.tenancy.invitations import CannotInvite
from hibana_op.tenancy.membership import LastOwner
from hibana_op.tenancy.seats import CannotJoin
from hibana_op.web.words import say

Told = Conflict | Forbidden | InvalidRecord | LoginRefused | NotFound | TooManyRequests | ConstraintBroken
TOLD = (Conflict, Forbidden, InvalidRecord, LoginRefused, NotFound, TooManyRequests, ConstraintBroken)
# The first that fits counts; the refusals themselves speak to programs, in one language.
_WORDS: Mapping[type[Exception], tuple[str, int]] = {
    LastOwner: ("last_owner", 409),
    TooStrong: ("too_strong", 403),
    Forbidden: ("forbidden", 403),
    NotFound: ("gone", 409),
    ConstraintBroken: ("gone", 409),
    Conflict: ("changed", 409),
    InvalidRecord: ("invalid", 400),
}


def why(language: str, failure: Told) -> tuple[str, int]:
    """The words for a refusal, and the status of the page that says them."""
    if isinstance(failure, LoginRefused):
        return say(language, f"refused.{failure.reason}", **failure.values), 400
    if isinstance(failure, CannotJoin | CannotInvite):
        return say(language, f"refused.{failure.reason}"), 409
    if isinstance(failure, TooManyRequests):
        return say(language, "console.refused.too_many", minutes=-(-failure.retry_after // 60)), 429
    word, status = next(found for kind, found in _WORDS.items() if isinstance(failure, kind))
    return say(language, f"console.refused.{word}"), status
