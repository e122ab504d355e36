"""LDAP directories (RFC 4511): finding one person in them, and trying a password; the one guarded way out to them."""

import asyncio
import contextlib
import secrets
import string
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from hibana_op.foundation import directory_line
from hibana_op.foundation.directory_line import LineBroken, Place
from hibana_op.foundation.outbound import Outbound
from hibana_op.foundation.passwords import LONGEST_PASSWORD
from hibana_op.foundation.printable import is_line
from hibana_op.foundation.secrets import Secret

MISSING = "directories need a library that is not installed here: pip install 'hibana[ldap]'"

OPERATION_SECONDS = 5.0
_LOOK_AGAIN_SECONDS = 0.005
_LONGEST_NAME = 320
_LONGEST_VALUE = 1024
_LONGEST_SUBJECT = 255
_GUID_BYTES = 16
_PLAIN = frozenset(string.ascii_letters + string.digits)
_THE_ENTRY, _SUBTREE = 0, 2  # RFC 4511 §4.5.1.2
# What a server answers to a password that is wrong, or is right and opens nothing: constraintViolation, noSuchObject,
# inappropriateAuthentication, invalidCredentials, insufficientAccessRights, unwillingToPerform (RFC 4511 §4.1.9).
_NOT_LET_IN = frozenset({19, 32, 48, 49, 50, 53})
_SEVERAL = "it knows more than one person of this name"
_ENTRY_FAULTS = {
    4: _SEVERAL,  # sizeLimitExceeded
    34: "its entry has a name that cannot be read",  # invalidDNSyntax
}


class DirectoryFailed(Exception):
    """A directory that cannot be used; the reason is in our own words and holds nothing of its answer."""


class EntryUnusable(DirectoryFailed):
    """The directory works, but what it says of this one name is of no use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Where people are found, by whom, and what their entries call what we ask for."""

    url: str
    start_tls: bool
    base: str
    bind_dn: str
    bind_password: Secret
    user_attributes: tuple[str, ...]  # what a name that is typed may be
    subject: str
    attributes: Mapping[str, str]  # ours: theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One person in a directory; `subject` stays theirs whatever they are called."""

    dn: str
    subject: str
    values: Mapping[str, str]  # by our names


def require() -> None:
    """DirectoryFailed where the library is missing."""
    _library()


async def reach(outbound: Outbound, directory: Directory) -> None:
    """DirectoryFailed where no connection comes about."""
    try:
        async with directory_line.open_line(outbound, _place(directory)):
            return
    except LineBroken as broken:
        raise DirectoryFailed(str(broken)) from None


async def shows_base(outbound: Outbound, directory: Directory) -> bool:
    """Whether the service account may read the entry below which people are looked for."""
    async with _served(outbound, directory) as connection:
        return len(await _search(connection, directory.base, _THE_ENTRY, "(objectClass=*)", ["1.1"])) == 1


async def find(outbound: Outbound, directory: Directory, name: str) -> Entry | None:
    """The one person of this name, looked up by the service account; some names are nobody's, without asking."""
    if not 0 < len(name) <= _LONGEST_NAME or "\0" in name:
        return None
    wanted = list(dict.fromkeys([directory.subject, *directory.attributes.values()]))
    async with _served(outbound, directory) as connection:
        found = await _search(connection, directory.base, _SUBTREE, _filter(directory, name), wanted)
    if len(found) > 1:
        raise EntryUnusable(_SEVERAL)
    return _entry(directory, found[0]) if found else None


async def lets_in(outbound: Outbound, directory: Directory, entry: Entry | None, password: str) -> bool:
    """Whether a password is a person's; where there is no entry it is nobody's, after as much work."""
    # A server takes a DN without a password for a visitor, and says yes.
    if not 0 < len(password) <= LONGEST_PASSWORD or "\0" in password:
        return False
    dn = entry.dn if entry else f"cn={secrets.token_hex(16)},{directory.base}"
    async with _bound(outbound, directory, dn, password) as connection:
        return connection is not None and entry is not None


def escaped(text: str) -> str:
    """A value in a filter (RFC 4515 §3): whatever is no letter or digit of ASCII goes by its number."""
    return "".join(chr(byte) if chr(byte) in _PLAIN else f"\\{byte:02x}" for byte in text.encode())


def _filter(directory: Directory, name: str) -> str:
    value = escaped(name)
    return f"(&(objectClass=person)(|{''.join(f'({each}={value})' for each in directory.user_attributes)}))"


