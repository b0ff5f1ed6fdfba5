"""The headers that every answer carries, whoever gives it: Django, the edge, or uvicorn."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from csp.utils import build_policy
from django.conf import settings

_NO_FEATURES = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation",
    "gyroscope", "magnetometer", "microphone", "midi", "payment", "usb", "xr-spatial-tracking",
)  # fmt: skip


@cache
def security_headers() -> dict[str, str]:
    """Return each header's name, in lower case, and what it says where an answer says nothing."""
    transport = [f"max-age={settings.SECURE_HSTS_SECONDS}"]
    transport += ["includeSubDomains"] if settings.SECURE_HSTS_INCLUDE_SUBDOMAINS else []
    transport += ["preload"] if settings.SECURE_HSTS_PRELOAD else []
    hsts = {"strict-transport-security": "; ".join(transport)}
    return {
        "content-security-policy": build_policy(),
        "cross-origin-opener-policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": ", ".join(f"{name}=()" for name in _NO_FEATURES),
        "referrer-policy": settings.SECURE_REFERRER_POLICY,
        "x-content-type-options": "nosniff",
        "x-frame-options": settings.X_FRAME_OPTIONS,
        **(hsts if settings.SECURE_HSTS_SECONDS else {}),
    }


def missing_headers(names: Iterable[str]) -> dict[str, str]:
    """Return those of ``security_headers`` that are not among these names."""
    said = {name.lower() for name in names}
    return {name: value for name, value in security_headers().items() if name not in said}
