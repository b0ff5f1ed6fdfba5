"""Tries a family's tiny folder through the product's own backend, as a battle would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from inference_worker.backends.base import AnsweredTurn, BackendError, BatchModel, GenerationInput
from inference_worker.backends.transformers import TransformersBackend
from inference_worker.backends.transformers.slots import SlotBatch
from inference_worker.settings import WorkerSettings
from tests.inference_worker.families import folders
from tests.inference_worker.families.every import RECIPES
from tests.inference_worker.making import ask, picture, spec

TOKENS = 6


class FamilyResult(Struct, frozen=True, omit_defaults=True):
    """What a family does; a limit is a sentence with its true reason, and empty for none."""

    engine: str = ""
    """``slots``, ``one at a time``, or empty for a family that does not load."""
    load: str = ""
    answer: str = ""
    stream: str = ""
    two_pictures: str = ""
    two_turns: str = ""
    no_picture: str = ""


def tried(family: str, folder: Path) -> FamilyResult:
    """Make a family's folder and return what it does."""
    try:
        folders.make(family, folder)
    except Exception as error:  # noqa: BLE001  # whatever it is stands in the table
        return FamilyResult(load=f"no tiny folder: {_sentence(error)}")
    try:
        batch = load(family, folder)
    except Exception as error:  # noqa: BLE001
        return FamilyResult(load=_sentence(error))
    turn = AnsweredTurn("what is it?", (picture("blue"),), "a red circle")
    return FamilyResult(
        engine="slots" if isinstance(batch, SlotBatch) else "one at a time",
        answer=_limit(batch, ask(tokens=TOKENS)),
        stream=_not_streamed(batch),
        two_pictures=_limit(batch, ask(tokens=TOKENS, images=(picture("red"), picture("blue")))),
        two_turns=_limit(batch, ask(tokens=TOKENS, images=(), earlier=(turn,))),
        no_picture=_limit(batch, ask(tokens=TOKENS, images=())),
    )


def load(family: str, folder: Path) -> BatchModel:
    """Return the loaded model of a folder. Raises what the backend raises."""
    recipe = RECIPES[family]
    backend = TransformersBackend(WorkerSettings("redis://nowhere", model_dirs=(folder.parent,)))
    one = spec(str(folder), "transformers", options=recipe.options)
    return backend.load(backend.resolve_revision(one))


def pieces(batch: BatchModel, one: GenerationInput) -> Iterator[Any]:
    """Yield the pieces of an answer. Raises what the model raises."""
    batch.join(one)
    while True:
        for piece in batch.step():
            yield piece
            if piece.finish is not None:
                return


def _limit(batch: BatchModel, one: GenerationInput) -> str:
    """Return an empty text where the question is answered, else why it is not."""
    try:
        made = sum(piece.tokens for piece in pieces(batch, one))
    except Exception as error:  # noqa: BLE001
        batch.leave(one.id)
        return _sentence(error)
    return "" if made else "no token came"


def _not_streamed(batch: BatchModel) -> str:
    try:
        steps = list(pieces(batch, ask(tokens=TOKENS)))
    except Exception as error:  # noqa: BLE001
        batch.leave("1")
        return _sentence(error)
    return "" if len(steps) > 1 else "the whole answer came in one piece"


def _sentence(error: Exception) -> str:
    words = error.reason if isinstance(error, BackendError) else str(error)
    kind = "" if isinstance(error, BackendError) else f"{type(error).__name__}: "
    return kind + " ".join(words.split())[:300]
