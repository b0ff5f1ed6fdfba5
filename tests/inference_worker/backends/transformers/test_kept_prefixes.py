"""A conversation goes on from what was computed of it, and says what it would say anyhow."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForImageTextToText, AutoProcessor

from inference_worker.backends.base import AnsweredTurn
from inference_worker.backends.transformers import kept_prefixes
from inference_worker.backends.transformers.kept_prefixes import KeptPrefixes
from inference_worker.backends.transformers.prompts import PromptEncoder
from inference_worker.backends.transformers.slots import SlotBatch
from tests.inference_worker.making import ask, picture

FIRST = ask("first", "what is in this picture")
OTHER = ask("other", "a red circle, which?", tokens=40)


@pytest.fixture(scope="module")
def loaded(tiny_model):
    processor = AutoProcessor.from_pretrained(str(tiny_model))
    model = AutoModelForImageTextToText.from_pretrained(str(tiny_model)).eval()
    return model, PromptEncoder(processor)


@pytest.fixture
def make(loaded):
    return lambda: SlotBatch(*loaded, revision="r", device="cpu")


@pytest.fixture
def widths(make, monkeypatch):
    """The number of tokens in each prompt that the model has read."""
    read = []

    def counted(self, *args, **arguments):
        read.append(arguments["input_ids"].shape[1])
        return forward(self, *args, **arguments)

    kind = type(make()._model)
    forward = kind.forward
    monkeypatch.setattr(kind, "forward", counted)
    return read


def said(batch, *asks):
    texts = {one.id: "" for one in asks}
    for one in asks:
        batch.join(one)
    open_asks = set(texts)
    while open_asks:
        for piece in batch.step():
            texts[piece.id] += piece.text
            open_asks -= {piece.id} if piece.finish else set()
    return [texts[one.id] for one in asks]


def follow_up(first, answer, id="second", **more):
    turn = AnsweredTurn(first.prompt, first.images, answer)
    return replace(first, id=id, prompt="hi, and which?", images=(), earlier=(turn,), **more)


def test_the_next_turn_reads_what_is_new_alone(make, widths):
    batch = make()
    [answer] = said(batch, FIRST)
    first = widths[0]
    widths.clear()
    here = said(batch, follow_up(FIRST, answer))
    rest = widths[0]
    widths.clear()
    assert here == said(make(), follow_up(FIRST, answer))
    assert rest < widths[0] - first // 2


def test_a_row_among_others_leaves_no_padding_behind(make, widths):
    batch = make()
    answer, other = said(batch, FIRST, OTHER)
    asks = follow_up(FIRST, answer), follow_up(OTHER, other, "more")
    together = said(batch, *asks)
    assert together == [text for one in asks for text in said(make(), one)]


def test_an_answer_that_was_written_otherwise_is_read_again(make):
    batch = make()
    said(batch, FIRST)
    changed = follow_up(FIRST, "a circle, hi")
    assert said(batch, changed) == said(make(), changed)


@pytest.mark.parametrize("change", ["picture", "question", "new picture"])
def test_another_conversation_takes_nothing(make, widths, change):
    batch = make()
    [answer] = said(batch, FIRST)
    first = {
        "picture": replace(FIRST, images=(picture("green"),)),
        "question": replace(FIRST, prompt="what is in a picture"),
        "new picture": FIRST,
    }[change]
    asked = follow_up(first, answer)
    if change == "new picture":
        asked = replace(asked, images=(picture("blue"),))
    widths.clear()
    here = said(batch, asked)
    read = widths[0]
    widths.clear()
    assert here == said(make(), asked)
    assert read == widths[0]


def test_the_oldest_go_while_all_take_too_many_bytes():
    kept = KeptPrefixes(3 * 8)
    layers = [(torch.zeros(1, 1, 1, 1), torch.zeros(1, 1, 1, 1))]
    asks = [replace(FIRST, prompt=f"question {n}") for n in range(5)]
    for one in asks:
        kept.keep(one, [7], layers, offset=0)
    found = [kept.take(follow_up(one, ""), [7, 8]) is not None for one in asks]
    assert found == [False, False, True, True, True]


def test_one_that_is_too_large_alone_is_not_kept():
    kept = KeptPrefixes(7)
    kept.keep(FIRST, [7], [(torch.zeros(1), torch.zeros(1))], offset=0)
    assert kept.take(follow_up(FIRST, ""), [7, 8]) is None


def test_a_large_model_may_keep_a_tenth_of_its_weights():
    assert kept_prefixes.most_bytes(10_000_000) == kept_prefixes.LEAST_BYTES
    assert kept_prefixes.most_bytes(20_000_000_000) == 2_000_000_000
