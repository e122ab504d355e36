"""A copy in the place of the whole database; what people or administrators ended since stays ended."""

import dataclasses
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hibana_op.foundation.errors import Conflict, InvalidRecord, WrongSettings
from hibana_op.foundation.events import BackupRestored
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.vault import Unsealable
from hibana_op.operations import archive
from hibana_op.operations.archive import Damaged, Header
from hibana_op.operations.backup import schema
from hibana_op.provider import Provider, opened_secret
from hibana_op.records import (
    access_tokens,
    api_keys,
    authorization_codes,
    clients,
    deployment_secrets,
    impersonations,
    initial_access_tokens,
    interactions,
    invitations,
    jobs,
    join_codes,
    keyring,
    registry,
    sessions,
    signing_keys,
    token_families,
    users,
    verification_tokens,
)
from hibana_op.storage import catalogue, rows
from hibana_op.storage.catalogue import Table
from hibana_op.storage.database import Session

OTHER_KEY = (
    "the secrets in this backup rest under another master key; give the key of its time in HIBANA_MASTER_KEY_PREVIOUS"
)


@dataclass(frozen=True, slots=True)
class Outlasting:
    """What was ended for good and an older copy knows nothing of."""

    version: int
    revoked_kids: tuple[str, ...]
    revoked_jtis: tuple[tuple[str, int], ...]
    revoked_keys: tuple[str, ...]


async def restore(op: Provider, file: Path, *, replace: bool, origin: Origin) -> BackupRestored:
    """Put a backup in the place of everything, or change nothing."""
    try:
        header = archive.read_header(file)
        if header.schema != (held := await schema(op.db)):
            raise InvalidRecord(
                f"the backup is of schema {header.schema}, this database of {held}; "
                f"restore it with Hibana {header.program}, then run `hibana migrate up`"
            )
        for _ in archive.read_rows(file):
            pass  # to the end, before anything is touched
        return await op.db.alone(partial(_replace, op=op, file=file, header=header, replace=replace, origin=origin))
    except Damaged as damaged:
        raise InvalidRecord(str(damaged)) from None
    except Unsealable:
        raise WrongSettings([OTHER_KEY]) from None


async def _replace(
    tx: Session, *, op: Provider, file: Path, header: Header, replace: bool, origin: Origin
) -> BackupRestored:
    tables = await catalogue.tables(tx, op.db.engine)
    await rows.hold(tx, tables, op.db.engine)
    if not replace and (await users.has_any(tx) or await clients.has_any(tx)):
        raise Conflict("there are people or clients in this database; --force puts the backup in their place")
    outlasting = await _outlasting(tx, op.now())
    await _fill(tx, tables, file)
    await keyring.load(tx, op.vault, now=op.now())  # a copy whose keys cannot be opened is of no use
    event = await _end(tx, outlasting, header, op.now())
    # From here on the log is the backup's, and so is the key of its chain.
    sealed = await deployment_secrets.find(tx, "audit")
    if sealed is None:
        raise Damaged(f"{file} holds no key of the audit log")
    await dataclasses.replace(op, audit_key=opened_secret(op.vault, "audit", sealed)).emit(tx, event, origin)
    return event


async def _outlasting(tx: Session, now: int) -> Outlasting:
    return Outlasting(
        version=await registry.version(tx),
        revoked_kids=tuple(key.kid for key in await signing_keys.every(tx) if key.revoked_at is not None),
        revoked_jtis=tuple(await access_tokens.revoked_jtis(tx, now=now)),
        revoked_keys=tuple(await api_keys.revoked(tx)),
    )


async def _fill(tx: Session, tables: list[Table], file: Path) -> None:
    """Empty every table and fill it from the file; rows of one table that refer to each other are joined last."""
    wanted = {table.name: table for table in tables}
    await rows.clear(tx, tables)
    seen = set()
    for section, batch in archive.read_rows(file):
        table = wanted.get(section.table)
        if table is None or set(table.columns) != set(section.columns):
            raise Damaged(f"{file} holds a table {section.table} that this schema does not have")
        seen.add(table.name)
        await rows.insert(tx, dataclasses.replace(table, columns=section.columns), batch)
    if missing := sorted(wanted.keys() - seen):
        raise Damaged(f"{file} lacks the table {missing[0]}")
    for section, batch in archive.read_rows(file):
        table = dataclasses.replace(wanted[section.table], columns=section.columns)
        for row in batch if table.own_parents else ():
            await rows.join(tx, table, row)


async def _end(tx: Session, outlasting: Outlasting, header: Header, now: int) -> BackupRestored:
    for kid in outlasting.revoked_kids:
        await signing_keys.revoke(tx, kid, now=now)
    for jti, expires_at in outlasting.revoked_jtis:
        await access_tokens.revoke_jti(tx, jti, expires_at=expires_at, now=now)
    for key_id in outlasting.revoked_keys:
        await api_keys.revoke(tx, key_id, now=now)
    await registry.advance_beyond(tx, outlasting.version)
    return BackupRestored(
        taken_at=header.taken_at,
        ended={
            "sessions": await sessions.revoke_all(tx, now=now),
            "token_families": await token_families.revoke_all(tx, now=now),
            "authorization_codes": await authorization_codes.spend_all(tx, now=now),
            "interactions": await interactions.finish_all(tx, now=now),
            "access_tokens": await access_tokens.revoke_all_opaque(tx, now=now),
            "invitations": await invitations.cancel_all(tx),
            "join_codes": await join_codes.disable_all(tx, now=now),
            "verification_tokens": await verification_tokens.end_all(tx, now=now),
            "initial_access_tokens": await initial_access_tokens.revoke_all(tx, now=now),
            "impersonation_requests": await impersonations.end_all(tx, now=now),
            "jobs": await jobs.cancel_all(tx, now=now),
        },
    )
