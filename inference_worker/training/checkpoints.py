"""The checkpoints that the project ships: one folder each, named by its slug."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from inference_worker.settings import SHIPPED

WEIGHTS: Final = "model.safetensors"
CATALOGUE_ENTRY: Final = "arena.json"  # what the site reads; see card.py


def shipped() -> list[Path]:
    """Folders of the shipped checkpoints, by slug."""
    return sorted(path.parent for path in SHIPPED.glob(f"*/{WEIGHTS}"))


def revision(folder: Path) -> str:
    """SHA-256 of the weights, hexadecimal: the immutable name of what answers."""
    return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
