"""Pictures are known by how they are built; whatever is none is refused."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.foundation.branding.pictures import LARGEST, Picture, recognised
from hibana_op.foundation.errors import InvalidRecord


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width: int = 2, height: int = 3) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    lines = chunk(b"IDAT", zlib.compress(bytes(12)))
    return b"\x89PNG\r\n\x1a\n" + header + lines + chunk(b"IEND", b"")


def jpeg(width: int = 2, height: int = 3, kind: int = 0xC0) -> bytes:
    jfif = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    tables = b"\xff\xff\xc4" + struct.pack(">H", 4) + b"\0\0"  # DHT, which is no SOF, behind a byte that fills
    frame = bytes([0xFF, kind]) + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\0"
    return b"\xff\xd8" + jfif + b"\xff\xd0" + tables + frame + b"\xff\xda\0\x02\xff\xd9"


def gif(width: int = 2, height: int = 3, version: bytes = b"89a", *, before: bytes = b"", **frame: int) -> bytes:
    """`before`: colours and extensions; `frame`: its `left`, `wide` and `high` where they differ from the screen's."""
    flags = b"\x80\0\0" if before else b"\0\0\0"
    placed = (frame.get("left", 0), 0, frame.get("wide", width), frame.get("high", height), 0)
    return b"GIF" + version + struct.pack("<HH", width, height) + flags + before + struct.pack("<BHHHHB", 0x2C, *placed)


def webp(kind: bytes, content: bytes) -> bytes:
    body = b"WEBP" + kind + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(body)) + body


def lossy(width: int = 2, height: int = 3) -> bytes:
    return webp(b"VP8 ", b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", width | 1 << 14, height))


def lossless(width: int = 2, height: int = 3) -> bytes:
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", width - 1 | (height - 1) << 14 | 1 << 28))


def extended(width: int = 2, height: int = 3) -> bytes:
    sides = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return webp(b"VP8X", b"\x10\0\0\0" + sides)


def bitmap(width: int, height: int) -> bytes:
    return struct.pack("<IiiHHIIiiII", 40, width, height * 2, 1, 32, 0, 0, 0, 0, 0, 0) + bytes(width * height * 8)


def ico(*icons: tuple[int, int, bytes], count: int | None = None) -> bytes:
    at, directory = 6 + 16 * len(icons), b""
    for width, height, content in icons:
        directory += struct.pack("<BBBBHHII", width % 256, height % 256, 0, 0, 1, 32, len(content), at)
        at += len(content)
    header = struct.pack("<HHH", 0, 1, len(icons) if count is None else count)
    return header + directory + b"".join(content for _, _, content in icons)


WHOLE = {
    "png": (png(), Picture("image/png", 2, 3)),
    "large png": (png(4096, 4096), Picture("image/png", 4096, 4096)),
    "jpeg": (jpeg(), Picture("image/jpeg", 2, 3)),
    "progressive jpeg": (jpeg(kind=0xC2), Picture("image/jpeg", 2, 3)),
    "gif": (gif(), Picture("image/gif", 2, 3)),
    "gif with a frame that is larger": (gif(1, 1, wide=40, high=30, left=10), Picture("image/gif", 50, 30)),
    "gif with extensions": (
        gif(before=b"\xff\0\0\0\0\xff" + b"!\xf9\4\0\0\0\0\0" + b"!\xfe\3,,,\1;\0"),
        Picture("image/gif", 2, 3),
    ),
    "old gif": (gif(version=b"87a"), Picture("image/gif", 2, 3)),
    "lossy webp": (lossy(), Picture("image/webp", 2, 3)),
    "lossless webp": (lossless(), Picture("image/webp", 2, 3)),
    "extended webp": (extended(4096, 300), Picture("image/webp", 4096, 300)),
    "ico": (
        ico((2, 3, bitmap(2, 3)), (256, 256, png(256, 256))),
        Picture("image/vnd.microsoft.icon", 256, 256),
    ),
}
HEADS = {"png": 33, "jpeg": 36, "gif": 23, "lossy webp": 30, "lossless webp": 25, "extended webp": 30, "ico": 100}


@pytest.mark.parametrize(("content", "picture"), WHOLE.values(), ids=WHOLE)
def test_a_picture_is_recognised_with_its_size(content: bytes, picture: Picture) -> None:
    assert recognised(content) == picture


@pytest.mark.parametrize("name", HEADS)
def test_a_picture_whose_beginning_is_cut_off_is_refused(name: str) -> None:
    for length in range(HEADS[name]):
        with pytest.raises(InvalidRecord):
            recognised(WHOLE[name][0][:length])


SIDES = {
    "wide png": png(4097, 1),
    "low png": png(1, 0),
    "narrow png": png(0, 1),
    "high jpeg": jpeg(1, 65535),
    "narrow jpeg": jpeg(0, 1),
    "wide gif": gif(5000, 1),
    "low gif": gif(1, 0),
    "gif that grows": gif(1, 1, wide=20_000, high=20_000),
    "gif with a frame far away": gif(1, 1, left=65_000),
    "wide lossless webp": lossless(16384, 1),
    "narrow lossy webp": lossy(0, 1),
    "wide extended webp": extended(1 << 24, 1),
    "high extended webp": extended(1, 4097),
    "ico with a wide png": ico((16, 16, png(60000, 60000))),
    "ico with a low bitmap": ico((1, 1, bitmap(1, 0))),
    "ico of nothing": ico(),
}
DAMAGED = {
    "ico that counts more than it has": ico((1, 1, bitmap(1, 1)), count=2),
    "ico of zeros": ico((1, 1, bytes(64))),
    "ico cut off": ico((1, 1, bitmap(1, 1)))[:-1],
    "ico of many": ico(*[(1, 1, bitmap(1, 1))] * 33),
    "ico of 65535": b"\x00\x00\x01\x00\xff\xff" + bytes(400_000),
    "jpeg without a frame": jpeg().replace(b"\xff\xc0", b"\xff\xc8"),
    "jpeg with words inside": jpeg()[:20] + b"<script>",
    "jpeg with a short frame": b"\xff\xd8\xff\xc0\x00\x07" + bytes(20),
    "jpeg of filling bytes": b"\xff\xd8" + b"\xff" * 1000,
    "lossy webp of zeros": webp(b"VP8 ", bytes(10)),
    "lossless webp of zeros": webp(b"VP8L", bytes(10)),
    "webp of an unknown kind": webp(b"ANIM", bytes(30)),
    "png that does not begin with its header": png().replace(b"IHDR", b"IDAT"),
}


@pytest.mark.parametrize("content", SIDES.values(), ids=SIDES)
def test_a_picture_with_sides_of_nothing_or_too_many_pixels_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidRecord, match="pixels"):
        recognised(content)


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_picture_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidRecord, match="damaged"):
        recognised(content)


