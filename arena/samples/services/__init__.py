"""Choosing sample pictures, and preparing battles on them."""

from __future__ import annotations

from arena.samples.services.choosing import choose_sample
from arena.samples.services.preparing import discard_outdated, prepare_battle, take_prepared

__all__ = ["choose_sample", "discard_outdated", "prepare_battle", "take_prepared"]
