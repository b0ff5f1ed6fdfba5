"""Settings of the catalogue: keys of endpoints, where models may be, whether the Hub is asked."""

from __future__ import annotations

from arena.config.env import env

__all__ = ["ENDPOINT_ALLOW", "HUB", "HUB_ENDPOINT", "MODEL_DIRS", "SEALING_KEYS"]

SEALING_KEYS = env.sealing_keys()
"""Fernet keys, newest first, that seal an endpoint's key for the worker."""
ENDPOINT_ALLOW = env.endpoint_allow()
"""Hosts, ports and networks that an endpoint may have although they are private or plain http."""
HUB = env.flag("ARENA_HUB", default=False)
"""The Hub is asked for metadata when an operator adds a model; weights are the worker's matter."""
HUB_ENDPOINT = env.text("HF_ENDPOINT", "").rstrip("/")
"""The address of a mirror in place of the Hub; empty for the Hub."""
MODEL_DIRS = env.folders("ARENA_MODEL_DIRS")
"""Below these an operator's models may lie, where this program sees the worker's folders."""
