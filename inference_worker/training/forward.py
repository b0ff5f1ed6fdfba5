"""The forward pass of training, on a plain LLaVA model."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional
from transformers import LlavaForConditionalGeneration

from inference_worker.training.packing import PackedBatch
from inference_worker.training.place_heads import soft_loss


def look(model: LlavaForConditionalGeneration, pixels: Tensor) -> Tensor:
    """The picture's cells in the language model's space, (batch, cells, hidden)."""
    states = model.model.vision_tower(pixels, output_hidden_states=True).hidden_states
    return model.model.multi_modal_projector(states[-1])


def answer_logits(
    model: LlavaForConditionalGeneration, cells: Tensor, packed: PackedBatch
) -> tuple[Tensor, Tensor]:
    """Logits (labelled tokens, vocabulary) and their targets; other rows never meet the head."""
    words = model.get_input_embeddings()(packed.tokens)
    shown = cells[packed.pictures].to(words.dtype)
    states = model.model.language_model(
        inputs_embeds=words.masked_scatter(packed.cells.unsqueeze(-1), shown),
        attention_mask=packed.mask,
        position_ids=packed.positions,
        use_cache=False,
    ).last_hidden_state
    targets = packed.labels[:, 1:]
    labelled = targets != -100
    return model.lm_head(states[:, :-1][labelled]), targets[labelled]


def answer_loss(
    model: LlavaForConditionalGeneration,
    cells: Tensor,
    packed: PackedBatch,
    locations: range = range(0),
) -> Tensor:
    """Mean over the labelled tokens, by their weights; of a location the near ones count, too."""
    logits, targets = answer_logits(model, cells, packed)
    weights = packed.weights[:, 1:][packed.labels[:, 1:] != -100]
    losses = functional.cross_entropy(logits.float(), targets, reduction="none")
    places = (targets >= locations.start) & (targets < locations.stop)
    if places.any():
        every = logits[places].float()
        near = every[:, locations.start : locations.stop]
        missed = every.logsumexp(1) - near.logsumexp(1)  # that it is a location at all
        close = missed + soft_loss(near, targets[places] - locations.start)
        losses = losses.masked_scatter(places, close)
    return (losses * weights).sum() / weights.sum()
