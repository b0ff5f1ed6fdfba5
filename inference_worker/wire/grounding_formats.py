"""The names of the grounding formats, without importing them: both programs check an option alike.

What a format means is in its file in ``inference_worker/grounding/formats``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "grounding" / "formats"


@cache
def names() -> frozenset[str]:
    """Return the names of all formats."""
    return frozenset(path.stem for path in FOLDER.glob("*.py")) - {"__init__"}


def checked(name: str) -> str:
    """Return the name of a format, or an empty one for none. Raises ValueError for any other."""
    if name and name not in names():
        raise ValueError(f"grounding: there is no format {name!r}")
    return name
