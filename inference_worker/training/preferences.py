"""Which of two answers a model finds likelier, for each pair of some battles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch


@torch.inference_mode()
def prefers_chosen(model: Any, processor: Any, pairs: Iterable[Mapping[str, Any]]) -> list[bool]:
    """Return for each pair whether the chosen answer has the higher mean log-probability of its
    tokens, so that a longer answer has no advantage."""
    found = []
    for row in pairs:
        chosen, rejected = (
            _score(model, processor, row, row[name]) for name in ("chosen", "rejected")
        )
        found.append(chosen > rejected)
    return found


def _score(model: Any, processor: Any, row: Mapping[str, Any], answer: list[Any]) -> float:
    """Return the mean log-probability of an answer's tokens after its question."""
    prompt = processor.apply_chat_template(row["prompt"], add_generation_prompt=True)
    whole = processor.apply_chat_template([*row["prompt"], *answer])
    images = [picture.convert("RGB") for picture in row["images"]]
    pictured = {"images": images} if images else {}
    asked = processor(text=prompt, return_tensors="pt", **pictured)["input_ids"].shape[1]
    inputs = processor(text=whole, return_tensors="pt", **pictured).to(model.device)
    logits = model(**inputs).logits[0, asked - 1 : -1].float()
    targets = inputs["input_ids"][0, asked:]
    chances = torch.log_softmax(logits, dim=-1).gather(1, targets[:, None])
    return float(chances.mean())
