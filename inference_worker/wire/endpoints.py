"""Which addresses a server may be made to call: public ones over https, and those allowed.

An operator types base URLs, and whoever becomes an operator must not read the inside of the network
through them. Both programs ask here: the site when one is saved, the worker at each call, where it
connects to the very address that was judged: a name that answers differently the next time gains
nothing.
"""

from __future__ import annotations

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

# Addresses that carry an IPv4 address in their last 32 bits and lead to it.
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))


class ForbiddenEndpoint(ValueError):
    """This URL is not to be called; the message says why, in words for an operator."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A URL that may be called, and where to connect for it."""

    host: str
    address: str


def resolve(url: str, *, allow: Iterable[str] = ()) -> Endpoint:
    """Judge a URL. ``allow`` holds names, addresses and networks that are exempt: they may be
    private, and plain http. Raises ForbiddenEndpoint. May wait for the system's resolver."""
    parts = _split(url)
    host = (parts.hostname or "").rstrip(".")
    names, networks = _read(allow)
    addresses = _addresses(host, parts)
    exempt = host in names or all(
        any(address in network for network in networks) for address in addresses
    )
    if not exempt:
        if parts.scheme != "https":
            raise ForbiddenEndpoint(f"{host} must be called over https")
        if not all(_is_public(address) for address in addresses):
            raise ForbiddenEndpoint(f"{host} is not a public address")
    return Endpoint(host=host, address=str(addresses[0]))


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


def _read(allow: Iterable[str]) -> tuple[set[str], list[Network]]:
    names: set[str] = set()
    networks: list[Network] = []
    for entry in allow:
        try:
            networks.append(ip_network(entry, strict=False))
        except ValueError:
            names.add(entry.lower().rstrip("."))
    return names, networks


def _addresses(host: str, parts: SplitResult) -> list[Address]:
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ForbiddenEndpoint(f"{host} has no address") from error
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = _inner(address)
        if inner is not None:
            return _is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to."""
    if any(address in network for network in _TRANSLATED) and int(address) > 1:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
