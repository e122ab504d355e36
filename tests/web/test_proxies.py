"""Whose word about an address is taken."""

import pytest

from hibana_op.web.proxies import Proxies

PROXIES = Proxies(["10.0.0.0/8", "2001:db8::/32"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", b"1.2.3.4", "203.0.113.9"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", b"", "10.0.0.1"),
        ("10.0.0.1", b"203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", b"1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", b"203.0.113.9, 10.9.9.9,10.8.8.8", "203.0.113.9"),
        ("10.0.0.1", b"10.1.1.1,10.2.2.2", "10.1.1.1"),
        ("10.0.0.1", b"203.0.113.9:4711", "203.0.113.9"),
        ("10.0.0.1", b"[2001:db9::1]:4711", "2001:db9::1"),
        ("10.0.0.1", b"2001:DB9:0:0::1", "2001:db9::1"),
        ("10.0.0.1", b"::ffff:203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", b"fe80::1%eth0", "fe80::1"),
        ("::ffff:10.0.0.1", b"203.0.113.9", "203.0.113.9"),
        ("2001:db8::1", b"203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", b"203.0.113.9, unknown", "10.0.0.1"),
        ("10.0.0.1", b"203.0.113.9, nonsense, 10.2.2.2", "10.2.2.2"),
        ("10.0.0.1", b"\xff\xfe", "10.0.0.1"),
        ("10.0.0.1", b"127.0.0.1.evil", "10.0.0.1"),
        ("not an address", b"203.0.113.9", None),
        (None, b"203.0.113.9", None),
    ],
)
def test_G07_the_client_is_the_rightmost_address_that_is_no_proxy_of_ours(
    peer: str | None, forwarded: bytes | None, client: str | None
) -> None:
    assert PROXIES.client(peer, forwarded) == client


def test_without_proxies_nobody_is_trusted() -> None:
    assert not Proxies([]).is_trusted("127.0.0.1")
    assert PROXIES.is_trusted("::ffff:10.0.0.1")
    assert not PROXIES.is_trusted("nonsense")
    assert not PROXIES.is_trusted(None)
