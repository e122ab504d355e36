"""Networks, and whether an address is in one: both versions, in every form that a socket or a person writes."""

import pytest

from hibana_op.foundation.networks import covers, read


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        (" 192.0.2.7 ", "192.0.2.7/32"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("::/0", "::/0"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
    ],
)
def test_P08_a_network_is_kept_in_one_form(written: str, kept: str) -> None:
    assert read(written) == kept
    assert read(kept) == kept


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "no network"),
        ("the office", "no network"),
        ("192.0.2.0/33", "no network"),
        ("192.0.2", "no network"),
        ("192.0.02.1", "no network"),
        ("192.0.2.1-192.0.2.9", "no network"),
        ("192.0.2.7/24", "write 192.0.2.0/24 or 192.0.2.7"),
        ("2001:db8::1/64", "write 2001:db8::/64 or 2001:db8::1"),
        ("fe80::1%eth0", "interface"),
    ],
)
def test_what_is_no_network_is_refused_with_the_mend(written: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read(written)


@pytest.mark.parametrize(
    ("networks", "ip", "expected"),
    [
        (["192.0.2.0/24"], "192.0.2.255", True),
        (["192.0.2.0/24"], "192.0.3.0", False),
        (["192.0.2.0/24"], "::ffff:192.0.2.1", True),
        (["192.0.2.0/24"], "::ffff:c000:0201", True),
        (["192.0.2.0/24"], "::192.0.2.1", False),
        (["2001:db8::/32"], "2001:db8:ffff::1", True),
        (["2001:db8::/32"], "2001:db9::1", False),
        (["fe80::/10"], "fe80::1%eth0", True),
        (["0.0.0.0/0"], "2001:db8::1", False),
        (["::/0"], "192.0.2.1", False),
        (["::/0"], "::ffff:192.0.2.1", False),
        (["198.51.100.0/24", "192.0.2.1/32"], "192.0.2.1", True),
        (["0.0.0.0/0", "::/0"], None, False),
        ([], "192.0.2.1", False),
    ],
)
def test_P08_an_address_is_in_a_network_whatever_form_it_comes_in(
    networks: list[str], ip: str | None, expected: bool
) -> None:
    assert covers(networks, ip) is expected
