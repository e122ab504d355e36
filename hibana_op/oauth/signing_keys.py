"""The key that signs now with an algorithm; made when nobody has needed it before."""

from hibana_op.foundation.jose import SigningKey
from hibana_op.provider import Provider
from hibana_op.records import keyring


async def current(op: Provider, algorithm: str) -> SigningKey:
    """The signing key; one that another worker made a moment ago is found, and a missing one is made."""
    held = await op.remembered.keyring()
    try:
        return held.signing(algorithm, op.now())
    except LookupError:
        await keyring.ensure_key(op.db, op.vault, algorithm, now=op.now())
        op.remembered.forget()
        held = await op.remembered.keyring()
        return held.signing(algorithm, op.now())
