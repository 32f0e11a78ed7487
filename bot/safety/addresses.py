"""Which addresses belong to the public internet."""

from __future__ import annotations

import ipaddress

_TRANSLATED = tuple(ipaddress.ip_network(one) for one in ("64:ff9b::/96", "::/96"))
"""IPv6 networks whose addresses end in an IPv4 address that is meant."""

_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
"""Addresses that stand for IPv4 addresses in a way that only the network itself knows (RFC 8215)."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet: not private, of this machine, a group's or reserved.

    An IPv6 address that stands for an IPv4 address is as public as that.

    Args:
        address: IPv4 or IPv6, the latter with or without a zone.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo and found.teredo[1])
        if inner is None and any(found in network for network in _TRANSLATED):
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if found.is_site_local or found in _LOCAL:
            return False
    # Some Python releases count groups, or one of these, among the global ones.
    return found.is_global and not (
        found.is_multicast or found.is_reserved or found.is_loopback or found.is_link_local or found.is_unspecified
    )
