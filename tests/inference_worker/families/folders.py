"""From a recipe to a folder that loads like one of the Hub; nothing comes from a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForImageTextToText, PreTrainedTokenizerFast

from tests.inference_worker.families.every import RECIPES
from tests.inference_worker.families.recipes import FamilyRecipe
from tests.inference_worker.families.tokens import WORDS, tokenizer

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}PICTURE{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def make(family: str, folder: Path, *, sizes: Mapping[str, Any] | None = None) -> Path:
    """Save a random model of a family; ``sizes`` are laid over its recipe's configuration.

    Raises what the family's own classes raise.
    """
    recipe = RECIPES[family]
    words = tokenizer(recipe.tokens)
    _model(family, recipe, words, sizes or {}).save_pretrained(folder)
    words.save_pretrained(folder)
    _write(folder / "preprocessor_config.json", recipe.image)
    if recipe.video:
        _write(folder / "video_preprocessor_config.json", recipe.video)
    named = {"processor_class": recipe.processor, **recipe.fields}
    _write(folder / "processor_config.json", named)
    if recipe.picture is not None:
        (folder / "chat_template.jinja").write_text(TEMPLATE.replace("PICTURE", recipe.picture))
    return folder


def _model(
    family: str, recipe: FamilyRecipe, words: PreTrainedTokenizerFast, sizes: Mapping[str, Any]
) -> Any:
    torch.manual_seed(0)
    fields = _numbered(_laid_over(recipe.config, sizes), words)
    config = AutoConfig.for_model(family, **fields)
    _set_tokens(config, words)
    model = AutoModelForImageTextToText.from_config(config)
    if model.can_generate():
        model.generation_config.eos_token_id = words.eos_token_id
        model.generation_config.pad_token_id = words.pad_token_id
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(recipe.wandering if parameter.dim() > 1 else 1)
    return model


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of both, with those of inner mappings joined."""
    joined = dict(below)
    for name, value in above.items():
        inner = joined.get(name)
        if isinstance(inner, Mapping) and isinstance(value, Mapping):
            value = _laid_over(inner, value)
        joined[name] = value
    return joined


def _numbered(value: Any, words: PreTrainedTokenizerFast) -> Any:
    """Return the value with the number of X in place of each ``token:X``."""
    if isinstance(value, Mapping):
        return {name: _numbered(inner, words) for name, inner in value.items()}
    if isinstance(value, list):
        return [_numbered(inner, words) for inner in value]
    if isinstance(value, str) and value.startswith("token:"):
        return words.convert_tokens_to_ids(value.removeprefix("token:"))
    return value


def _set_tokens(config: Any, words: PreTrainedTokenizerFast) -> None:
    """Let configuration and tokenizer speak of the same tokens, at every depth."""
    for part in (config, *(getattr(config, name) for name in config.sub_configs)):
        if part is None:
            continue
        if hasattr(part, "vocab_size") and not WORDS <= part.vocab_size <= 2 * WORDS:
            part.vocab_size = WORDS
        for name, token in (("bos", 1), ("eos", words.eos_token_id), ("pad", words.pad_token_id)):
            if hasattr(part, f"{name}_token_id"):
                setattr(part, f"{name}_token_id", token)


def _write(path: Path, fields: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(dict(fields), indent=2))
