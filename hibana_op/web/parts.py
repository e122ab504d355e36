"""Forms with files (RFC 7578): fields and files by their names, each once, within bounds."""

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from hibana_op.foundation.errors import InvalidRequest
from hibana_op.foundation.explanation import Explanation
from hibana_op.oauth.call import Form

MEDIA_TYPE = "multipart/form-data"
MOST_PARTS = 40
LONGEST_FIELD = 20 * 1024  # bytes: a style sheet
LONGEST_NAME = 64
_LONGEST_BOUNDARY = 70  # RFC 2046 §5.1.1
_MALFORMED = Explanation("parameters_malformed")


@dataclass(slots=True)
class _Part:
    """One part as it comes: what its headers say, and its bytes."""

    headers: dict[bytes, bytes] = field(default_factory=dict)
    content: bytearray = field(default_factory=bytearray)


class _Reader:
    """Collects the parts; the edge has bounded the body as a whole."""

    def __init__(self, boundary: bytes) -> None:
        self.parts: list[_Part] = []
        self.is_whole = False
        self._name = bytearray()
        self._value = bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                "on_header_end": self._note_header,
                "on_part_data": lambda data, start, end: self.parts[-1].content.extend(data[start:end]),
                "on_end": self._finish,
            },
        )

    def read(self, body: bytes) -> None:
        """Take the body apart, or fail."""
        self._parser.write(body)
        self._parser.finalize()

    def _begin(self) -> None:
        if len(self.parts) >= MOST_PARTS:
            raise _wrong(f"there are more than {MOST_PARTS} fields")
        self.parts.append(_Part())

    def _note_header(self) -> None:
        self.parts[-1].headers[bytes(self._name).lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _finish(self) -> None:
        self.is_whole = True


def read(content_type: str, body: bytes) -> tuple[Form, dict[str, bytes]]:
    """The fields and the files of a body; a file that nobody chose is not there."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY:
        raise _wrong("the form names no boundary between its fields")
    reader = _Reader(boundary)
    try:
        reader.read(body)
    except FormParserError:
        raise _wrong("the form is not written as multipart/form-data is") from None
    if not reader.is_whole:
        raise _wrong("the form ends in the middle")
    fields: dict[str, tuple[str, ...]] = {}
    files: dict[str, bytes] = {}
    for part in reader.parts:
        name, is_file = _named(part)
        if name in fields or name in files:
            raise _wrong("a field comes twice")
        if not is_file:
            text = _text(part.content)
            fields[name] = (text,) if text else ()
        elif part.content:
            files[name] = bytes(part.content)
    return Form(fields), files


def _named(part: _Part) -> tuple[str, bool]:
    kind, options = parse_options_header(part.headers.get(b"content-disposition"))
    name = options.get(b"name", b"")
    if kind != b"form-data" or not name.isascii() or not 0 < len(name) <= LONGEST_NAME:
        raise _wrong("a field has no name")
    return name.decode("ascii"), b"filename" in options


def _text(content: bytearray) -> str:
    if len(content) > LONGEST_FIELD:
        raise _wrong(f"a field is longer than {LONGEST_FIELD} bytes")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise _wrong("a field is no text in UTF-8") from None
    if "\x00" in text:
        raise _wrong("a field has a NUL in it")
    return text.replace("\r\n", "\n")


def _wrong(what: str) -> InvalidRequest:
    return InvalidRequest(what, because=_MALFORMED)
