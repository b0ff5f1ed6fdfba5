"""The network of a request, as a bucket from which no address can be recovered."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

V4_PREFIX, V6_PREFIX = 24, 64
V4_WIDE, V6_WIDE = 16, 48
"""A provider hands a customer a /56 or a /48 of IPv6, so a /64 alone bounds nobody who has one."""


def network_bucket(request: HttpRequest) -> str:
    """Return a keyed hash of the visitor's /24 or /64: enough for a limit, not for a person."""
    return bucket_of(client_address(request))


def wide_network_bucket(request: HttpRequest) -> str:
    """Return a keyed hash of the visitor's /16 or /48: many addresses of one provider."""
    return bucket_of(client_address(request), wide=True)


def client_address(request: HttpRequest) -> str:
    """Return the address that the outermost trusted proxy saw.

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


def bucket_of(address: str, *, wide: bool = False) -> str:
    """Return today's bucket of an address; all that can't be read as one share a bucket.

    The day is that of UTC: buckets of two days can't be joined, so that nobody is followed.
    """
    v4_bits, v6_bits = (V4_WIDE, V6_WIDE) if wide else (V4_PREFIX, V6_PREFIX)
    # A proxy may write quotes, brackets, a port or a zone around it.
    address = address.strip().strip('"').strip()
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        prefix = "unknown"
    else:
        # A dual-stack socket writes IPv4 as ::ffff:192.0.2.1: those are not one /64.
        plain = (parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None) or parsed
        bits = v6_bits if isinstance(plain, IPv6Address) else v4_bits
        prefix = str(ip_network((str(plain), bits), strict=False))
    key, day = settings.SECRET_KEY.encode(), datetime.now(UTC).date().isoformat()
    return hmac.new(key, f"network:{day}:{prefix}".encode(), hashlib.sha256).hexdigest()[:32]
