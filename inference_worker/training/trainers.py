"""TRL's trainers behind one call, by the name of the method."""

from __future__ import annotations

from typing import Any, Final

import torch
from trl import DPOConfig, DPOTrainer, KTOConfig, KTOTrainer, SFTConfig, SFTTrainer

_TRAINERS: Final[dict[str, tuple[Any, Any]]] = {
    "sft": (SFTConfig, SFTTrainer),
    "dpo": (DPOConfig, DPOTrainer),
    "kto": (KTOConfig, KTOTrainer),
}


def trainer_of(model: Any, processor: Any, rows: Any, lora: Any, folder: str, recipe: Any) -> Any:
    """Return the trainer of a recipe's method."""
    config, trainer = _TRAINERS[recipe.method]
    settings = {
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
    if recipe.method != "sft":
        settings["beta"] = recipe.beta
    args = config(**settings)
    return trainer(
        model=model, args=args, train_dataset=rows, processing_class=processor, peft_config=lora
    )
