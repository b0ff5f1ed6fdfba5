"""The forms that collected series have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

K = TypeVar("K", bound="str | tuple[str, ...]")


def gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    """Return a gauge of one number."""
    return GaugeMetricFamily(name, says, value=value)


def gauges(
    name: str, says: str, labels: tuple[str, ...], values: Mapping[K, float]
) -> GaugeMetricFamily:
    """A number for each label, or for each tuple of them."""
    family = GaugeMetricFamily(name, says, labels=labels)
    for key, value in values.items():
        family.add_metric([key] if isinstance(key, str) else key, value)
    return family


def age(then: datetime | None) -> float:
    """Seconds since then by this machine's clock; 0 for what has not been."""
    return max(0.0, (timezone.now() - then).total_seconds()) if then else 0.0
