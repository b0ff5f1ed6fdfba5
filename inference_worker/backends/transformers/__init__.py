"""Models through transformers: a slot loop where the cache allows one, ``generate`` elsewhere."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from threading import Lock
from typing import Any

import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor
from transformers.utils.logging import disable_progress_bar

from inference_worker.backends.base import Ask, Batch
from inference_worker.backends.transformers import generated, slots, sources
from inference_worker.backends.transformers.prompts import Prompts
from inference_worker.settings import Settings
from inference_worker.wire.messages import ModelSpec


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
        sources.check(folder)
        # Two loads at once spoil each other: transformers patches torch while it builds a model.
        with self._loading:
            model, processor = self._model(str(folder)), self._processor(str(folder))
        kind = slots.SlotBatch if slots.fits(model) else generated.GeneratedBatch
        batch: Batch = kind(
            model,
            Prompts(processor),
            revision=spec.revision,
            device=torch.cuda.get_device_name() if self._cuda else "cpu",
            forced_tokens=self._forced_tokens,
        )
        _warm(batch)
        return batch

    # Both refuse remote code and the network; safetensors is the only format that is read.

    def _processor(self, folder: str) -> Any:
        return AutoProcessor.from_pretrained(folder, trust_remote_code=False, local_files_only=True)

    def _model(self, folder: str) -> Any:
        model = AutoModelForImageTextToText.from_pretrained(
            folder,
            dtype=torch.bfloat16 if self._cuda else torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
        )
        return model.eval().to("cuda" if self._cuda else "cpu")


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
