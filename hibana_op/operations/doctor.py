"""Looks at a deployment from the outside and the inside, and says what is wrong and how to mend it."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hibana_op.config import Settings, beside_demo
from hibana_op.config.rules import sqlite_path
from hibana_op.foundation import breached_list, certificates, jose
from hibana_op.foundation.breached_list import UnusableList
from hibana_op.foundation.errors import Busy, WrongSettings
from hibana_op.foundation.mail import MailFailed, SmtpMailer
from hibana_op.foundation.vault import Unsealable, Vault, parse_master_key
from hibana_op.provider import WRONG_MASTER_KEY, opened_secret
from hibana_op.records import (
    administrators,
    audit_log,
    deployment_secrets,
    keyring,
    policies,
    signing_keys,
    unmet_methods,
)
from hibana_op.storage import migrate, open_database, server_clock
from hibana_op.storage.database import Database, DatabaseBroken

DAY = 86400
OLDEST_KEY = 90 * DAY
RECENT_ENTRIES = 1000
CLOCK_DIFFERS, CLOCK_IS_WRONG = 5, 60  # seconds
MEBIBYTE = 1 << 20
LONGEST_WAL = 128 * MEBIBYTE  # SQLite folds it back and cuts it down long before, unless somebody keeps it from it

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and the mend when something is to be mended."""

    check: str
    state: State
    says: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from the issuer's discovery address; without a status nothing did, and `body` says why."""

    status: int | None
    body: bytes
    date: int | None  # the server's clock, by its Date header
    received_at: int  # ours at that moment


async def examine(settings: Settings, answer: Answer, *, now: int, full: bool) -> list[Finding]:
    """Every check on settings that could be read."""
    stored = [finding async for finding in _stored(settings, now=now, full=full)]
    asked = [_clock(answer), _issuer(settings, answer), await _mail(settings), _proxy(settings)]
    return [*stored, *asked, *_breached_list(settings)]


async def _stored(settings: Settings, *, now: int, full: bool) -> AsyncIterator[Finding]:
    """The database and what is in it; what lies behind a fault is not looked at."""
    url = settings.database_url.reveal()
    path = sqlite_path(url)
    if path is not None and not path.is_file():
        yield Finding("database", "fail", f"there is no file {path}", "check HIBANA_DATABASE_URL, or start the server")
        return
    try:
        db = await open_database(url)
    except (WrongSettings, Busy) as fault:
        yield Finding("database", "fail", str(fault), "start the database, or mend HIBANA_DATABASE_URL")
        return
    try:
        is_current = True
        for finding in await _schema(db):
            is_current = is_current and finding.state == "ok"
            yield finding
        if path is not None:
            yield _size(path)
        if is_current:
            for finding in [
                *await _database_clock(db, now=now),
                *await _keys(settings, db, now=now),
                await _audit(settings, db, full=full),
                await _administrator(db),
                *await _sign_in(settings, db),
                *await _attestation(settings, db, now=now),
            ]:
                yield finding
    finally:
        await db.close()


async def _schema(db: Database) -> list[Finding]:
    try:
        steps = await migrate.status(db)
    except (Busy, DatabaseBroken) as fault:
        return [Finding("database", "fail", str(fault), "look at the database server, or restore a backup")]
    except WrongSettings as wrong:
        return [
            Finding("database", "ok", f"{db.engine} answers"),
            Finding("migrations", "fail", str(wrong), "run the version of Hibana that this database belongs to"),
        ]
    pending = [step for step in steps if isinstance(step, migrate.Pending)]
    told = (
        Finding("migrations", "fail", f"{len(pending)} of {len(steps)} are missing", "run `hibana migrate up`")
        if pending
        else Finding("migrations", "ok", f"all {len(steps)} are applied")
    )
    return [Finding("database", "ok", f"{db.engine} answers"), told]


