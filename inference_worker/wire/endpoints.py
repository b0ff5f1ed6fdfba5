"""Which addresses a server may be made to call: public ones over https, and those allowed.

An operator types base URLs, and whoever becomes an operator must not read the inside of the network
through them. Both programs ask here: the site when one is saved, the worker at each call, where it
connects to the very address that was judged: a name that answers differently the next time gains
nothing.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# What leads to one machine on the public internet: global unicast, without what IANA's registries
# of special-purpose addresses set apart. Spelt out, because libraries disagree between releases.
_GLOBAL_6 = IPv6Network("2000::/3")
_SPECIAL = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a provider's customers
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, where clouds keep their metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4, deprecated
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID and others
        "2001:db8::/32",  # documentation
        "3ffe::/16",  # the 6bone, returned
        "3fff::/20",  # documentation
    )
)

# Addresses that carry an IPv4 address and lead to it, and by how many bits it is shifted.
_CARRIERS = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped
    (IPv6Network("64:ff9b::/96"), 0),  # translated by the well-known prefix
    (IPv6Network("2002::/16"), 80),  # 6to4
)

_UNREADABLE = (
    "{!r} is none of: a host, host:port, an address, address:port, [IPv6 address]:port, a network"
)
_NAME = re.compile(r"[^\W_](?:[\w.-]*\w)?\.?")


class ForbiddenEndpoint(ValueError):
    """This URL is not to be called; the message says why, in words for an operator."""


@dataclass(frozen=True, slots=True)
class ResolvedEndpoint:
    """A URL that may be called, and where to connect for it."""

    host: str
    address: str


@dataclass(frozen=True, slots=True)
class EndpointExemption:
    """A name or a network, on one port or on all, that may be private and plain http."""

    name: str
    network: Network | None
    port: int | None

    def covers(self, host: str, address: Address, port: int) -> bool:
        """Return whether this is the host by its name, or the address lies in the network."""
        if self.port not in (None, port):
            return False
        return address in self.network if self.network is not None else host == self.name


def read_exemption(entry: str) -> EndpointExemption:
    """Read ``host``, ``host:port``, an address with or without a port (an IPv6 address with one
    in brackets), or a network. Raises ValueError with a sentence for anything else."""
    host, port = _host_and_port(entry)
    try:
        return EndpointExemption("", ip_network(host, strict=False), port)
    except ValueError:
        if not _NAME.fullmatch(host) or host.replace(".", "").isdigit():
            raise ValueError(_UNREADABLE.format(entry)) from None
    return EndpointExemption(host.lower().rstrip("."), None, port)


def resolve(url: str, *, allow: Iterable[str] = ()) -> ResolvedEndpoint:
    """Judge a URL. ``allow`` holds what ``exemption`` reads. Raises ForbiddenEndpoint. May wait for
    the system's resolver."""
    parts = _split(url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    exemptions = [read_exemption(entry) for entry in allow]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ForbiddenEndpoint(f"{host} has no address") from error
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not all(any(one.covers(host, a, port) for one in exemptions) for a in addresses):
        if parts.scheme != "https":
            raise ForbiddenEndpoint(f"{host} must be called over https")
        if not all(is_public(address) for address in addresses):
            raise ForbiddenEndpoint(f"{host} is not a public address")
    return ResolvedEndpoint(host=host, address=str(addresses[0]))


def is_public(address: Address) -> bool:
    """Return whether it leads to one public machine, also by an IPv4 address inside it."""
    for network, shift in _CARRIERS:
        if address in network:
            return is_public(IPv4Address(int(address) >> shift & 0xFFFFFFFF))
    if isinstance(address, IPv6Address) and address not in _GLOBAL_6:
        return False
    return not any(address in network for network in _SPECIAL)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # raises ValueError for a port that is none
    except ValueError as error:
        raise ForbiddenEndpoint(f"not a URL: {error}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ForbiddenEndpoint("not an http or https URL")
    if parts.username is not None or parts.password is not None:
        raise ForbiddenEndpoint("a URL with a user name in it")
    if any(character.isspace() or character == "\\" for character in url):
        raise ForbiddenEndpoint("a URL with spaces or backslashes")
    return parts


def _host_and_port(entry: str) -> tuple[str, int | None]:
    """The port is what stands behind the last colon, but for a bare IPv6 address or network."""
    host, colon, port = entry.rpartition(":")
    if entry.startswith("["):
        host, colon, port = entry[1:].partition("]:")
        if not colon and host.endswith("]"):
            return host.removesuffix("]"), None
        host = host if colon else entry
    elif not colon or ":" in host:
        return entry, None
    if not colon:
        return host, None
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536) or "/" in host:
        raise ValueError(_UNREADABLE.format(entry))
    return host, int(port)