@asynccontextmanager
async def _served(outbound: Outbound, directory: Directory) -> AsyncIterator[Any]:
    """A connection of the service account."""
    async with _bound(outbound, directory, directory.bind_dn, directory.bind_password.reveal()) as connection:
        if connection is None:
            raise DirectoryFailed("it does not let the service account in")
        yield connection


@asynccontextmanager
async def _bound(outbound: Outbound, directory: Directory, dn: str, password: str) -> AsyncIterator[Any]:
    """A connection on which somebody proved who they are; None when the server says that they did not."""
    library = _library()
    try:
        async with directory_line.open_line(outbound, _place(directory)) as path:
            connection = library.connection(path, directory, dn, password)
            with contextlib.closing(connection):
                try:
                    await connection.open(OPERATION_SECONDS)
                except library.error as refused:
                    if refused.code not in _NOT_LET_IN:
                        raise DirectoryFailed("it broke off, or refused to say who may come in") from None
                    connection = None
                yield connection
    except LineBroken as broken:
        raise DirectoryFailed(str(broken)) from None
    except TimeoutError:
        raise DirectoryFailed("it does not answer in time") from None


def _place(directory: Directory) -> Place:
    return directory_line.place(directory.url, start_tls=directory.start_tls)


async def _search(connection: Any, base: str, scope: int, filter_: str, wanted: Sequence[str]) -> Sequence[Any]:
    """The entries at a base that a filter fits; pointers to other directories are passed over, never followed."""
    error = _library().error
    try:
        found: Sequence[Any] = await connection.search(
            base, scope, filter_, wanted, timeout=OPERATION_SECONDS, sizelimit=2
        )
    except error as refused:
        if refused.code in _ENTRY_FAULTS:
            raise EntryUnusable(_ENTRY_FAULTS[refused.code]) from None
        raise DirectoryFailed("it broke off, or refused to search") from None
    return found


def _entry(directory: Directory, found: Any) -> Entry:
    """What an entry says, as far as it was asked for and can be used."""
    told = {name.lower(): list(values) for name, values in found.items() if name != "dn"}
    dn = str(found.dn)
    if "\\\\" in dn:  # the library cannot tell a backslash and the letters 2C from an escaped comma
        raise EntryUnusable("its entry has a name with a backslash in it")
    values = {ours: value for ours, theirs in directory.attributes.items() if (value := _text(told, theirs))}
    return Entry(dn=dn, subject=_subject(directory, told.get(directory.subject.lower(), [])), values=values)


def _text(told: Mapping[str, Sequence[Any]], name: str) -> str | None:
    for value in told.get(name.lower(), []):
        if isinstance(value, str) and 0 < len(value) <= _LONGEST_VALUE and is_line(value):
            return value
    return None


def _subject(directory: Directory, values: Sequence[Any]) -> str:
    """What an entry is known by, whatever it is called."""
    value = values[0] if len(values) == 1 else None
    if _is_guid(directory.subject) and isinstance(value, bytes) and len(value) == _GUID_BYTES:
        return str(uuid.UUID(bytes_le=value))
    if not _is_guid(directory.subject) and isinstance(value, str) and 0 < len(value) <= _LONGEST_SUBJECT:
        return value
    raise EntryUnusable(f"its entry has no {directory.subject}, or more than one")


def _is_guid(attribute: str) -> bool:
    return attribute.lower() == "objectguid"


@cache
def _library() -> Any:
    """The library of LDAP, which is an extra: its kind of error, and connections as we want them."""
    try:
        import bonsai  # noqa: PLC0415 -- there only where directories are used
        from bonsai.asyncio import AIOLDAPConnection  # noqa: PLC0415
    except ImportError:
        raise DirectoryFailed(MISSING) from None

    class Connection(AIOLDAPConnection):  # type: ignore[misc]  # the library has no types here
        async def _evaluate(self, message: int, timeout: float | None = None) -> Any:  # noqa: ASYNC109
            """Wait for an answer. The library itself waits for room to write: there always is, so it never rests."""
            async with asyncio.timeout(timeout):
                while True:
                    answer = super(AIOLDAPConnection, self).get_result(message)
                    if answer is not None:
                        return answer
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    def connection(path: Path, directory: Directory, dn: str, password: str) -> Any:
        client = bonsai.LDAPClient(f"ldapi://{quote(str(path), safe='')}")
        client.set_credentials("SIMPLE", dn, password)
        client.set_raw_attributes([directory.subject] if _is_guid(directory.subject) else [])
        client.set_server_chase_referrals(False)
        return Connection(client)

    return SimpleNamespace(error=bonsai.LDAPError, connection=connection)
