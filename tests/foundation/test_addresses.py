"""Which URLs are understood and which addresses are public."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as some

from hibana_op.foundation.addresses import Guard, Target, is_public, parse, place

SPECIAL_V4 = [
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade NAT"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "6to4 relays"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/3", "multicast and reserved"),
]
PUBLIC = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::1",
    "2400:cb00::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:800::200e",
]
BAD_URLS = [
    "",
    "rp.test",
    "//rp.test/",
    "http://rp.test/",
    "ftp://rp.test/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/plain,x",
    "gopher://rp.test/",
    "https:rp.test",
    "https:/rp.test",
    "https:///rp.test",
    "https://",
    " https://rp.test/",
    "https://rp.test/ ",
    "https://rp.test/a b",
    "https://rp.test/\r\nX: y",
    "https://rp.test\n",
    "https://rp.test/#",
    "https://rp.test#f",
    "https://a:b@rp.test/",
    "https://@rp.test/",
    "https:\\\\rp.test\\",
    "https://rp.test:/",
    "https://rp.test:0/",
    "https://rp.test:65536/",
    "https://rp.test:+1/",
    "https://rp.test:８/",
    "https://rp.test:443:443/",
    "https://rp.test/火",
    "https://例え.test/",
    "https://rp.test/\ud800",
    "https://?x",
    "https://rp.test/" + "a" * 2048,
    "https://" + "a." * 130 + "test/",
    "https://" + "a" * 64 + ".test/",
    "https://rp.test/<x>",
    "https://rp.test/{x}",
    'https://rp.test/"',
    "https://rp.test/^",
    "https://[]/",
]


@pytest.mark.parametrize("network", [network for network, _ in SPECIAL_V4], ids=[f"{n} {m}" for n, m in SPECIAL_V4])
def test_L01_a_special_network_is_closed_from_its_first_to_its_last_address(network: str) -> None:
    inside = IPv4Network(network)

    assert not is_public(inside[0])
    assert not is_public(inside[-1])


@pytest.mark.parametrize(
    "address",
    PUBLIC,
)
def test_public_addresses_are_open(address: str) -> None:
    assert is_public(ip_address(address))


@given(some.integers(0, 2**32 - 1).map(IPv4Address))
def test_L01_what_python_calls_private_is_never_public_here(address: IPv4Address) -> None:
    if not address.is_global or address.is_multicast:
        assert not is_public(address)


@given(some.integers(0, 2**32 - 1).map(IPv4Address))
def test_L01_no_ipv4_address_comes_back_in_the_dress_of_an_ipv6_one(address: IPv4Address) -> None:
    number = int(address)
    for disguised in (
        number,  # compatible
        0xFFFF << 32 | number,  # mapped
        0xFFFF << 48 | number,  # translated
        0x64FF9B << 96 | number,  # NAT64
        0x64FF9B0001 << 80 | number,  # NAT64, local
        0x2002 << 112 | number << 80,  # 6to4
        0x20010000 << 96 | number << 64,  # Teredo, the server
        0x20010000 << 96 | number ^ 0xFFFFFFFF,  # Teredo, the client
    ):
        assert not is_public(IPv6Address(disguised))


@given(some.integers(0, 2**128 - 1).map(IPv6Address))
def test_L01_ipv6_is_public_only_where_unicast_is_handed_out(address: IPv6Address) -> None:
    if is_public(address):
        assert address.exploded[0] in "23"
        assert address.is_global


def test_L01_an_address_with_a_zone_is_not_public() -> None:
    assert not is_public(IPv6Address("2606:4700::1%eth0"))


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "authority"),
    [
        ("https://rp.test", "rp.test", 443, "/", "rp.test"),
        ("HTTPS://RP.Test/Keys?a=b&c", "rp.test", 443, "/Keys?a=b&c", "rp.test"),
        ("https://rp.test:443/", "rp.test", 443, "/", "rp.test"),
        ("https://rp.test:8443?x", "rp.test", 8443, "/?x", "rp.test:8443"),
        ("https://xn--6oq618a.test/%E7%81%AB", "xn--6oq618a.test", 443, "/%E7%81%AB", "xn--6oq618a.test"),
        ("https://my_host/a;b=1,2/~x/@me", "my_host", 443, "/a;b=1,2/~x/@me", "my_host"),
        ("https://1.1.1.1/", "1.1.1.1", 443, "/", "1.1.1.1"),
        ("https://[2606:4700::0:1]:8443/", "2606:4700::1", 8443, "/", "[2606:4700::1]:8443"),
        ("https://1.example", "1.example", 443, "/", "1.example"),
    ],
)
def test_an_ordinary_url_is_taken_apart(url: str, host: str, port: int, path: str, authority: str) -> None:
    target = parse(url)

    assert target == Target(host, port, path)
    assert target.authority == authority


@pytest.mark.parametrize(
    "url",
    BAD_URLS,
    ids=ascii,
)
def test_L01_a_url_that_programs_read_differently_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"^the URL"):
        parse(url)


@pytest.mark.parametrize(
    ("allow", "host", "address", "is_admitted"),
    [
        ([], "rp.test", "10.0.0.1", False),
        ([], "rp.test", "1.1.1.1", True),
        (["rp.test"], "rp.test", "10.0.0.1", True),
        (["RP.test"], "rp.test", "127.0.0.1", True),
        (["rp.test"], "evil-rp.test", "10.0.0.1", False),
        (["rp.test"], "a.rp.test", "10.0.0.1", False),
        (["10.0.0.0/8"], "any.test", "10.9.9.9", True),
        (["10.0.0.1/8"], "any.test", "10.9.9.9", True),
        (["10.0.0.0/8"], "any.test", "192.168.0.1", False),
        (["10.0.0.0/8"], "any.test", "::ffff:10.0.0.1", False),
        (["127.0.0.1"], "127.0.0.1", "127.0.0.1", True),
        (["127.0.0.1"], "127.0.0.2", "127.0.0.2", False),
        (["[::1]"], "::1", "::1", True),
        (["fd00::/8"], "any.test", "fd12::1", True),
    ],
)
def test_what_is_allowed_is_allowed_and_nothing_beside_it(
    allow: list[str], host: str, address: str, is_admitted: bool
) -> None:
    assert Guard(allow).admits(host, ip_address(address)) is is_admitted


@pytest.mark.parametrize(
    ("ip", "counts_as"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::1", "::/64"),
    ],
)
def test_a_customer_counts_as_one_place(ip: str, counts_as: str) -> None:
    assert place(ip) == counts_as
