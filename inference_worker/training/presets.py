"""Sizes, learning rates and lengths. A preset and a seed are a whole recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from inference_worker.samples.scenes import Kind


@dataclass(frozen=True, slots=True)
class ModelPreset:
    """Shapes of the tower (Swin) and the language model (Llama), and how they learn."""

    patch: int
    embed: int
    depths: tuple[int, ...]
    vision_heads: tuple[int, ...]
    mlp_ratio: float
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    steps: tuple[int, int]  # of the vision stage and of the language stage
    scenes: int  # drawn ahead
    vision_rate: float = 3e-3
    language_rate: float = 2e-3
    batch: int = 32
    answer_batch: int = 32
    hold: float = 0.55  # share of the language stage at full rate
    tower_from: float = 0.0  # share of the language stage after which the tower learns again
    shares: Mapping[Kind, float] = field(default_factory=dict)  # of the scenes asked about; else 1
    room: int = 100  # tokens of questions and answers behind one picture
    drills: bool = False  # whether relations are drilled
    talks: bool = False  # whether places, later turns and second pictures are learned, too


_M: Final = ModelPreset(
    patch=8,
    embed=96,
    depths=(2, 8),
    vision_heads=(6, 12),
    mlp_ratio=3.0,
    hidden=160,
    layers=8,
    heads=4,
    feed_forward=448,
    steps=(4_500, 2_800),
    scenes=160_000,
    language_rate=1.5e-3,
    answer_batch=16,
    hold=0.5,
    shares={"text": 0.9, "bars": 0.25, "emoji": 0.4},
    room=170,
    drills=True,
)

PRESETS: Final[dict[str, ModelPreset]] = {
    "tiny": ModelPreset(
        patch=8,
        embed=24,
        depths=(1, 1),
        vision_heads=(2, 4),
        mlp_ratio=2.0,
        hidden=48,
        layers=1,
        heads=2,
        feed_forward=96,
        steps=(60, 60),
        scenes=400,
        language_rate=3e-3,
        batch=16,
    ),
    "xs": ModelPreset(
        patch=8,
        embed=48,
        depths=(2, 2),
        vision_heads=(3, 6),
        mlp_ratio=2.0,
        hidden=96,
        layers=2,
        heads=4,
        feed_forward=256,
        steps=(3_000, 2_000),
        scenes=60_000,
        language_rate=3e-3,
    ),
    "s": ModelPreset(
        patch=8,
        embed=96,
        depths=(2, 4),
        vision_heads=(6, 12),
        mlp_ratio=3.0,
        hidden=160,
        layers=4,
        heads=4,
        feed_forward=448,
        steps=(4_500, 5_000),
        scenes=160_000,
        answer_batch=16,
        hold=0.72,
        tower_from=0.75,
        shares={"text": 0.6, "bars": 0.35, "emoji": 0.4},
    ),
    "m": _M,
    # Goes on from a finished "m": no layer is added.
    "m-talks": replace(
        _M,
        steps=(3_000, 800),
        scenes=24_000,
        language_rate=1e-3,
        hold=0.5,
        shares={"text": 0.55, "bars": 0.5, "emoji": 0.5},
        room=200,
        talks=True,
    ),
}
