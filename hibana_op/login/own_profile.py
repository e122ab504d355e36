"""What people change about themselves: every standard claim but their address for mail, and fields that are theirs."""

import re
import unicodedata
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from hibana_op.foundation.errors import InvalidRecord
from hibana_op.foundation.events import UserUpdated
from hibana_op.foundation.origin import Origin
from hibana_op.login import notices, profile
from hibana_op.provider import Provider
from hibana_op.records import custom_fields, users
from hibana_op.records.custom_fields import CustomField
from hibana_op.records.users import User
from hibana_op.storage.database import Session

NAMES = ("name", "family_name", "given_name", "middle_name", "nickname", "preferred_username")
ABOUT = ("birthdate", "gender", "website", "profile", "picture")
PLACE = ("locale", "zoneinfo", "phone_number")
ADDRESS = ("postal_code", "country", "region", "locality", "street_address", "formatted")
CUSTOM = "custom."
_WRITTEN = ("name#ja", "name#en")
_PHONE = re.compile(r"\+?[0-9]{5,15}")


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be written; `faults` says of which input what is wrong."""

    members: dict[str, Any]
    fields: list[CustomField]
    faults: dict[str, str]


def localized_names(user: User) -> tuple[str, ...]:
    """The claims with a language tag that a person can fill in (OpenID Connect Core §5.2)."""
    return tuple(dict.fromkeys((*_WRITTEN, *sorted(user.localized))))


def values_of(user: User, own_fields: list[CustomField]) -> dict[str, str]:
    """What a person's record holds, by the name of its input."""
    values = {name: getattr(user, name) or "" for name in (*NAMES, *ABOUT, *PLACE)}
    values |= {name: str(user.localized.get(name, "")) for name in localized_names(user)}
    values |= {f"address.{name}": (user.address or {}).get(name, "") for name in ADDRESS}
    return values | {CUSTOM + each.field_name: each.field_value or "" for each in own_fields}


def read(user: User, own_fields: list[CustomField], typed: Mapping[str, str]) -> Change:
    """Compare what was typed with what is there; an input that is missing stays as it is."""
    before = values_of(user, own_fields)
    changed = {name: text.strip() for name, text in typed.items() if text.strip() != before.get(name, text.strip())}
    members: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name in (*NAMES, *ABOUT, *PLACE):
        if name in changed:
            _take(members, faults, name, changed[name])
    _take_localized(user, changed, members, faults)
    _take_address(user, changed, members, faults)
    if "phone_number" in members:
        members["phone_number_verified"] = False
    fields = []
    for each in own_fields:
        name = CUSTOM + each.field_name
        if name in changed:
            try:
                if changed[name]:
                    profile.read_claims({"name": changed[name]})  # text of the same form as a name
                fields.append(custom_fields.checked(replace(each, field_value=changed[name] or None)))
            except InvalidRecord:
                faults[name] = f"field_{each.field_type}"
    return Change(members, fields, faults)


async def save(op: Provider, user: User, change: Change, origin: Origin) -> None:
    """Write a change; Conflict when the user name is another person's."""
    if not change.members and not change.fields:
        return
    now = op.now()
    told = notices.message(op, user, "phone_changed", origin=origin)

    async def write(tx: Session) -> None:
        # Read again: something else of the record may have changed meanwhile.
        kept = await users.get(tx, user.id)
        await users.update(tx, replace(kept, **change.members, updated_at=now))
        still_own = {each.field_name for each in await own_fields(tx, user.id)}
        for each in change.fields:
            if each.field_name in still_own:
                await custom_fields.put(tx, each)
        if "phone_number" in change.members:
            await notices.queue(op, tx, told)
        names = (*change.members, *(CUSTOM + each.field_name for each in change.fields))
        await op.emit(tx, UserUpdated(user_id=user.id, target_id=user.id, fields=names), origin)

    await op.db.transact(write)


async def own_fields(db: Session, user_id: str) -> list[CustomField]:
    """The fields that a person may change themselves, those included that they may add."""
    own = [each for each in await custom_fields.of_user(db, user_id) if each.namespace == "user"]
    return sorted([*own, *await custom_fields.offered_to(db, user_id)], key=lambda each: each.field_name)


def _take(members: dict[str, Any], faults: dict[str, str], name: str, text: str) -> None:
    try:
        members[name] = _checked(name, text) if text else None
    except InvalidRecord:
        faults[name] = name if name in ("birthdate", "zoneinfo", "locale", "phone_number") else _kind(name)


def _checked(name: str, text: str) -> Any:
    if name == "phone_number":
        text = re.sub(r"[\s().-]", "", unicodedata.normalize("NFKC", text))
        if not _PHONE.fullmatch(text):
            raise InvalidRecord("phone_number must be a telephone number")
    if name == "zoneinfo" and text not in (_zones() or {text}):
        raise InvalidRecord("zoneinfo must be a time zone of the IANA database")
    if name == "locale" and not re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}", text):
        raise InvalidRecord("locale must be a language tag")
    return profile.read_claims({name: text})[name]


def _take_localized(user: User, changed: dict[str, str], members: dict[str, Any], faults: dict[str, str]) -> None:
    written = dict(user.localized)
    for name in localized_names(user):
        if name not in changed:
            continue
        try:
            if changed[name]:
                written |= profile.read_claims({name: changed[name]})["localized"]
            else:
                written.pop(name, None)
        except InvalidRecord:
            faults[name] = _kind(name.partition("#")[0])
    if written != user.localized:
        members["localized"] = written


def _take_address(user: User, changed: dict[str, str], members: dict[str, Any], faults: dict[str, str]) -> None:
    parts = dict(user.address or {})
    for part in ADDRESS:
        text = changed.get(f"address.{part}")
        if text is None:
            continue
        try:
            profile.read_claims({"address": {part: text}})
        except InvalidRecord:
            faults[f"address.{part}"] = "text"
        parts |= {part: text}
    kept = {part: text for part, text in parts.items() if text}
    if kept != (user.address or {}):
        members["address"] = kept or None


def _kind(name: str) -> str:
    return "url" if name in ("website", "profile", "picture") else "text"


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())
