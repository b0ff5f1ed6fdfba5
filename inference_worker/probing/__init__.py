"""Probes: the site's questions about a version, asked through the worker and measured."""

from __future__ import annotations

from inference_worker.probing.runs import ProbeRunner

__all__ = ["ProbeRunner"]
