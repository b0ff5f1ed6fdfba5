"""The rows of battles."""

from __future__ import annotations

from arena.battles.models.battles import (
    Battle,
    FurtherImage,
    Generation,
    Turn,
    new_public_id,
)
from arena.battles.models.draw_plans import DrawPlan
from arena.battles.models.gates import GateResult
from arena.battles.models.images import BlurredRegions, Image
from arena.battles.models.moderation import AnswerReport, ModerationReview, ReviewDecision
from arena.battles.models.replacements import SideReplacement
from arena.battles.models.votes import UnfoldedVote, Vote

__all__ = [
    "AnswerReport",
    "Battle",
    "BlurredRegions",
    "DrawPlan",
    "FurtherImage",
    "GateResult",
    "Generation",
    "Image",
    "ModerationReview",
    "ReviewDecision",
    "SideReplacement",
    "Turn",
    "UnfoldedVote",
    "Vote",
    "new_public_id",
]
