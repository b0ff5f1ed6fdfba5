"""Models through transformers: a slot loop where the cache allows one, ``generate`` elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from threading import Lock
from typing import Any

import torch
from msgspec.structs import replace
from PIL import Image
from transformers import AutoConfig, AutoModelForImageTextToText
from transformers.utils.logging import disable_progress_bar

from inference_worker import host_memory
from inference_worker.backends.base import BackendError, BatchModel, GenerationInput, SamplingParams
from inference_worker.backends.transformers import (
    contents,
    generated,
    load_failures,
    processors,
    slots,
    sources,
)
from inference_worker.backends.transformers.prompts import PromptEncoder, prompt_limit
from inference_worker.settings import WorkerSettings
from inference_worker.wire import model_options
from inference_worker.wire.capacity import MemoryBudget
from inference_worker.wire.endpoint_options import MalformedOptions
from inference_worker.wire.manifests import BackendManifest, gettext_noop
from inference_worker.wire.messages import ModelSpec

MANIFEST = BackendManifest(
    title=gettext_noop("folder or Hub repository"),
    summary=gettext_noop("Runs a vision-language model in the worker, on its GPU or CPU."),
    source=gettext_noop("A folder that the worker sees, a Hub id with a commit, or shipped:SLUG."),
    examples=("shipped:kestrel-xs",),
    hub=True,
    settings=("ARENA_MODEL_DIRS", "ARENA_HUB", "ARENA_TORCH_THREADS"),
)

NO_TEMPLATE = (
    "no chat template, and the model takes no bare question: give its version a prompt template,"
    ' such as {"prompt_template": {"text": "{images}Question: {prompt} Answer:"}}'
)
MOST_DESCRIBED, SLACK_NUMBERS = 2, 1_000_000
"""So many times the numbers that the weights hold, and so many more, may be described: a matrix
that two layers share is stored once."""


class TransformersBackend:
    """Folders and Hub repositories that AutoProcessor and AutoModelForImageTextToText can load."""

    def __init__(self, settings: WorkerSettings, *, forced_tokens: int = 0) -> None:
        """``forced_tokens`` are made before an answer may end by itself: for benches only."""
        self._settings = settings
        self._forced_tokens = forced_tokens
        self._cuda = torch.cuda.is_available()
        self._budget = _budget(settings.memory_mb, cuda=self._cuda)
        self._loading = Lock()
        torch.set_num_threads(settings.torch_threads)
        disable_progress_bar()  # a worker has no terminal

    def resolve_revision(self, spec: ModelSpec) -> ModelSpec:
        try:
            model_options.parse(spec.options)
        except MalformedOptions as error:
            raise BackendError("unavailable", f"the options of {spec.source}: {error}") from None
        return replace(spec, revision=sources.revision(spec, self._settings))

    def memory_budget(self) -> MemoryBudget:
        """Return what the operator has set, else a share of what the device had free at first."""
        return self._budget

    def used_mb(self) -> int:
        """Return what torch has reserved on a GPU, and what this process has resident without."""
        if self._cuda:
            return int(torch.cuda.memory_reserved() / 1e6)
        return host_memory.resident_mb()

    def fetch(self, spec: ModelSpec, tell: Callable[[int], None]) -> None:
        sources.fetch(spec, self._settings, tell)

    def memory_mb(self, spec: ModelSpec) -> int:
        folder = sources.folder(spec, self._settings)
        return sources.megabytes(folder, bytes_per_number=self._budget.bytes_per_number)

    def load(self, spec: ModelSpec) -> BatchModel:
        folder = sources.folder(spec, self._settings)
        contents.check(folder)
        # Two loads at once spoil each other: transformers patches torch while it builds a model.
        with self._loading, load_failures.explained(folder):
            _require_backed(str(folder), contents.numbers(folder))
            model = self._model(str(folder))
            processor = processors.load(folder)
        processors.tell_pictures_apart(processor, model)
        prompts = PromptEncoder(processor, model_options.parse(spec.options))
        kind = slots.SlotBatch if slots.fits(model) else generated.GeneratedBatch
        batch = kind(
            model,
            prompts,
            revision=spec.revision,
            device=torch.cuda.get_device_name() if self._cuda else "cpu",
            forced_tokens=self._forced_tokens,
        )
        try:
            picture = BytesIO()
            Image.new("RGB", (64, 64), "grey").save(picture, "PNG")
            ask = GenerationInput(
                "warm", "?", (picture.getvalue(),), SamplingParams(2, 0.0, 0), 60.0
            )
            batch.join(ask)
            while not any(piece.finish for piece in batch.step()):
                pass
            batch.prompt_limit = prompt_limit(spec.source, prompts, batch.positions)
        except Exception as error:
            if prompts.is_bare and not isinstance(error, BackendError):
                reason = f"{NO_TEMPLATE}; {load_failures.said_of(error)}"
                raise BackendError("unavailable", reason, "no_template") from error
            raise
        return batch

    # Both refuse remote code and the network; safetensors is the only format that is read.

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


def _budget(memory_mb: int, *, cuda: bool) -> MemoryBudget:
    """Return the memory that models may take; ``memory_mb`` is the operator's word, 0 for none."""
    bytes_per_number = 2 if cuda else 4
    if memory_mb:
        return MemoryBudget(memory_mb, bytes_per_number=bytes_per_number, by_operator=True)
    if cuda:
        free, _ = torch.cuda.mem_get_info()
        most = int(free * host_memory.SHARE / 1e6)
    else:
        most = host_memory.budget_mb()
    return MemoryBudget(most, bytes_per_number=bytes_per_number)


def import_for(source: str, settings: WorkerSettings) -> None:
    """Import what a model's classes need, without its weights. Raises what its load would."""
    folder = sources.folder(ModelSpec("transformers", source, "", "", ""), settings)
    contents.check(folder)
    _require_backed(str(folder), contents.numbers(folder))
    processors.load(folder)


def _require_backed(folder: str, held: int) -> None:
    """Raise BackendError where the configuration describes far more than the weights hold, or a
    model that writes no text.

    transformers would allocate the difference and fill it with noise. Described is without memory;
    packed weights hold fewer numbers than they stand for.
    """
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    if getattr(config, "quantization_config", None) is not None:
        return
    with torch.device("meta"):
        model = AutoModelForImageTextToText.from_config(config)
    if not model.can_generate():
        raise BackendError("unavailable", "models of this family write no text")
    described = model.num_parameters()
    if described > held * MOST_DESCRIBED + SLACK_NUMBERS:
        reason = f"config.json describes {described} numbers, the weights hold {held}"
        raise BackendError("unavailable", reason)


def create(settings: WorkerSettings) -> TransformersBackend:
    """The backend of this process."""
    return TransformersBackend(settings)
