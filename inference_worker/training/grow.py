"""A deeper model that starts exactly where a smaller one stands.

Every layer is followed by copies of itself whose outputs are zero, so that at first they add
nothing to the residual stream (block expansion: Wu et al. 2024, LLaMA Pro, arXiv 2401.02415).
Widths stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from transformers import LlavaForConditionalGeneration, PreTrainedTokenizerFast

from inference_worker.training.build import build_model
from inference_worker.training.presets import ModelPreset

_LAYER: Final = re.compile(r"(.*language_model\.layers\.|.*encoder\.layers\.\d+\.blocks\.)(\d+)\.")
_OUTPUTS: Final = ("o_proj", "down_proj", "fc2")  # what a layer adds to the residual stream


class DoesNotFit(ValueError):
    """The preset is not the smaller model with more layers; the message names a weight."""


@dataclass(frozen=True, slots=True)
class _LayerSource:
    """The smaller model's layer that one of the larger model comes from."""

    layer: int
    is_copy: bool


def grow(
    smaller: LlavaForConditionalGeneration, preset: ModelPreset, tokenizer: PreTrainedTokenizerFast
) -> LlavaForConditionalGeneration:
    """A model of the preset's shape that answers as `smaller` does. Raises DoesNotFit."""
    larger = build_model(preset, tokenizer)
    have, want = smaller.state_dict(), larger.state_dict()
    stacks = {found[1] for found in map(_LAYER.match, want) if found}
    depth = {stack: (_depth(have, stack), _depth(want, stack)) for stack in stacks}
    grown = {}
    for name in want:
        source, silent = name, False
        if found := _LAYER.match(name):
            origin = sources(*depth[found[1]])[int(found[2])]
            source = f"{found[1]}{origin.layer}.{name[found.end() :]}"
            silent = origin.is_copy and name.split(".")[-2] in _OUTPUTS
        if source not in have or have[source].shape != want[name].shape:
            raise DoesNotFit(name)
        grown[name] = torch.zeros_like(have[source]) if silent else have[source].clone()
    larger.load_state_dict(grown)
    return larger


def sources(smaller: int, larger: int) -> list[_LayerSource]:
    """Return for each layer of the larger stack its source, with copies spread evenly."""
    at = [index * smaller // larger for index in range(larger)]
    return [
        _LayerSource(layer, index > 0 and at[index - 1] == layer) for index, layer in enumerate(at)
    ]


def _depth(weights: dict[str, Tensor], stack: str) -> int:
    found = (_LAYER.match(name) for name in weights if name.startswith(stack))
    return 1 + max((int(match[2]) for match in found if match), default=-1)
