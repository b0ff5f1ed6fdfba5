"""Models through transformers: a slot loop where the cache allows one, ``generate`` elsewhere."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from threading import Lock
from typing import Any

import torch
from PIL import Image
from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor
from transformers.utils.logging import disable_progress_bar

from inference_worker.backends.base import Ask, BackendError, Batch
from inference_worker.backends.transformers import contents, generated, slots, sources
from inference_worker.backends.transformers.prompts import Prompts, prompt_limit
from inference_worker.settings import Settings
from inference_worker.wire.messages import ModelSpec

MOST_DESCRIBED, SLACK_NUMBERS = 2, 1_000_000
"""So many times the numbers that the weights hold, and so many more, may be described: a matrix
that two layers share is stored once."""


class Transformers:
    """Folders and Hub repositories that AutoProcessor and AutoModelForImageTextToText can load."""

    def __init__(self, settings: Settings, *, forced_tokens: int = 0) -> None:
        """``forced_tokens`` are made before an answer may end by itself: for benches only."""
        self._settings = settings
        self._forced_tokens = forced_tokens
        self._cuda = torch.cuda.is_available()
        self._loading = Lock()
        torch.set_num_threads(settings.torch_threads)
        disable_progress_bar()  # a worker has no terminal

    def pin(self, spec: ModelSpec) -> ModelSpec:
        return replace(spec, revision=sources.revision(spec, self._settings))

    def weigh(self, spec: ModelSpec) -> int:
        folder = sources.folder(spec, self._settings)
        return sources.megabytes(folder, bytes_per_number=2 if self._cuda else 4)

    def load(self, spec: ModelSpec) -> Batch:
        folder = sources.folder(spec, self._settings)
        contents.check(folder)
        # Two loads at once spoil each other: transformers patches torch while it builds a model.
        with self._loading:
            _require_backed(str(folder), contents.numbers(folder))
            model, processor = self._model(str(folder)), self._processor(str(folder))
        prompts = Prompts(processor)
        kind = slots.SlotBatch if slots.fits(model) else generated.GeneratedBatch
        batch = kind(
            model,
            prompts,
            revision=spec.revision,
            device=torch.cuda.get_device_name() if self._cuda else "cpu",
            forced_tokens=self._forced_tokens,
        )
        try:
            _warm(batch)
            batch.prompt_limit = prompt_limit(spec.source, prompts, batch.positions)
        except Exception as error:
            if prompts.template is None:
                raise BackendError("unavailable", "no chat template") from error
            raise
        return batch

    # Both refuse remote code and the network; safetensors is the only format that is read.

    def _processor(self, folder: str) -> Any:
        return AutoProcessor.from_pretrained(folder, trust_remote_code=False, local_files_only=True)

    def _model(self, folder: str) -> Any:
        # Set by name, so that nothing a folder says can choose what computes attention.
        try:
            model = self._attending(folder, "sdpa")
        except ValueError as error:
            if "scaled_dot_product_attention" not in str(error):
                raise
            model = self._attending(folder, "eager")  # a family that has no other
        return model.eval().to("cuda" if self._cuda else "cpu")

    def _attending(self, folder: str, attention: str) -> Any:
        return AutoModelForImageTextToText.from_pretrained(
            folder,
            dtype=torch.bfloat16 if self._cuda else torch.float32,
            attn_implementation=attention,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
        )


def import_for(source: str, settings: Settings) -> None:
    """Import what a model's classes need, without its weights. Raises what its load would."""
    folder = sources.folder(ModelSpec("transformers", source, "", "", ""), settings)
    contents.check(folder)
    _require_backed(str(folder), contents.numbers(folder))
    AutoProcessor.from_pretrained(folder, trust_remote_code=False, local_files_only=True)


def _require_backed(folder: str, held: int) -> None:
    """Raise BackendError where the configuration describes far more than the weights hold.

    transformers would allocate the difference and fill it with noise. Described is without memory;
    packed weights hold fewer numbers than they stand for.
    """
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    if getattr(config, "quantization_config", None) is not None:
        return
    with torch.device("meta"):
        described = AutoModelForImageTextToText.from_config(config).num_parameters()
    if described > held * MOST_DESCRIBED + SLACK_NUMBERS:
        reason = f"config.json describes {described} numbers, the weights hold {held}"
        raise BackendError("unavailable", reason)


def _warm(batch: Batch) -> None:
    """Two tokens on a grey picture: the first voter doesn't wait for lazy set-up, and a model that
    can't answer at all is found at its load."""
    picture = BytesIO()
    Image.new("RGB", (64, 64), "grey").save(picture, "PNG")
    ask = Ask("warm", "?", (picture.getvalue(),), 2, 0.0, 0, 60.0)
    batch.join(ask)
    while not any(piece.finish for piece in batch.step()):
        pass


def create(settings: Settings) -> Transformers:
    """The backend of this process."""
    return Transformers(settings)
