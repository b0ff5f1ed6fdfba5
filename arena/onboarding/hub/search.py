"""Searching the Hub for models that read a picture and a text and answer with text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from arena.catalog.licences import CommercialUse, commercial_use
from arena.core.amounts import short_count
from arena.onboarding.hub import client
from inference_worker.wire.hub_repositories import native_architectures

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

TASK: Final = "image-text-to-text"
MOST_FOUND = 20
SIZES: Final = {"": "", "1B": "min:0,max:1B", "3B": "min:0,max:3B", "8B": "min:0,max:8B"}
"""By the greatest number of parameters, what the Hub is asked for."""


@dataclass(frozen=True, slots=True)
class FoundModel:
    """One model that a search found."""

    hub_id: str
    parameters: int | None
    license: str
    commercial_use: CommercialUse
    gated: bool
    native: bool
    downloads: int

    @classmethod
    def from_info(cls, info: ModelInfo) -> FoundModel:
        """Return what the Hub says of one model that it found."""
        card = dict(vars(info.card_data)) if info.card_data else {}
        licence = card.get("license")
        licence = licence[:100] if isinstance(licence, str) else ""
        config = info.config if isinstance(info.config, dict) else {}
        return cls(
            hub_id=info.id,
            parameters=getattr(info.safetensors, "total", None),
            license=licence,
            commercial_use=commercial_use(licence),
            gated=bool(info.gated),
            native=config.get("model_type") in native_architectures(),
            downloads=info.downloads or 0,
        )

    @property
    def size_short(self) -> str:
        """Return the number of parameters as "2.25B"; empty where it is not known."""
        return "" if self.parameters is None else short_count(self.parameters)


def search_models(words: str, *, size: str = "", licence: str = "") -> list[FoundModel]:
    """Return the most downloaded models that fit. Raises HubProblem, KeyError for no such size."""
    api = client.connect()
    with client.explained(words):
        found = api.list_models(
            pipeline_tag=TASK,
            search=words or None,
            num_parameters=SIZES[size] or None,
            filter=f"license:{licence}" if licence else None,
            sort="downloads",
            limit=MOST_FOUND,
            expand=["safetensors", "cardData", "gated", "config", "downloads"],
        )
        return [FoundModel.from_info(info) for info in found]
