"""Where a request comes from, as a bucket that can't be turned back into an address."""

from __future__ import annotations

import hashlib
import hmac
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

V4_PREFIX, V6_PREFIX = 24, 64


def network_bucket(request: HttpRequest) -> str:
    """Return a keyed hash of the visitor's /24 or /64: enough for a limit, not for a person."""
    return bucket_of(client_address(request))


def client_address(request: HttpRequest) -> str:
    """The address that the outermost trusted proxy saw.

    Entries left of it are what the client wrote itself, so they are never looked at.
    """
    remote = str(request.META.get("REMOTE_ADDR", ""))
    return forwarded_address(remote, request.headers.get("X-Forwarded-For", ""))


def forwarded_address(remote: str, header: str) -> str:
    """Return what ``client_address`` does, from the connection's address and X-Forwarded-For."""
    if not settings.PROXY_HOPS:
        return remote
    forwarded = [part.strip() for part in header.split(",")]
    hops = [part for part in forwarded if part]
    return hops[-settings.PROXY_HOPS] if len(hops) >= settings.PROXY_HOPS else remote


def bucket_of(address: str) -> str:
    """What can't be read as an address shares one bucket."""
    try:
        prefix = _prefix(address)
    except ValueError:
        prefix = "unknown"
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, b"network:" + prefix.encode(), hashlib.sha256).hexdigest()[:32]


def _prefix(address: str) -> str:
    """A dual-stack socket writes IPv4 as ::ffff:192.0.2.1: those are not one /64."""
    parsed = ip_address(_bare(address))
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((parsed.packed, V6_PREFIX), strict=False))
    v4 = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else parsed
    return str(ip_network((str(v4), V4_PREFIX), strict=False))


def _bare(address: str) -> str:
    """Without what a proxy writes around an address: quotes, brackets, a port, a zone."""
    address = address.strip().strip('"').strip()
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    return address.partition("%")[0]
