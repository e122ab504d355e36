"""The passkey that an account begins with: made for somebody who is nobody here yet (Web Authentication §7.1)."""

from collections.abc import Mapping
from typing import Any

from hibana_op.foundation.errors import LoginRefused
from hibana_op.foundation.ids import uuid7
from hibana_op.login.passkeys import adding, ceremony
from hibana_op.login.policy import Policy
from hibana_op.provider import Provider
from hibana_op.records.passkeys import Passkey
from hibana_op.records.users import User


async def options(op: Provider, *, email: str, name: str | None, demanded: Policy, browser_hash: str) -> dict[str, Any]:
    """What the authenticator is asked for; who it will be is kept with the challenge, so that no browser chooses it."""
    now = op.now()
    newcomer = User(id=uuid7(), email=email, name=name, created_at=now, updated_at=now)
    challenge = await ceremony.begin(op, "create", browser_hash=browser_hash, newcomer_id=newcomer.id)
    return adding.asked(op, newcomer, challenge, demanded, is_verified=True)


async def finish(
    op: Provider, document: Mapping[str, Any], *, demanded: Policy, browser_hash: str, unnamed: str
) -> Passkey:
    """The passkey that an authenticator made, to be kept with the account of its `user_id`; or LoginRefused."""
    answer = await ceremony.take_up(op, "create", document, browser_hash=browser_hash)
    if answer.begun.newcomer_id is None:
        raise LoginRefused("passkey_refused")
    # It is all that the account has: the authenticator must recognise its person.
    return await adding.checked(op, answer.begun.newcomer_id, answer, demanded, unnamed=unnamed, is_verified=True)
