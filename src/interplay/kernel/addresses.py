"""Whose an address is, for counting: what one household or one machine has is counted as one."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Network, ip_address

PREFIX_BITS = 64
"""Of IPv6 one line has all that share so many bits, so whoever has one has 2⁶⁴."""
REMEMBERED_MAX = 4_096

_NAT64 = IPv6Network("64:ff9b::/96")


@lru_cache(maxsize=REMEMBERED_MAX)
def network(address: str) -> str:
    """Return what an address is counted as. Proxies may write a port behind it; what is none stays as it is.

    Where one socket hears both protocols, `::ffff:198.51.100.7` is the IPv4 address in it (RFC 4291, 2.5.5.2).
    So is `64:ff9b::198.51.100.7` where the network speaks IPv6 only and translates what comes from outside (RFC 6052).
    """
    text = address.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        one = ip_address(text)
    except ValueError:
        return address
    if one.version == 4:
        return str(one)
    if one.ipv4_mapped is not None:
        return str(one.ipv4_mapped)
    if one in _NAT64:
        return str(IPv4Address(int(one) & 0xFFFF_FFFF))
    return str(IPv6Network((int(one), PREFIX_BITS), strict=False))
