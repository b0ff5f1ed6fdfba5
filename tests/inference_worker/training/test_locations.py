from __future__ import annotations

import copy

import pytest
import torch

from inference_worker import grounding
from inference_worker.grounding.reading import PictureSize, read_whole
from inference_worker.samples.scenes import SIDE, PixelBox
from inference_worker.training.locations import (
    BINS,
    FORMAT,
    LOCATIONS,
    add_locations,
    located,
    location_ids,
)

BOX = PixelBox(24, 12, 48, 60)


@pytest.fixture(scope="module")
def pointing(tokenizer):
    grown = copy.deepcopy(tokenizer)
    embeddings = torch.nn.Embedding(2048, 48)
    add_locations(grown, embeddings)
    return grown, embeddings


def test_the_arena_reads_what_is_written():
    reader = grounding.create_reader(FORMAT, [PictureSize(100, 100)])
    reading = read_whole(reader, located("At the top left.", [BOX]))
    assert reading.text == "At the top left."
    [found] = reading.detections
    sides = (BOX.left, BOX.top, BOX.right, BOX.bottom)
    assert found.coordinates == pytest.approx([side / SIDE for side in sides], abs=0.6 / BINS)


def test_two_places_belong_to_one_answer():
    reader = grounding.create_reader(FORMAT, [PictureSize(100, 100)])
    reading = read_whole(reader, located("Yes.", [BOX, PixelBox(50, 50, 80, 90)]))
    assert reading.text == "Yes."
    assert [one.kind for one in reading.detections] == ["box", "box"]


def test_a_side_is_one_token(pointing):
    text = located("At the top left.", [BOX])
    tokens = pointing[0].encode(text, add_special_tokens=False)
    assert sum(token in location_ids(pointing[0]) for token in tokens) == 4
    assert pointing[0].decode(tokens, skip_special_tokens=True) == text


def test_words_are_cut_as_before(pointing, tokenizer):
    text = "Where is the red star?"
    assert pointing[0].encode(text) == tokenizer.encode(text)


def test_near_places_begin_near_each_other(pointing):
    tokenizer, embeddings = pointing
    rows = embeddings.weight[list(location_ids(tokenizer))].detach()
    near, far = rows[50] @ rows[51], rows[50] @ rows[99]
    assert near > 2 * far


def test_they_are_added_once(pointing):
    tokenizer, embeddings = pointing
    before = embeddings.weight.clone()
    add_locations(tokenizer, embeddings)
    assert torch.equal(embeddings.weight, before)
    assert len(location_ids(tokenizer)) == len(LOCATIONS)


def test_a_model_without_them_has_none(tokenizer):
    assert not location_ids(tokenizer)


def test_a_full_vocabulary_is_refused(tokenizer):
    with pytest.raises(ValueError, match="no room"):
        add_locations(copy.deepcopy(tokenizer), torch.nn.Embedding(len(tokenizer), 48))
