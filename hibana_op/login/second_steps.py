"""What a person has set up, to prove more than they have so far."""

from hibana_op.login.flow import Way
from hibana_op.login.second_factors import SECOND_FACTORS
from hibana_op.records import passkeys
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db

PASSKEY = "passkey"
BACKUP_CODE = "backup_code"


async def of(tx: Db, user: User) -> list[Way]:
    """Every way that is open to a person now, the strongest first."""
    ways = []
    own = await passkeys.of_user(tx, user.id)
    if own:
        is_bound = any(not each.backup_eligible for each in own)
        proves = ("passkey", "person", "hardware") if is_bound else ("passkey", "person")
        # A person with a passkey may still sign in by password, where they have not set up a second factor.
        ways.append(Way(PASSKEY, proves, is_due=False))
    for name, factor in SECOND_FACTORS.items():
        if await factor.offer(tx, user) is not None:
            ways.append(Way(name, factor.proves, is_due=name != BACKUP_CODE))
    return ways
