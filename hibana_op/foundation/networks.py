"""Networks in the notation of RFC 4632 and RFC 4291 §2.3, and whether an address is in one of them."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_MAPPED = IPv6Network("::ffff:0:0/96")  # IPv4 addresses as some sockets write them, RFC 4291 §2.5.5.2


def read(text: str) -> str:
    """A network or a single address in its one usual form; ValueError says what is wrong with it."""
    written = text.strip()
    if "%" in written:
        raise ValueError(f"{written} names an interface of one machine; leave out what follows the %")
    try:
        network = ip_network(written, strict=False)
    except ValueError:
        raise ValueError(f"{written} is no network; write 192.0.2.0/24, 2001:db8::/32 or a single address") from None
    address = ip_address(written.partition("/")[0])
    if address != network.network_address:
        raise ValueError(f"{written} is an address inside a network; write {network} or {address}")
    return str(_unmapped(network))


def covers(networks: Iterable[str], ip: str | None) -> bool:
    """Whether a caller's address is in one of these networks; an unknown one is in none."""
    if ip is None:
        return False
    address = ip_address(ip.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in ip_network(each) for each in networks)


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        return IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - _MAPPED.prefixlen))
    return network
