"""A trained model to a folder that any program loads, and a checkpoint folder with its card."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import LlavaForConditionalGeneration, LlavaProcessor

from inference_worker.training.checkpoints import WEIGHTS


def save(model: LlavaForConditionalGeneration, processor: LlavaProcessor, folder: Path) -> None:
    """Weights in bfloat16 (rounding changes no answer, halves the file), processor and template."""
    model.to(torch.bfloat16).save_pretrained(folder)
    model.to(torch.float32)
    processor.save_pretrained(folder)
    (folder / WEIGHTS).chmod(0o644)  # safetensors writes it for its owner alone
