"""JSON from strangers means one thing or is refused."""

import pytest

from hibana_op.foundation.strict_json import DEEPEST, read_object
from tests.foundation.forged import takes_long


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"{}", {}),
        (b' {"a" : [1, 2.5, true, null, "\\u706b"]}\n', {"a": [1, 2.5, True, None, "火"]}),
        ('{"名前":"火花"}'.encode(), {"名前": "火花"}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "😀"}),
        (b'{"a":{"b":1},"c":{"b":2}}', {"a": {"b": 1}, "c": {"b": 2}}),
        (b'{"n":[-999999999999999999,999999999999999999]}', {"n": [-(10**18 - 1), 10**18 - 1]}),
    ],
)
def test_an_object_is_read(raw: bytes, value: dict[str, object]) -> None:
    assert read_object(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b"{",
        b"{} x",
        b"{}{}",
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b'{"a":1,"\\u0061":2}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":1234567890123456789}',
        b'{"a":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"a":"\xff"}',
        b'{"a":"\x00"}',
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-32"),
        nested(DEEPEST + 1),
        nested(5000),
        b'{"a":' + b"[" * 60_000,
        b'{"a":' + b"[" * 100 + b"]" * 100 + b"}",
    ],
)
def test_S02_anything_else_is_refused_cheaply(raw: bytes) -> None:
    def attempt() -> None:
        with pytest.raises(ValueError):  # noqa: PT011 -- the decoder's own words
            read_object(raw)

    assert not takes_long(attempt)


def test_the_deepest_that_is_read() -> None:
    assert read_object(nested(DEEPEST))
