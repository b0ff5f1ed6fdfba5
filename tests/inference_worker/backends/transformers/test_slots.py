from __future__ import annotations

import pytest
import torch
from transformers import AutoModelForImageTextToText, AutoProcessor

from inference_worker.backends.transformers.generated import GeneratedBatch
from inference_worker.backends.transformers.prompts import PromptEncoder
from inference_worker.backends.transformers.slots import SlotBatch, fits
from tests.inference_worker.making import ask, picture

ASKS = [
    ask("a", "what is in"),
    ask("b", "a red circle, which?", tokens=40),
    ask("c", "hi", tokens=10, images=(picture("blue"),)),
    ask("d", "what is in this picture " * 4, tokens=24),
    ask("e", "x", tokens=1),
]


@pytest.fixture(scope="module")
def loaded(tiny_model):
    processor = AutoProcessor.from_pretrained(str(tiny_model))
    return AutoModelForImageTextToText.from_pretrained(str(tiny_model)).eval(), PromptEncoder(
        processor
    )


@pytest.fixture(params=[SlotBatch, GeneratedBatch], ids=["slots", "generated"])
def make(request, loaded):
    def made(**more):
        return request.param(*loaded, revision="r", device="cpu", **more)

    return made


@pytest.fixture(scope="module")
def plain(loaded):
    """What ``generate`` alone says to an ask."""
    model, prompts = loaded

    def answer(one):
        tensors = prompts.tensors(one)
        tokens = model.generate(
            **tensors, max_new_tokens=one.sampling.max_new_tokens, do_sample=False
        )
        new = tokens[0, tensors["input_ids"].shape[1] :]
        return prompts.tokenizer.decode(new, skip_special_tokens=True)

    return answer


def play(batch, asks, *, every=1):
    """The text of each ask; one joins before each ``every``-th step while there is room."""
    texts, waiting, inside, steps = {a.id: "" for a in asks}, list(asks), set(), 0
    while waiting or inside:
        if waiting and len(inside) < batch.slots and steps % every == 0:
            inside.add(waiting[0].id)
            batch.join(waiting.pop(0))
        for piece in batch.step():
            texts[piece.id] += piece.text
            inside -= {piece.id} if piece.finish else set()
        steps += 1
    return texts


def test_the_shipped_kind_of_model_fits_the_slots(loaded):
    assert fits(loaded[0])


@pytest.mark.parametrize("every", [1, 3, 7])
def test_answers_are_those_of_generate_whoever_else_is_inside(make, plain, every):
    assert play(make(), ASKS, every=every) == {one.id: plain(one) for one in ASKS}


def test_answers_do_not_change_when_another_leaves(loaded, plain):
    batch = SlotBatch(*loaded, revision="r", device="cpu")
    batch.join(ASKS[3])
    batch.join(ASKS[1])
    text = "".join(p.text for _ in range(4) for p in batch.step() if p.id == "b")
    batch.leave("d")
    while pieces := batch.step():
        text += "".join(piece.text for piece in pieces)
        if pieces[-1].finish:
            break
    assert text == plain(ASKS[1])


def test_padding_goes_when_the_longest_has_left(loaded):
    batch = SlotBatch(*loaded, revision="r", device="cpu")
    for one in (ASKS[3], ASKS[0]):
        batch.join(one)
    long = batch._mask.shape[1]
    batch.leave("d")
    assert batch._mask.shape[1] < long
    assert (bool(batch._mask.all()), batch._padded) == (True, False)


def test_an_empty_batch_keeps_no_cache(loaded):
    batch = SlotBatch(*loaded, revision="r", device="cpu")
    play(batch, ASKS)
    assert batch._cache.get_seq_length() == 0


def test_the_first_token_comes_with_the_first_step(make):
    batch = make()
    batch.join(ASKS[0])
    assert [piece.id for piece in batch.step()] == ["a"]


def test_sampling_is_repeatable_and_alone_its_seed_decides(make):
    hot = [ask("x", temperature=1.0, seed=seed, tokens=24) for seed in (1, 1, 2)]
    first, same, other = (play(make(), [one])["x"] for one in hot)
    assert first == same != other


def test_a_draw_does_not_depend_on_who_else_is_inside(loaded):
    one = ask("x", temperature=1.0, seed=3, tokens=12)
    alone = play(SlotBatch(*loaded, revision="r", device="cpu"), [one])["x"]
    among = play(SlotBatch(*loaded, revision="r", device="cpu"), [*ASKS, one])["x"]
    assert among == alone


def test_forced_tokens_hold_back_the_end(make, loaded, monkeypatch):
    model, prompts = loaded
    first = play(make(), [ask("x", tokens=1)])["x"]
    end = prompts.tokenizer.encode(first, add_special_tokens=False)[0]
    monkeypatch.setattr(model.generation_config, "eos_token_id", end)
    assert play(make(), [ask("x", tokens=9)]) == {"x": ""}
    batch = make(forced_tokens=9)
    batch.join(ask("x", tokens=9))
    made = 0
    while not (pieces := batch.step())[-1].finish:
        made += len(pieces)
    assert made + pieces[-1].tokens == 9


def test_an_error_in_the_model_is_raised_by_join_or_step(make, loaded, monkeypatch):
    monkeypatch.setattr(loaded[0].lm_head, "forward", lambda hidden: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        play(make(), ASKS)


def test_a_model_with_another_cache_is_not_for_slots():
    config = type("Config", (), {"model_type": "mllama"})
    assert not fits(type("Model", (torch.nn.Module,), {"config": config})())
