"""Admin pages of the boards, their snapshots, and the draw plans."""

from __future__ import annotations

from arena.boards.admin.boards import BoardAdmin
from arena.boards.admin.draw_plans import DrawPlanAdmin
from arena.boards.admin.snapshots import SnapshotAdmin

__all__ = ["BoardAdmin", "DrawPlanAdmin", "SnapshotAdmin"]
