"""Bodies and queries into the shapes that an operation takes; every fault names its member."""

import re
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec import Struct
from starlette.types import Receive, Scope

from hibana_op.api.problems import Fault, Problem, Unprocessable
from hibana_op.foundation import strict_json
from hibana_op.oauth.call import parse
from hibana_op.web.http import JSON_TYPE, read_body

MERGE_PATCH = "application/merge-patch+json"
_MISSING = re.compile(r"missing required field `(?P<name>[^`]*)`")
_UNKNOWN = re.compile(r"contains unknown field `(?P<name>[^`]*)`")
_LONGEST_SAID = 200  # it may quote what was sent
_PLACE = " - at `"
NOT_WRITABLE = "there is no such member here, or it cannot be written"
MISSING = "this member is missing"
NO_PARAMETER = "there is no such parameter here"


def read_query(scope: Scope, shape: type[Struct] | None) -> Any:
    """The parameters of a request's address."""
    form = parse(scope["query_string"])
    given = {name: values[0] if values else "" for name, values in form.values.items()}
    if shape is None:
        if given:
            raise Unprocessable([Fault(name, NO_PARAMETER) for name in given])
        return None
    return _convert(given, shape, strict=False, unknown=NO_PARAMETER)


async def read_body_of(
    scope: Scope, receive: Receive, headers: Mapping[str, str], *, method: str, shape: type[Struct] | None
) -> tuple[Any, bytes]:
    """The body of a request, as the shape that the operation takes, and as it came."""
    raw = await read_body(receive)
    if method in ("GET", "DELETE"):
        return None, b""
    if not raw and (shape is None or not _needs_members(shape)):
        return None if shape is None else shape(), raw
    _check_type(headers, method)
    return _taken(raw, shape), raw


def _taken(raw: bytes, shape: type[Struct] | None) -> Any:
    try:
        document = strict_json.read_object(raw)
    except ValueError as fault:
        raise Problem(400, f"the body cannot be read as a JSON object: {fault}") from None
    if "\\u0000" in raw.decode() and _holds_nul(document):
        raise Problem(400, "the body holds the character U+0000")
    if shape is None:
        if document:
            raise Unprocessable([Fault(name, NOT_WRITABLE) for name in document])
        return None
    return _convert(document, shape, strict=True, unknown=NOT_WRITABLE)


def _check_type(headers: Mapping[str, str], method: str) -> None:
    sent = headers.get("content-type", "").partition(";")[0].strip().lower()
    allowed = (JSON_TYPE, MERGE_PATCH) if method == "PATCH" else (JSON_TYPE,)
    if sent not in allowed:
        raise Problem(415, f"the body must be {' or '.join(allowed)}")


def _needs_members(shape: type[Struct]) -> bool:
    return any(field.required for field in msgspec.structs.fields(shape))


def _convert(given: dict[str, Any], shape: type[Struct], *, strict: bool, unknown: str) -> Any:
    try:
        return msgspec.convert(given, shape, strict=strict)
    except msgspec.ValidationError as wrong:
        # The converter stops at the first fault. What is not found by looking at each member is that one.
        faults = _faults(given, shape, strict=strict, unknown=unknown)
        raise Unprocessable(faults or [_fault(str(wrong), "", shape, unknown)]) from None


def _faults(given: dict[str, Any], shape: type[Struct], *, strict: bool, unknown: str) -> list[Fault]:
    """What is wrong with each member: those that nobody knows first."""
    known = set(shape.__struct_encode_fields__)
    faults = [Fault(name, unknown) for name in given if name not in known]
    for field in msgspec.structs.fields(shape):
        name = field.encode_name
        if name not in given:
            faults += [Fault(name, MISSING)] if field.required else []
            continue
        try:
            msgspec.convert(given[name], field.type, strict=strict)
        except msgspec.ValidationError as wrong:
            faults.append(_fault(str(wrong), name, shape, unknown))
    return faults


def _fault(told: str, member: str, shape: type[Struct], unknown: str) -> Fault:
    """What the converter says, with the path of the member as in `scopes[0].value`."""
    said, beneath = _parted(told)
    place = f"{member}{'.' if beneath and not beneath.startswith('[') else ''}{beneath}".removeprefix(".")
    for pattern, detail in ((_MISSING, MISSING), (_UNKNOWN, unknown)):
        named = pattern.search(said)
        if named:
            return Fault(f"{place}.{named['name']}".lstrip("."), detail)
    if allowed := _allowed(shape, place):
        return Fault(place, f"this has to be one of {', '.join(allowed)}")
    return Fault(place, said[:1].lower() + said[1:].replace("`", ""))


def _parted(told: str) -> tuple[str, str]:
    """What is wrong, and where: the path is the last thing that is said, and holds no name that was sent."""
    said, mark, place = told.rpartition(_PLACE)
    if not mark:
        return told[:_LONGEST_SAID], ""
    return said[:_LONGEST_SAID], place.removeprefix("key` in `").removeprefix("$").removeprefix(".").removesuffix("`")


def _allowed(shape: type[Struct], name: str) -> list[str]:
    """The words that a member is one of, if it is of that kind."""
    for field in msgspec.structs.fields(shape):
        if field.name == name and get_origin(field.type) is Literal:
            return [word for word in get_args(field.type) if word]
    return []


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in name or _holds_nul(each) for name, each in value.items())
    return isinstance(value, list) and any(map(_holds_nul, value))
