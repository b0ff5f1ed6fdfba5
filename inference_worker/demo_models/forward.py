"""The two forward passes of training, on a plain LLaVA model."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional
from transformers import LlavaForConditionalGeneration

from inference_worker.demo_models.packing import PREFIX, Packed


def look(model: LlavaForConditionalGeneration, pixels: Tensor) -> Tensor:
    """The picture's cells in the language model's space, (batch, cells, hidden)."""
    states = model.model.vision_tower(pixels, output_hidden_states=True).hidden_states
    return model.model.multi_modal_projector(states[-1])


def answer_logits(
    model: LlavaForConditionalGeneration, pixels: Tensor, packed: Packed
) -> tuple[Tensor, Tensor]:
    """Logits (labelled tokens, vocabulary) and their targets; other rows never meet the head."""
    words = model.get_input_embeddings()(packed.tokens)
    cells = look(model, pixels).to(words.dtype)
    states = model.model.language_model(
        inputs_embeds=torch.cat([words[:, :1], cells, words[:, PREFIX:]], 1),
        attention_mask=packed.mask,
        position_ids=packed.positions,
        use_cache=False,
    ).last_hidden_state
    targets = packed.labels[:, 1:]
    labelled = targets != -100
    return model.lm_head(states[:, :-1][labelled]), targets[labelled]


def answer_loss(model: LlavaForConditionalGeneration, pixels: Tensor, packed: Packed) -> Tensor:
    """Mean over the labelled tokens, by their weights."""
    logits, targets = answer_logits(model, pixels, packed)
    weights = packed.weights[:, 1:][packed.labels[:, 1:] != -100]
    losses = functional.cross_entropy(logits.float(), targets, reduction="none")
    return (losses * weights).sum() / weights.sum()
