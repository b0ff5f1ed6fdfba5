"""What a visitor may ask for, and whether there is room for it now."""

from __future__ import annotations

from arena.gates.services.rates import admit, admit_reader, is_admitted, spend
from arena.gates.services.room import NoRoom, WaitingPlace, place, place_ahead, refuse_if_full

__all__ = [
    "NoRoom",
    "WaitingPlace",
    "admit",
    "admit_reader",
    "is_admitted",
    "place",
    "place_ahead",
    "refuse_if_full",
    "spend",
]
