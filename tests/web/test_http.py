"""Headers as the endpoints see them."""

from hibana_op.web.http import read_headers


def test_headers_that_come_twice_are_never_a_credential() -> None:
    read = read_headers(
        {
            "headers": [
                (b"authorization", b"Basic one"),
                (b"cookie", b"a=1"),
                (b"origin", b"https://one.example"),
                (b"authorization", b"Basic two"),
                (b"cookie", b"b=2; c=3"),
                (b"origin", b"https://two.example"),
            ]
        }
    )

    assert read == {"authorization": "", "cookie": "a=1; b=2; c=3", "origin": "https://one.example"}
