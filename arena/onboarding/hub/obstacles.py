"""Why a repository of the Hub can't be run by a worker as it is, and what can be done instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from inference_worker.wire.hub_repositories import native_architectures

_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_TEXT_TASKS = ("text-generation", "text2text-generation", "fill-mask")
_WORDS = ("tokenizer.json", "tokenizer.model", "tekken.json", "vocab.json", "vocab.txt")


class ModelObstacle(TextChoices):
    """A reason for which a worker would refuse a model, with the way out."""

    NO_MODEL = (
        "no_model",
        _("It has no config.json, so it is no transformers model. Is it the right repository?"),
    )
    ADAPTER = (
        "adapter",
        _("It is an adapter. Merge it into its base model and add the merged folder."),
    )
    REMOTE_CODE = (
        "remote_code",
        _(
            "It needs code of its own (auto_map), which a worker never runs. Serve it behind an"
            " endpoint in a container of its own and add that endpoint."
        ),
    )
    GGUF = (
        "gguf",
        _("Its weights are GGUF files. Serve it with llama.cpp or Ollama and add the endpoint."),
    )
    PICKLE_ONLY = (
        "pickle_only",
        _(
            "Its weights are pickle files alone, which can run code as they are read. Convert them"
            " to safetensors, or serve it behind an endpoint and add that."
        ),
    )
    NO_WEIGHTS = "no_weights", _("It has no weights as safetensors.")
    TEXT_ONLY = "text_only", _("It reads text alone. The arena needs a model that sees pictures.")
    UNKNOWN_ARCHITECTURE = (
        "unknown_architecture",
        _(
            "The worker's transformers does not know its architecture. Serve it behind an endpoint"
            " (vLLM, SGLang) and add that, or choose a successor in the transformers format."
        ),
    )
    NO_TOKENIZER = "no_tokenizer", _("It has no tokenizer, so it can't read a prompt.")


def find_obstacle(
    files: Mapping[str, int], config: Mapping[str, Any], *, task: str
) -> ModelObstacle | None:
    """Return the first reason for which a worker would refuse these files; None for none.

    ``files`` are names with sizes, ``config`` is the content of config.json, ``task`` the pipeline
    that the Hub names.
    """
    names = {name for name in files if "/" not in name}
    weightless = not any(name.endswith(".safetensors") for name in names)
    unknown = config.get("model_type") not in native_architectures()
    # The first that holds is what an operator has to hear of.
    reasons = (
        (ModelObstacle.ADAPTER, "adapter_config.json" in names),
        (ModelObstacle.GGUF, weightless and any(name.endswith(".gguf") for name in files)),
        (ModelObstacle.PICKLE_ONLY, weightless and any(n.endswith(_PICKLES) for n in files)),
        (ModelObstacle.NO_WEIGHTS, weightless),
        (ModelObstacle.NO_MODEL, "config.json" not in names),
        (ModelObstacle.REMOTE_CODE, "auto_map" in config),
        (ModelObstacle.TEXT_ONLY, unknown and task in _TEXT_TASKS),
        (ModelObstacle.UNKNOWN_ARCHITECTURE, unknown),
        (ModelObstacle.NO_TOKENIZER, not names & set(_WORDS)),
    )
    return next((obstacle for obstacle, holds in reasons if holds), None)
