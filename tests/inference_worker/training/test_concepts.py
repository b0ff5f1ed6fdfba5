from __future__ import annotations

import pytest
import torch
from torch import nn

from inference_worker.samples.vocabulary import COLOURS
from inference_worker.training.build import build_tokenizer
from inference_worker.training.cells import GROUPS, IGNORE, classes
from inference_worker.training.concepts import ConceptHeads

HIDDEN = 64


@pytest.fixture(scope="module")
def tokenizer():
    return build_tokenizer()


@pytest.fixture
def concepts(tokenizer):
    torch.manual_seed(0)
    words = nn.Embedding(len(tokenizer), HIDDEN)
    nn.init.normal_(words.weight, std=HIDDEN**-0.5)
    return ConceptHeads(words, tokenizer)


def labels(group, code):
    """One picture whose 36 cells all show one class of one group, all else being background."""
    filled = torch.zeros(1, 36, len(GROUPS), dtype=torch.long)
    filled[..., GROUPS.index(group)] = code
    return filled


def hits(concepts, cells, target, group):
    return concepts(cells, target)[1][GROUPS.index(group)]


def test_every_group_has_a_vector_a_class(concepts):
    for group in GROUPS:
        assert concepts._vectors(group).shape == (classes(group), HIDDEN)


def test_a_cell_like_a_words_embedding_is_read_as_that_word(concepts, tokenizer):
    (token,) = tokenizer.encode(" purple", add_special_tokens=False)
    cells = concepts.words.weight[token].expand(1, 36, HIDDEN)
    purple = 1 + list(COLOURS).index("purple")
    assert hits(concepts, cells, labels("colour", purple), "colour") == 1
    assert hits(concepts, cells, labels("colour", purple - 1), "colour") == 0


def test_a_cell_that_is_left_out_costs_nothing(concepts):
    cells = torch.randn(1, 36, HIDDEN)
    target = labels("shape", 1)
    target[:, 18:] = IGNORE
    other = cells.clone()
    other[:, 18:] = 0
    one, two = (concepts(seen, target)[0] for seen in (cells, other))
    placed, unplaced = (concepts._placing(seen) for seen in (norm(cells), norm(other)))
    assert torch.isclose(one - placed, two - unplaced, atol=1e-4)


def norm(cells):
    return nn.functional.rms_norm(cells, cells.shape[-1:])


def test_the_loss_reaches_the_words(concepts):
    concepts(torch.randn(1, 36, HIDDEN), labels("emoji", 5))[0].backward()
    assert concepts.words.weight.grad.abs().sum() > 0
