"""Models whose caches do not fit the slots: one request at a time through ``generate``."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from queue import SimpleQueue
from threading import Thread
from typing import Any

import torch
from transformers import StoppingCriteria, StoppingCriteriaList
from transformers.generation.streamers import BaseStreamer

from inference_worker.backends.base import GenerationInput, TokenDelta
from inference_worker.backends.transformers.prompts import (
    IncrementalDetokenizer,
    PromptEncoder,
    fitted,
    positions,
)
from inference_worker.wire.messages import Finish
from inference_worker.wire.prompt_limits import PromptLimit


class GeneratedBatch:
    """A batch of one slot: ``generate`` runs in a thread of its own and hands over each token."""

    slots = 1
    light = False

    def __init__(
        self,
        model: Any,
        prompts: PromptEncoder,
        *,
        revision: str,
        device: str,
        forced_tokens: int = 0,
    ) -> None:
        self.revision = revision
        self.device = device
        self._model = model
        self._prompts = prompts
        self._forced_tokens = forced_tokens
        self.positions = positions(model)
        self.prompt_limit: PromptLimit | None = None
        self._ends = prompts.ends(model)
        self._answer: _GeneratedAnswer | None = None

    def join(self, ask: GenerationInput) -> None:
        inputs = self._prompts.tensors(ask).to(self._model.device, self._model.dtype)
        ask = fitted(ask, inputs, self.positions)
        # Whole and not in parts: some families say a part of it themselves.
        settings = deepcopy(self._model.generation_config)
        settings.update(do_sample=False, max_new_tokens=ask.sampling.max_new_tokens)
        if ask.sampling.temperature > 0:
            # 1 and 0 switch off the model's own cuts: both sides draw under equal conditions.
            settings.update(do_sample=True, temperature=ask.sampling.temperature, top_p=1, top_k=0)
        if self._ends:
            settings.eos_token_id = sorted(self._ends)  # also those that the template alone has
        if self._forced_tokens:
            settings.min_new_tokens = self._forced_tokens
        self._answer = _GeneratedAnswer(
            ask, IncrementalDetokenizer(self._prompts.tokenizer), self._ends
        )
        self._answer.start(self._model, {**inputs, "generation_config": settings})

    def step(self) -> list[TokenDelta]:
        if self._answer is None:
            return []
        piece = next(self._answer.pieces)
        if piece.finish is not None:
            self._answer.stop()
            self._answer = None
        return [piece]

    def leave(self, id: str) -> None:
        if self._answer is not None and self._answer.ask.id == id:
            self._answer.stop()
            self._answer = None


class _GeneratedAnswer(BaseStreamer, StoppingCriteria):
    """A running call of ``generate``: its text, and whether it has to stop."""

    def __init__(
        self, ask: GenerationInput, detokenizer: IncrementalDetokenizer, ends: frozenset[int]
    ) -> None:
        self.ask = ask
        self.pieces = self._read()
        self._detokenizer = detokenizer
        self._ends = ends
        self._queue: SimpleQueue[int | Exception | None] = SimpleQueue()
        self._prompt_seen = False
        self._stopped = False
        self._thread: Thread | None = None

    def start(self, model: Any, arguments: dict[str, Any]) -> None:
        # A list of its own kind: DiffusionGemma calls it, which a plain one does not let it do.
        stops = StoppingCriteriaList([self])

        def run() -> None:
            try:
                torch.manual_seed(self.ask.sampling.seed)
                model.generate(**arguments, streamer=self, stopping_criteria=stops)
            except Exception as error:  # noqa: BLE001  # raised again where the queue steps
                self._queue.put(error)
            else:
                self._queue.put(None)

        self._thread = Thread(target=run, name="generate", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Return once the model is free again: within one step."""
        self._stopped = True
        if self._thread is not None:
            self._thread.join()

    def put(self, value: torch.Tensor) -> None:
        if self._prompt_seen:
            if value.shape[0] > 1:
                raise ValueError("the family makes a question of each picture: it takes one")
            for token in value.flatten().tolist():  # a family that writes in blocks puts several
                self._queue.put(token)
        self._prompt_seen = True

    def end(self) -> None:
        """Do nothing: the thread itself puts the end after the last token, with any error."""

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        return torch.full((input_ids.shape[0],), self._stopped, device=input_ids.device)

    def _read(self) -> Iterator[TokenDelta]:
        made = 0
        while (token := self._queue.get()) is not None:
            if isinstance(token, Exception):
                raise token
            if token in self._ends:
                yield TokenDelta(self.ask.id, self._detokenizer.rest(), finish="stop")
                return
            made += 1
            yield TokenDelta(self.ask.id, self._detokenizer.add(token))
            if made >= self.ask.sampling.max_new_tokens:
                break  # a block may hold more
        finish: Finish = "length" if made >= self.ask.sampling.max_new_tokens else "stop"
        yield TokenDelta(self.ask.id, self._detokenizer.rest(), tokens=0, finish=finish)
