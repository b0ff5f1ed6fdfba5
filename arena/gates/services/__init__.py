"""Services that check what a visitor may ask for, and whether there is room for it now."""

from __future__ import annotations

from arena.gates.refusals import NoRoom, no_room
from arena.gates.services.passing import gate_reports, pass_gates
from arena.gates.services.rates import ReaderAllowance, admit, admit_reader, is_admitted
from arena.gates.services.room import WaitingPlace, place, place_ahead, refuse_if_full

__all__ = [
    "NoRoom",
    "ReaderAllowance",
    "WaitingPlace",
    "admit",
    "admit_reader",
    "gate_reports",
    "is_admitted",
    "no_room",
    "pass_gates",
    "place",
    "place_ahead",
    "refuse_if_full",
]
