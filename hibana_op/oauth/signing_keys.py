"""The key that signs now with an algorithm; made when nobody has needed it before."""

import secrets

from hibana_op.foundation.events import SigningKeyPublished
from hibana_op.foundation.jose import SigningKey
from hibana_op.foundation.origin import Origin
from hibana_op.provider import Provider
from hibana_op.records import keyring


async def current(op: Provider, algorithm: str) -> SigningKey:
    """The signing key; one that another worker made a moment ago is found, and a missing one is made."""
    held = await op.remembered.keyring()
    try:
        return held.signing(algorithm, op.now())
    except LookupError:
        await provide(op, algorithm)
        op.remembered.forget()
        held = await op.remembered.keyring()
        return held.signing(algorithm, op.now())


async def provide(op: Provider, algorithm: str) -> None:
    """Make a key of an algorithm that has none, so that whoever registers it can rely on it."""
    made = await keyring.ensure_key(op.db, op.vault, algorithm, now=op.now())
    if made is None:
        return
    op.remembered.forget()
    # Nobody asked for a key: somebody asked for an algorithm, and the deployment followed.
    origin = Origin(None, None, secrets.token_hex(16))
    event = SigningKeyPublished(target_id=made.kid, algorithm=algorithm)
    await op.db.transact(lambda tx: op.emit(tx, event, origin))
