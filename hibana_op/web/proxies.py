"""Whose word about a caller's address counts: X-Forwarded-For behind the configured reverse proxies only."""

import ipaddress
from collections.abc import Iterator, Sequence
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Proxies:
    """The networks of our own reverse proxies."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._networks = [ipaddress.ip_network(network) for network in trusted]
        self.client = lru_cache(maxsize=4096)(self._client)
        self.is_trusted = lru_cache(maxsize=4096)(self._is_trusted)

    def _is_trusted(self, peer: str | None) -> bool:
        """Whether the machine at the other end of the connection is one of our proxies."""
        address = _address(peer) if peer and self._networks else None
        return address is not None and self._covers(address)

    def _client(self, peer: str | None, forwarded: bytes | None) -> str | None:
        """The caller's address: the rightmost one that is not a proxy of ours, in its canonical form."""
        client = _address(peer) if peer else None
        if client is None:
            return None
        for hop in _hops(forwarded):
            if not self._covers(client):
                break
            address = _address(hop)
            if address is None:
                break  # what stands to the left of nonsense was not written by a proxy of ours
            client = address
        return str(client)

    def _covers(self, address: Address) -> bool:
        return any(address in network for network in self._networks if network.version == address.version)


def _hops(forwarded: bytes | None) -> Iterator[str]:
    """The addresses from right to left, the nearest first."""
    if forwarded:
        yield from (hop.strip() for hop in reversed(forwarded.decode("latin-1").split(",")))


def _address(text: str) -> Address | None:
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
