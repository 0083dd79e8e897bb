"""Which addresses a tenant may have us connect to: a list of our own, whatever Python's version thinks.

Sources: the IANA special-purpose registries of IPv4 and IPv6 (RFC 6890 and later), the multicast blocks (RFC
5771, RFC 4291), site-local addresses (RFC 3879), 6to4 (RFC 3056), Teredo (RFC 4380), NAT64 (RFC 6052, RFC
8215), and the vendors' pages on the metadata services of their clouds.
"""

from __future__ import annotations

from enum import Enum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address


class Reach(Enum):
    """Who may connect to an address for a tenant."""

    PUBLIC = "public"
    PRIVATE = "private"
    """Only where the host allowed it for the installation."""
    NEVER = "never"


PRIVATE = tuple(
    ip_network(each)
    for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10")
)
"""Networks of a district or a host."""
METADATA = frozenset(
    ip_address(each)
    for each in (
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
    )
)
"""Where clouds hand out credentials to whoever asks from inside."""
SPECIAL = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "100:0:0:1::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
        "5f00::/16",
        "fe80::/10",
        "ff00::/8",
    )
)
EMBEDDING: tuple[tuple[IPv6Network, int], ...] = (
    (IPv6Network("::/96"), 0),
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("2002::/16"), 80),
)
"""Networks whose addresses hold an IPv4 address, and how many bits follow it."""
MAPPED = IPv6Network("::ffff:0:0/96")


def reach(text: str) -> Reach:
    """Who may connect to an address. Raises ValueError for what is none."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = embedded(address)
        if inner is not None:
            judged = _judge(inner)
            return judged if judged is not Reach.PUBLIC or address in MAPPED else Reach.NEVER
    return _judge(address)


def embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    for network, bits in EMBEDDING:
        if address in network:
            return IPv4Address((int(address) >> bits) & 0xFFFFFFFF)
    return None


def _judge(address: Address) -> Reach:
    if address in METADATA or any(address in each for each in SPECIAL):
        return Reach.NEVER
    return Reach.PRIVATE if any(address in each for each in PRIVATE) else Reach.PUBLIC
