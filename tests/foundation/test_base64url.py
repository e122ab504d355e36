"""Base64url in one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hibana_op.foundation import base64url


@given(some.binary(max_size=64))
def test_what_was_encoded_is_decoded(raw: bytes) -> None:
    text = base64url.encode(raw)

    assert base64url.decode(text) == raw
    assert "=" not in text


@pytest.mark.parametrize(
    "text",
    [
        "QQ==",
        "QQ=",
        "QR",
        "QUJ",
        "Q",
        "QUJD\n",
        " QUJD",
        "QU JD",
        "QU+D",
        "QU/D",
        "QU.D",
        "ＱＵＪＤ",
        "QUJ\ud800",
        "=",
        "%",
    ],
)
def test_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- several kinds, all of them ValueError
        base64url.decode(text)
