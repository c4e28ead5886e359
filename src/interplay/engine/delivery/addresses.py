"""Which addresses may be called: nobody's document may make the server speak with the machines beside it.

A URL is looked at twice: as text when its document is applied, and every time before it is called, when its name has
become addresses. The call then goes to the very address that was looked at.
"""

import ipaddress
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

from interplay.kernel.errors import AppError

URL_CHARS_MAX = 2_000
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
METADATA = frozenset(
    ipaddress.ip_address(one)
    for one in ("169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254")
)
"""Where clouds hand out a machine's credentials: link-local mostly, but not everywhere."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def checked_url(url: str, *, are_private_allowed: bool) -> SplitResult:
    """Return the parts of a URL that may be named in a document. Raises AppError `delivery.url.*`."""
    try:
        parts = urlsplit(url)
        port_is_well = parts.port is None or parts.port > 0
    except ValueError:
        raise AppError("delivery.url.form", given=url) from None
    is_printable = url.isascii() and url.isprintable() and " " not in url
    if not parts.hostname or not port_is_well or not is_printable or parts.fragment or len(url) > URL_CHARS_MAX:
        raise AppError("delivery.url.form", given=url)
    if parts.username is not None or parts.password is not None:
        raise AppError("delivery.url.password", given=parts.hostname)
    is_plain_allowed = are_private_allowed or parts.hostname in LOOPBACK_NAMES
    if parts.scheme != "https" and not (parts.scheme == "http" and is_plain_allowed):
        raise AppError("delivery.url.scheme", given=url)
    with suppress(ValueError):  # a name: it is looked at when it has become an address
        ipaddress.ip_address(parts.hostname)
        chosen_address(parts.hostname, [parts.hostname], are_private_allowed=are_private_allowed)
    return parts


def chosen_address(host: str, found: Iterable[str], *, are_private_allowed: bool) -> str:
    """Return the first of the addresses that a name has. Raises AppError `delivery.address` when one is forbidden.

    One is enough: that a public name has an inner address as well is no accident.
    """
    addresses = list(dict.fromkeys(found))
    for address in addresses:
        is_allowed = _is_allowed(
            _real(ipaddress.ip_address(address.partition("%")[0])),
            are_private_allowed=are_private_allowed,
            is_loopback_meant=host in LOOPBACK_NAMES,
        )
        if not is_allowed:
            raise AppError("delivery.address", host=host, address=address)
    if not addresses:
        raise AppError("delivery.no_address", host=host)
    return addresses[0]


def _is_allowed(address: Address, *, are_private_allowed: bool, is_loopback_meant: bool) -> bool:
    if address in METADATA or address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    if address.is_loopback:
        return is_loopback_meant or are_private_allowed
    return address.is_global or (are_private_allowed and not address.is_reserved)


def _real(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, where it stands for one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
    return address if inner is None else inner
