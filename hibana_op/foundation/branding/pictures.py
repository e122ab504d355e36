"""Pictures that a browser shows and cannot run, recognised by how they are built, not by how they are called."""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from hibana_op.foundation.errors import InvalidRecord

LARGEST = 512 * 1024
LONGEST_SIDE = 4096

_PNG = b"\x89PNG\r\n\x1a\n"
_ICO = b"\x00\x00\x01\x00"
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0 to SOF15, without DHT, JPG and DAC
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM and RST0 to RST7 have no length
_JPEG_LAST = frozenset({0xD9, 0xDA})  # what comes then is the picture itself
_BITMAP_HEADER = 40
_MOST_ICONS = 32

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Picture:
    """What kind of picture it is, and how large."""

    media_type: str
    width: int
    height: int


def recognised(content: bytes) -> Picture:
    """The kind and the size of a picture; InvalidRecord for whatever is none, or is too large."""
    if len(content) > LARGEST:
        raise InvalidRecord(f"a picture may have {LARGEST // 1024} KiB")
    for media_type, begins, size_of in _KINDS:
        if begins(content):
            try:
                width, height = size_of(content)
            except (struct.error, IndexError):
                raise InvalidRecord("the picture is cut off or damaged") from None
            _require_size(width, height)
            return Picture(media_type, width, height)
    raise InvalidRecord(_what_instead(content))


def _require_size(width: int, height: int) -> None:
    if not (1 <= width <= LONGEST_SIDE and 1 <= height <= LONGEST_SIDE):
        raise InvalidRecord(f"each side of a picture has 1 to {LONGEST_SIDE} pixels; this one is {width} × {height}")


def _what_instead(content: bytes) -> str:
    beginning = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    allowed = "a picture is PNG, JPEG, GIF, WebP or ICO"
    if beginning.startswith(b"<") and b"<svg" in beginning:
        return f"{allowed}; SVG can carry scripts"
    if re.match(rb"<(!doctype html|html|head|body|script)", beginning):
        return f"{allowed}; this is HTML"
    return allowed


def _png(content: bytes) -> Size:
    length, name, width, height = struct.unpack_from(">I4sII", content, len(_PNG))
    if length != 13 or name != b"IHDR" or len(content) < 33:  # with the rest of IHDR and its checksum
        raise IndexError
    return width, height


def _jpeg(content: bytes) -> Size:
    at = 2
    while True:
        if content[at] != 0xFF:
            raise IndexError
        while content[at] == 0xFF:  # as many as one likes
            at += 1
        marker = content[at]
        at += 1
        if marker in _JPEG_LAST or marker == 0:
            raise IndexError
        if marker in _JPEG_ALONE:
            continue
        (length,) = struct.unpack_from(">H", content, at)
        if length < 2 or at + length > len(content):
            raise IndexError
        if marker in _JPEG_SIZES:
            if length < 8:
                raise IndexError
            height, width = struct.unpack_from(">HH", content, at + 3)
            return width, height
        at += length


def _gif(content: bytes) -> Size:
    """That of the screen, or of the first frame where this one is larger: browsers make room for it."""
    width, height, flags, *_ = struct.unpack_from("<HHBBB", content, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)  # behind the colours
    while content[at] == 0x21:  # an extension: its kind, and blocks until one of no length
        at += 2
        while content[at]:
            at += 1 + content[at]
        at += 1
    frame, left, top, wide, high, _ = struct.unpack_from("<BHHHHB", content, at)
    if frame != 0x2C:
        raise IndexError
    return max(width, left + wide), max(height, top + high)


def _webp(content: bytes) -> Size:
    kind = content[12:16]
    if kind == b"VP8X":
        low_width, high_width, low_height, high_height = struct.unpack_from("<HBHB", content, 24)
        return (high_width << 16 | low_width) + 1, (high_height << 16 | low_height) + 1
    if kind == b"VP8L" and content[20] == 0x2F:
        (bits,) = struct.unpack_from("<I", content, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a" and not content[20] & 1:
        width, height = struct.unpack_from("<HH", content, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise IndexError


def _ico(content: bytes) -> Size:
    """The largest of the icons; each of them has to be there, and no larger than a picture may be."""
    (count,) = struct.unpack_from("<H", content, 4)
    if count > _MOST_ICONS:
        raise IndexError
    sizes = []
    for number in range(count):
        width, height, *_, length, at = struct.unpack_from("<BBBBHHII", content, 6 + 16 * number)
        if length < _BITMAP_HEADER or at < 6 + 16 * count or at + length > len(content):
            raise IndexError
        _require_size(*_icon(content[at : at + length]))
        sizes.append((width or 256, height or 256))
    return max(sizes, default=(0, 0))


def _icon(content: bytes) -> Size:
    if content.startswith(_PNG):
        return _png(content)
    header, width, height = struct.unpack_from("<Iii", content)
    if header != _BITMAP_HEADER:
        raise IndexError
    return width, height // 2  # the colours, and below them which of them are seen through


_Kind = tuple[str, Callable[[bytes], bool], Callable[[bytes], Size]]
_KINDS: tuple[_Kind, ...] = (
    ("image/png", lambda content: content.startswith(_PNG), _png),
    ("image/jpeg", lambda content: content.startswith(b"\xff\xd8\xff"), _jpeg),
    ("image/gif", lambda content: content.startswith((b"GIF87a", b"GIF89a")), _gif),
    ("image/webp", lambda content: content.startswith(b"RIFF") and content[8:12] == b"WEBP", _webp),
    ("image/vnd.microsoft.icon", lambda content: content.startswith(_ICO), _ico),
)
