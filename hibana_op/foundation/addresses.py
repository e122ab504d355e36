"""Where an outgoing request may go: strict https URLs, and addresses of the public internet only."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

_LONGEST_URL = 2048
_LONGEST_HOST = 253
# RFC 3986 without what parsers argue about or a fetch has no use for: user info, fragments, raw brackets.
_URL = re.compile(
    r"https?://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[a-z0-9._~:/@!$&'()*+,;=%-]*)?(?P<query>\?[a-z0-9._~:/?@!$&'()*+,;=%-]*)?",
    re.ASCII | re.IGNORECASE,
)
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # how a last label looks when a resolver takes the host for an IPv4

# The IANA special-purpose registry for IPv4 (RFC 6890 and its updates), and what is as good as special.
_CLOSED_V4 = [
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private, RFC 1918
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's host agent, behind an address that looks public
        "169.254.0.0/16",  # link-local, RFC 3927: cloud metadata lives here
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.31.196.0/24",  # AS112, RFC 7535
        "192.52.193.0/24",  # AMT, RFC 7450
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking, RFC 2544
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and the broadcast address
    )
]
# All of IPv6 that is handed out for unicast. Outside it lie loopback, ULA, link-local, multicast, NAT64,
# IPv4-mapped and IPv4-compatible addresses, and whatever is invented next.
_OPEN_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = [
    ip_network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation, RFC 3849
        "2002::/16",  # 6to4: any IPv4 address, private ones too, in disguise
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation, RFC 9637
    )
]


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of a URL that may be fetched."""

    host: str
    port: int
    path: str  # with the query
    is_plain: bool = False  # http, which never leaves this machine

    @property
    def authority(self) -> str:
        """What the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (80 if self.is_plain else 443) else f"{host}:{self.port}"


class Guard:
    """Says where requests may go; `allow` holds hosts, addresses and networks that need not be public."""

    def __init__(self, allow: Sequence[str] = ()) -> None:
        self._hosts = set()
        self._networks = []
        for entry in allow:
            try:
                self._networks.append(ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                self._hosts.add(entry.lower())

    def admits(self, host: str, address: Address) -> bool:
        """Whether a connection to this address may be opened for this host."""
        return is_public(address) or host in self._hosts or any(address in network for network in self._networks)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    if address.scope_id is not None or address not in _OPEN_V6:
        return False
    return not any(address in network for network in _CLOSED_V6)


def place(ip: str) -> str:
    """What counts as one address of a caller: of IPv6 the network, because a customer has a whole one."""
    address = ip_address(ip)
    return str(address if address.version == 4 else IPv6Network((address, 64), strict=False))


def parse(url: str, *, plain_here: bool = False) -> Target:
    """Take an https URL apart; ValueError for everything that two programs might read differently.

    `plain_here`: http may do as well, when it goes to this very machine.
    """
    if len(url) > _LONGEST_URL:
        raise ValueError(f"the URL is longer than {_LONGEST_URL} characters")
    is_plain = plain_here and url.lower().startswith("http://")
    if not is_plain and not url.lower().startswith("https://"):
        raise ValueError("the URL does not begin with https://")
    parts = _URL.fullmatch(url)
    if parts is None:
        raise ValueError("the URL is not of the plain form https://host:port/path?query")
    port = int(parts["port"] or (80 if is_plain else 443))
    if not 1 <= port <= 65535:
        raise ValueError("the URL's port is not between 1 and 65535")
    host = _host(parts["host"].lower())
    if is_plain and host not in _HERE:
        raise ValueError("the URL begins with http:// and does not lead to this machine")
    return Target(host, port, f"{parts['path'] or '/'}{parts['query'] or ''}", is_plain)


def _host(host: str) -> str:
    """The host as we connect to it: a plain name, or an address in its one usual form."""
    if host.startswith("["):
        try:
            return str(IPv6Address(host[1:-1]))
        except ValueError:
            raise ValueError("the URL's host is not an IPv6 address") from None
    labels = host.split(".")
    if len(host) > _LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("the URL's host is not a host name")
    if not _NUMBER.fullmatch(labels[-1]):
        return host
    try:
        return str(IPv4Address(host))
    except ValueError:
        raise ValueError("the URL's host is an IPv4 address in an unusual form") from None
