"""Forms with files: taken apart within bounds, and refused where they are not what they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.foundation.errors import InvalidRequest
from hibana_op.web import parts

TYPE = "multipart/form-data; boundary=here"
FILE = 'form-data; name="logo"; filename="logo.png"'


def body(*fields: tuple[str, bytes], end: bytes = b"--here--\r\n") -> bytes:
    """A body of these parts: what its disposition says, and what is in it."""
    written = (
        b"--here\r\nContent-Disposition: " + disposition.encode() + b"\r\n\r\n" + content + b"\r\n"
        for disposition, content in fields
    )
    return b"".join(written) + end


def field(name: str, content: bytes = b"x") -> tuple[str, bytes]:
    return f'form-data; name="{name}"', content


def test_fields_and_files_are_told_apart() -> None:
    form, files = parts.read(
        TYPE, body(field("name", "アクメ".encode()), (FILE, b"\x89PNG\r\n--her"), field("empty", b""))
    )
    assert (form.maybe("name"), form.maybe("empty"), files) == ("アクメ", None, {"logo": b"\x89PNG\r\n--her"})


def test_a_file_that_nobody_chose_is_not_there() -> None:
    assert parts.read(TYPE, body(('form-data; name="logo"; filename=""', b"")))[1] == {}


@pytest.mark.parametrize(
    ("content_type", "sent"),
    [
        ("multipart/form-data", body(field("a"))),
        ("multipart/form-data; boundary=" + "b" * 71, body(field("a"))),
        ("multipart/form-data; boundary=other", body(field("a"))),
        (TYPE, b""),
        (TYPE, b"no parts at all"),
        (TYPE, body(field("a"), end=b"")),
        (TYPE, body(field("a"), field("a"))),
        (TYPE, body(field("logo"), (FILE, b"x"))),
        (TYPE, body(("form-data", b"x"))),
        (TYPE, body(('attachment; name="a"', b"x"))),
        (TYPE, body(field("n" * 65))),
        (TYPE, body(field("a", b"\xff"))),
        (TYPE, body(field("a", b"a\0b"))),
        (TYPE, body(field("a", b"x" * (parts.LONGEST_FIELD + 1)))),
        (TYPE, body(*(field(f"f{number}") for number in range(parts.MOST_PARTS + 1)))),
        (TYPE, b"--here\r\n" + b"X-Long: " + b"x" * 10_000 + b"\r\n\r\nx\r\n--here--\r\n"),
        (TYPE, b"--here\r\n" + b"X: y\r\n" * 50 + b"\r\nx\r\n--here--\r\n"),
    ],
)
def test_S01_what_is_malformed_or_too_much_is_refused(content_type: str, sent: bytes) -> None:
    with pytest.raises(InvalidRequest):
        parts.read(content_type, sent)


@given(st.binary(max_size=400), st.binary(max_size=60))
def test_S03_nothing_but_a_refusal_comes_of_noise(noise: bytes, disposition: bytes) -> None:
    for sent in (noise, b"--here\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + noise + b"\r\n--here--"):
        try:
            form, files = parts.read(TYPE, sent)
        except InvalidRequest:
            continue
        assert len(form.values) + len(files) <= parts.MOST_PARTS
