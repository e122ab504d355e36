"""How often one caller, and one tenant, may call the API, so that a burst of theirs leaves enough for all others."""

from hibana_op.api.operation import Caller
from hibana_op.foundation.allowance import PAUSE
from hibana_op.foundation.errors import TooManyRequests
from hibana_op.provider import Provider

# At one worker: a person with all their keys and apps, or a machine; and all that reaches one tenant alone.
MOST_OF_A_CALLER, OF_A_CALLER_IN_A_SECOND = 3_000, 50
MOST_OF_A_TENANT, OF_A_TENANT_IN_A_SECOND = 15_000, 250


def admit(op: Provider, caller: Caller) -> None:
    """Count one call; TooManyRequests when there were too many of this caller or tenant."""
    actor, now = caller.actor, op.now()
    who = f"user:{actor.user_id}" if actor.user_id is not None else f"client:{actor.client_id}"
    is_free = op.allowances.take(who, most=MOST_OF_A_CALLER, in_a_second=OF_A_CALLER_IN_A_SECOND, now=now)
    if is_free and actor.tenant_id is not None:
        of_tenant = f"tenant:{actor.tenant_id}"
        is_free = op.allowances.take(of_tenant, most=MOST_OF_A_TENANT, in_a_second=OF_A_TENANT_IN_A_SECOND, now=now)
    if not is_free:
        raise TooManyRequests("too many calls; wait a moment", retry_after=PAUSE)