def test_a_picture_of_more_than_half_a_mebibyte_is_refused() -> None:
    assert recognised(png().ljust(LARGEST, b"\0")).media_type == "image/png"
    with pytest.raises(InvalidRecord, match="512 KiB"):
        recognised(png().ljust(LARGEST + 1, b"\0"))


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "SVG"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- x --><SVG/>', "SVG"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "HTML"),
        (b"\n <html>", "HTML"),
        (b"", "PNG"),
        (b"GIF90a" + bytes(20), "PNG"),
        (b"BM" + bytes(60), "PNG"),
        (b"%PDF-1.7", "PNG"),
    ],
    ids=["svg", "svg-in-xml", "html", "html-later", "nothing", "gif-of-no-version", "bmp", "pdf"],
)
def test_R03_what_is_no_picture_is_refused_and_named(content: bytes, named: str) -> None:
    with pytest.raises(InvalidRecord, match=named):
        recognised(content)


@given(
    st.builds(
        lambda begin, rest, end: begin[: len(begin) - end] + rest,
        st.sampled_from([content for content, _ in WHOLE.values()] + [b"", b"<svg", b"\xff\xd8\xff", b"\0\0\1\0"]),
        st.binary(max_size=200),
        st.integers(0, 40),
    )
)
def test_any_bytes_are_a_picture_of_some_size_or_refused(content: bytes) -> None:
    try:
        picture = recognised(content)
    except InvalidRecord:
        return
    assert 1 <= picture.width <= 4096
    assert 1 <= picture.height <= 4096
