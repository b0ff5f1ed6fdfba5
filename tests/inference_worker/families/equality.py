"""Greedy answers in slots against a lone ``generate``, for requests that join at random."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import torch

from inference_worker.backends.base import AnsweredTurn, GenerationInput, SamplingParams
from inference_worker.backends.transformers.prompts import IncrementalDetokenizer
from inference_worker.backends.transformers.slots import SlotBatch
from tests.inference_worker.making import picture

GAP = 1e-4
"""Two likeliest tokens that are nearer to one another are ordered by the order of additions."""
SLOTS = 8
WORDS = ("what", "is", "in", "this", "picture", "a", "red", "circle", "stands", "beside", "two")
COLOURS = ("red", "blue", "green", "white", "black")


def equality(batch: SlotBatch, count: int, random: Random) -> tuple[int, list[str]]:
    """Return how many answers are those of ``generate``, and where the others differ."""
    asks = [question(batch, str(number), random) for number in range(count)]
    said = played(batch, asks, random)
    differences = [
        f"request {one.id} differs at token {at}, {gap:.1e} apart"
        for one in asks
        for at, gap in difference(batch, one, said[one.id])
    ]
    return count - len(differences), differences


def question(batch: SlotBatch, id: str, random: Random) -> GenerationInput:
    """Return a question that the model takes, of a random form."""
    most = batch._prompts._options.max_images
    pictures = random.choice([0, 1, 1, 2]) if most is None else most
    sizes = [(random.randint(20, 90), random.randint(20, 90)) for _ in range(pictures)]
    images = tuple(picture(random.choice(COLOURS), size=size) for size in sizes)
    earlier: tuple[AnsweredTurn, ...] = ()
    if batch._prompts.template and random.random() < 0.3:
        # The pictures stand in the first turn, as in a conversation that goes on about them.
        earlier = (AnsweredTurn(words(random), images, words(random)),)
        images = ()
    sampling = SamplingParams(random.randint(1, 40), 0.0, 1)
    return GenerationInput(id, words(random), images, sampling, 60.0, earlier)


def words(random: Random) -> str:
    """Return a sentence of one to thirty words."""
    return " ".join(random.choices(WORDS, k=random.randint(1, 30)))


def played(batch: SlotBatch, asks: list[GenerationInput], random: Random) -> dict[str, list[str]]:
    """Return the pieces of each answer; requests join at random while there is room."""
    waiting, inside = list(asks), 0
    pieces: dict[str, list[str]] = {one.id: [] for one in asks}
    while waiting or inside:
        while waiting and inside < SLOTS and random.random() < 0.4:
            batch.join(waiting.pop(0))
            inside += 1
        for piece in batch.step():
            pieces[piece.id].append(piece.text)
            inside -= piece.finish is not None
    return pieces


@torch.inference_mode()
def difference(
    batch: SlotBatch, one: GenerationInput, said: list[str]
) -> Iterator[tuple[int, float]]:
    """Yield the place of the first difference from ``generate``, with the gap there, if it is one
    that the order of additions does not explain."""
    tensors = batch._prompts.tensors(one).to(batch._model.device, batch._model.dtype)
    made = batch._model.generate(
        **tensors,
        max_new_tokens=one.sampling.max_new_tokens,
        do_sample=False,
        eos_token_id=sorted(batch._ends),
        output_logits=True,
        return_dict_in_generate=True,
    )
    tokens = made.sequences[0, tensors["input_ids"].shape[1] :].tolist()
    detokenizer = IncrementalDetokenizer(batch._prompts.tokenizer)
    for at, token in enumerate(tokens):
        is_end = token in batch._ends
        text = detokenizer.rest() if is_end else detokenizer.add(token)
        if at + 1 == one.sampling.max_new_tokens and not is_end:
            text += detokenizer.rest()
        if at >= len(said) or said[at] != text:
            best = made.logits[at][0].float().topk(2).values
            gap = float(best[0] - best[1])
            if gap >= GAP:
                yield at, gap
            return
        if is_end:
            return