def _size(path: Path) -> Finding:
    """How big an embedded database is, and what of it waits to be folded back into its file."""
    log = path.with_name(f"{path.name}-wal")
    size, waiting = path.stat().st_size, log.stat().st_size if log.is_file() else 0
    says = f"{size / MEBIBYTE:.1f} MiB, and {waiting / MEBIBYTE:.1f} MiB in its write-ahead log"
    if waiting <= LONGEST_WAL:
        return Finding("size", "ok", says)
    return Finding("size", "warn", says, f"end what reads {path} for long, such as a shell or a copying tool")


async def _database_clock(db: Database, *, now: int) -> list[Finding]:
    """Whether a database on another machine has the same time as this one; said only when it has not."""
    theirs = await server_clock.read(db)
    if theirs is None or abs(theirs - now) <= CLOCK_DIFFERS:
        return []
    return [_difference("the database", abs(theirs - now))]


async def _keys(settings: Settings, db: Database, *, now: int) -> list[Finding]:
    held = await signing_keys.every(db)
    if not held:
        return [Finding("keys", "warn", "there are no signing keys yet", "start the server: it makes them")]
    try:
        await keyring.load(db, _vault(settings), now=now)
    except (Unsealable, WrongSettings) as fault:
        says = str(fault) if isinstance(fault, WrongSettings) else WRONG_MASTER_KEY
        return [Finding("keys", "fail", says, "give the server's own master key")]
    found = []
    needed = {*jose.INITIAL_ALGORITHMS, *jose.OWN_ENCRYPTION_KEYS, *(key.algorithm for key in held)}
    algorithms = [algorithm for algorithm in jose.KEY_ALGORITHMS if algorithm in needed]
    for algorithm in algorithms:
        current = [key for key in held if key.algorithm == algorithm and key.state(now) == "current"]
        mend = f"run `hibana keys rotate --alg {algorithm}`"
        if not current:
            found.append(Finding("keys", "fail", f"there is no key for {algorithm}", mend))
        elif (age := now - current[-1].active_from) > OLDEST_KEY:
            found.append(Finding("keys", "warn", f"the {algorithm} key has been in use for {age // DAY} days", mend))
    return found or [Finding("keys", "ok", f"there are keys for {', '.join(algorithms)}")]


async def _audit(settings: Settings, db: Database, *, full: bool) -> Finding:
    sealed = await deployment_secrets.find(db, "audit")
    if sealed is None:
        return Finding("audit", "ok", "nothing was recorded yet")
    try:
        key = opened_secret(_vault(settings), "audit", sealed)
    except (Unsealable, WrongSettings):
        return Finding("audit", "fail", "the key of the chain cannot be opened", "give the server's own master key")
    verdict = await audit_log.verify(db, key=key, last=None if full else RECENT_ENTRIES)
    if verdict.fault is not None:
        return Finding("audit", "fail", verdict.fault, "find out who can write to the database; restore a backup")
    looked_at = "all" if full else "the last"
    return Finding("audit", "ok", f"{looked_at} {verdict.entries} entries are as they were written")


async def _attestation(settings: Settings, db: Database, *, now: int) -> list[Finding]:
    """Who vouches for authenticators; said only where a policy demands it, or roots are named."""
    if settings.attestation_roots is None:
        if not any(each.passkeys.demands_attestation for each in await policies.every_choice(db)):
            return []
        says = "authenticators must say what they are, and nobody checks who signed it"
        return [Finding("passkeys", "warn", says, "name the roots you trust in HIBANA_ATTESTATION_ROOTS")]
    try:
        roots = certificates.read(settings.attestation_roots)
    except (OSError, ValueError) as fault:
        return [Finding("passkeys", "fail", f"the roots cannot be read: {fault}", "mend HIBANA_ATTESTATION_ROOTS")]
    over = [each.subject.rfc4514_string() for each in roots if each.not_valid_after_utc.timestamp() < now]
    if over:
        return [Finding("passkeys", "warn", f"expired: {'; '.join(over)}", "replace them in HIBANA_ATTESTATION_ROOTS")]
    return [Finding("passkeys", "ok", f"roots that may vouch for authenticators: {len(roots)}")]


