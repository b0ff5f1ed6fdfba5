"""Requests of the site to addresses that somebody chose: public ones alone, or those allowed.

The very address that was judged is called, so that a name that answers differently the next time
gains nothing; the certificate is still the host's. Redirects are not followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit, urlunsplit

import httpx

from inference_worker.wire.endpoints import resolve


def outgoing_client(timeout: float) -> httpx.Client:
    """Return a client that takes no proxy from the environment and follows no redirect."""
    return httpx.Client(timeout=timeout, trust_env=False, follow_redirects=False)


def judged_request(
    client: httpx.Client,
    method: str,
    address: str,
    *,
    allow: Iterable[str],
    headers: Mapping[str, str],
    content: bytes | None = None,
) -> httpx.Request:
    """Return a request to an address that may be called. Raises ForbiddenEndpoint.

    ``allow`` names private hosts that may be called nevertheless. May wait for the resolver.
    """
    found = resolve(address, allow=allow)
    parts = urlsplit(address)
    host = f"[{found.address}]" if ":" in found.address else found.address
    place = host if parts.port is None else f"{host}:{parts.port}"
    request = client.build_request(
        method, urlunsplit(parts._replace(netloc=place, fragment="")), content=content
    )
    request.headers.update(headers)
    request.headers["host"] = urlsplit(address).netloc
    request.extensions["sni_hostname"] = found.host
    return request
