"""Ready cards: well-known vision-language models, with facts and sources, added by one click."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from arena.catalog.licences import CommercialUse
from arena.core.amounts import short_count
from inference_worker.wire.capacity import needed_mb

READY_MODELS = Path(__file__).with_name("ready_models.toml")


class MalformedReadyModel(ValueError):
    """An entry of the file of ready models that can't be understood; the message names it."""


@dataclass(frozen=True, slots=True)
class ReadyModel:
    """A model as its makers describe it; each fact has a source, and what has none is empty."""

    slug: str
    name: str
    organization: str
    hub_id: str
    run: Literal["native", "endpoint"]
    """Whether a worker loads it by itself, or it needs a server of its own."""
    sources: Mapping[str, str]
    """The address that says so, by the name of the fact."""
    model_type: str = ""
    parameters: int | None = None
    weights_mb: int | None = None
    """The size of the weight files in the repository."""
    weights_bytes: int = 2
    """The bytes that these files hold for each parameter."""
    image_resolution: str = ""
    abilities: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    license: str = ""
    commercial_use: CommercialUse = CommercialUse.UNKNOWN
    torchvision: bool = False
    """Whether its processor needs torchvision in the worker's environment."""
    how: str = ""
    """What an operator has to know or do to run it."""
    aliases: tuple[str, ...] = ()

    @property
    def page(self) -> str:
        """Return the address of its page on the Hub."""
        return f"https://huggingface.co/{self.hub_id}"

    @property
    def size(self) -> int | None:
        """Return the number of parameters, as stated or by the size of the weights; None where
        neither is known."""
        if self.parameters is not None or self.weights_mb is None:
            return self.parameters
        return self.weights_mb * 1_000_000 // self.weights_bytes

    @property
    def size_short(self) -> str:
        """Return the number of parameters as "2.25B"; empty where it is not known."""
        return "" if self.size is None else short_count(self.size)

    @property
    def gpu_mb(self) -> int | None:
        """Return the memory that it takes on a GPU, in bfloat16; None where it is not known."""
        return None if self.size is None else needed_mb(self.size, bytes_per_number=2)

    @property
    def cpu_mb(self) -> int | None:
        """Return the memory that it takes on a CPU, in float32; None where it is not known."""
        return None if self.size is None else needed_mb(self.size, bytes_per_number=4)


@cache
def ready_models(path: Path = READY_MODELS) -> tuple[ReadyModel, ...]:
    """Return all ready cards in the order of the file. Raises MalformedReadyModel."""
    found = []
    for entry in tomllib.loads(path.read_text("utf-8"))["model"]:
        lists = {name: tuple(value) for name, value in entry.items() if isinstance(value, list)}
        use = CommercialUse(entry.get("commercial_use", ""))
        try:
            found.append(ReadyModel(**{**entry, **lists, "commercial_use": use}))
        except TypeError as error:
            raise MalformedReadyModel(f"{entry.get('slug', entry)}: {error}") from error
    return tuple(found)


def find_ready(name: str) -> ReadyModel | None:
    """Return the ready card of this slug or alias; None for none."""
    wanted = name.strip().lower()
    return next((one for one in ready_models() if wanted in {one.slug, *one.aliases}), None)