async def _administrator(db: Database) -> Finding:
    if await administrators.is_anybody(db):
        return Finding("people", "ok", "somebody administers the deployment")
    mend = "run `hibana user create --email YOU@example.com --role super_admin --password-stdin`"
    return Finding("people", "warn", "nobody is a super administrator", mend)


async def _sign_in(settings: Settings, db: Database) -> list[Finding]:
    """Ways to sign in that were chosen and that nobody can take; said only where there are some."""
    unmet = await unmet_methods.of_everybody(db, has_mail=beside_demo.takes_mail(settings))
    mend = "set up what is missing, or choose others with `hibana settings set`"
    return [Finding("sign-in", "warn", f"in {slug}, {missing}", mend) for slug, missing in unmet.items()]


def _vault(settings: Settings) -> Vault:
    return Vault([parse_master_key(key.reveal()) for key in settings.require_master_keys()])


def _clock(answer: Answer) -> Finding:
    if answer.date is None:
        return Finding("clock", "warn", "there was no other clock to compare with", "see the line about the issuer")
    return _difference("the issuer", abs(answer.date - answer.received_at))


def _difference(other: str, differs: int) -> Finding:
    says = f"this machine and {other} differ by {differs} s"
    if differs <= CLOCK_DIFFERS:
        return Finding("clock", "ok", says)
    return Finding("clock", "fail" if differs > CLOCK_IS_WRONG else "warn", says, "keep both clocks right with NTP")


def _issuer(settings: Settings, answer: Answer) -> Finding:
    if answer.status is None:
        says = f"nothing answers at {settings.issuer}: {answer.body.decode()}"
        return Finding("issuer", "warn", says, "start the server, or mend its DNS, certificate or reverse proxy")
    named = _named_issuer(answer.body)
    if answer.status != 200 or named is None:
        says = f"{settings.issuer} answers {answer.status} and no discovery document"
        return Finding("issuer", "fail", says, "let the reverse proxy pass every path below the issuer to Hibana")
    if named != settings.issuer:
        says = f"the server at {settings.issuer} calls itself {named}"
        return Finding("issuer", "fail", says, "give the server and this command the same HIBANA_ISSUER")
    return Finding("issuer", "ok", f"{settings.issuer} answers as itself")


def _named_issuer(body: bytes) -> str | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    named = document.get("issuer") if isinstance(document, dict) else None
    return named if isinstance(named, str) else None


async def _mail(settings: Settings) -> Finding:
    if settings.smtp.url is None:
        return Finding("mail", "warn", "no mail goes out", "set HIBANA_SMTP__URL")
    try:
        ca_file = settings.outbound.ca_file
        await SmtpMailer(settings.smtp.url.reveal(), settings.smtp.sender, ca_file=ca_file).check()
    except MailFailed as failed:
        return Finding("mail", "fail", str(failed), "mend HIBANA_SMTP__URL, or the mail server")
    return Finding("mail", "ok", "the mail server takes mail")


def _breached_list(settings: Settings) -> list[Finding]:
    """Whether passwords can be found in the administrator's list; said only where there is one."""
    path = settings.breached_passwords.file
    if path is None:
        return []
    try:
        breached_list.check_file(path)
    except UnusableList as fault:
        says = f"{path} is of no use: {fault}"
        return [Finding("passwords", "fail", says, "give the complete SHA-1 list, sorted by hash")]
    return [Finding("passwords", "ok", f"{path} is sorted by SHA-1")]


def _proxy(settings: Settings) -> Finding:
    if settings.is_https and settings.tls.cert is None and not settings.trusted_proxies:
        says = "a reverse proxy ends TLS, and is not named: everybody seems to come from its address"
        return Finding("proxy", "warn", says, "name its addresses in HIBANA_TRUSTED_PROXIES")
    return Finding("proxy", "ok", "callers are told apart by their own addresses")
