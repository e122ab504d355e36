"""LDAP directories: we ask for the name and the password ourselves, and the directory says whether they are right."""

import re
from collections.abc import Mapping
from typing import Any

from hibana_op.foundation import directory
from hibana_op.foundation.directory import Directory, DirectoryFailed
from hibana_op.foundation.directory_line import place
from hibana_op.foundation.errors import InvalidRecord
from hibana_op.login.federation import readers
from hibana_op.login.federation.shapes import ProviderType, Reader, Upstream, UpstreamFailed
from hibana_op.provider import Provider

USER_ATTRIBUTES = ("uid", "mail")
SUBJECT = "entryUUID"  # RFC 4530; Active Directory has objectGUID instead
ATTRIBUTES = {"email": "mail", "name": "cn", "given_name": "givenName", "family_name": "sn"}
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}", re.ASCII)  # RFC 4512 §1.4
_MOST_NAMES = 5


def directory_of(upstream: Upstream) -> Directory:
    """How to ask the directory of a provider."""
    config = upstream.config
    if upstream.client_secret is None:
        raise UpstreamFailed("the password of its service account is missing")
    return Directory(
        url=config["url"],
        start_tls=config.get("start_tls", False),
        base=config["base"],
        bind_dn=config["bind_dn"],
        bind_password=upstream.client_secret,
        user_attributes=tuple(config.get("user_attributes") or USER_ATTRIBUTES),
        subject=config.get("subject") or SUBJECT,
        attributes={**ATTRIBUTES, **config.get("attributes", {})},
    )


async def _complete(op: Provider, config: dict[str, Any]) -> dict[str, Any]:
    """Nothing is asked yet, but what can be known to be wrong is."""
    try:
        place(config["url"], start_tls=config.get("start_tls", False))
        directory.require()
    except ValueError as fault:
        raise InvalidRecord(f"url: {fault}") from None
    except DirectoryFailed as failed:
        raise InvalidRecord(str(failed)) from None
    return config


def _attribute(name: str, value: Any) -> str:
    if not isinstance(value, str) or not _ATTRIBUTE.fullmatch(value):
        raise InvalidRecord(f"{name}: an attribute of a directory has letters, digits and hyphens, such as mail")
    return value


def _names(name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not 0 < len(value) <= _MOST_NAMES:
        raise InvalidRecord(f"{name} is a list of 1 to {_MOST_NAMES} attributes")
    return [_attribute(name, each) for each in value]


def _attributes(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not value.keys() <= ATTRIBUTES.keys():
        raise InvalidRecord(f"{name} says what the directory calls: {', '.join(ATTRIBUTES)}")
    return {ours: _attribute(name, theirs) for ours, theirs in value.items()}


_MEMBERS: Mapping[str, Reader] = {
    "url": readers.text,
    "start_tls": readers.flag,
    "base": readers.text,
    "bind_dn": readers.text,
    "user_attributes": _names,
    "subject": _attribute,
    "attributes": _attributes,
    "create_people": readers.flag,
    "trust_email": readers.flag,
}

TYPE = ProviderType(
    name="ldap",
    members=_MEMBERS,
    needed=("url", "base", "bind_dn"),
    needs_secret=True,
    issuer=lambda config: str(config["url"]),
    leads_to=lambda config: None,
    complete=_complete,
)
