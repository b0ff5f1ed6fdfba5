"""TRL's trainers behind one call, by the name of the method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch
from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer, SFTConfig, SFTTrainer


def _settings(folder: str, recipe: Any) -> dict[str, Any]:
    return {
        "output_dir": folder,
        "max_steps": recipe.steps,
        "per_device_train_batch_size": recipe.batch,
        "learning_rate": recipe.rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": min(10, recipe.steps),
        "max_length": None,  # the default would cut the picture's tokens
        "gradient_checkpointing": False,
        "bf16": torch.cuda.is_available(),
        "use_cpu": not torch.cuda.is_available(),
        "dataloader_pin_memory": False,
        "report_to": "none",
        "save_strategy": "no",
        "logging_steps": max(1, recipe.steps // 50),
        "seed": recipe.seed,
    }


def _sft(model: Any, processor: Any, rows: Any, lora: Any, folder: str, recipe: Any) -> Any:
    settings = SFTConfig(**_settings(folder, recipe))
    return SFTTrainer(
        model=model, args=settings, train_dataset=rows, processing_class=processor, peft_config=lora
    )


def _dpo(model: Any, processor: Any, rows: Any, lora: Any, folder: str, recipe: Any) -> Any:
    settings = DPOConfig(**_settings(folder, recipe), beta=recipe.beta)
    return DPOTrainer(
        model=model, args=settings, train_dataset=rows, processing_class=processor, peft_config=lora
    )


def _kto(model: Any, processor: Any, rows: Any, lora: Any, folder: str, recipe: Any) -> Any:
    settings = KTOConfig(**_settings(folder, recipe), beta=recipe.beta)
    return KTOTrainer(
        model=model, args=settings, train_dataset=rows, processing_class=processor, peft_config=lora
    )


_TRAINERS: Final[dict[str, Callable[..., Any]]] = {"sft": _sft, "dpo": _dpo, "kto": _kto}


def trainer_of(method: str) -> Callable[..., Any]:
    """Return what makes the trainer of a method."""
    return _TRAINERS[method]
