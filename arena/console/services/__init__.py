"""What the console does: previews of the draw, trials of the gates, alarms."""

from __future__ import annotations

from arena.console.services.alarms import note_alarms, tell_alarms, try_receivers
from arena.console.services.blurring import blur_for_operator
from arena.console.services.sampling import preview_invited, preview_sampling
from arena.console.services.trials import try_gates

__all__ = [
    "blur_for_operator",
    "note_alarms",
    "preview_invited",
    "preview_sampling",
    "tell_alarms",
    "try_gates",
    "try_receivers",
]
