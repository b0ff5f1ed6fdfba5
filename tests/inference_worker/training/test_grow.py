from __future__ import annotations

from contextlib import ExitStack
from copy import deepcopy
from dataclasses import replace

import pytest
import torch

from inference_worker.samples.conversations import single
from inference_worker.samples.questions import PictureQuestion
from inference_worker.training.exam import exam
from inference_worker.training.forward import answer_logits, look
from inference_worker.training.grow import DoesNotFit, grow, sources
from inference_worker.training.marking import mark
from inference_worker.training.optimise import StageOptimisers
from inference_worker.training.packing import BatchPacker
from inference_worker.training.presets import PRESETS

DEEPER = replace(PRESETS["tiny"], layers=3, depths=(1, 3))
PACKED = [[single(PictureQuestion("count", "Count the bars.", "I count three."))]]


@pytest.fixture(scope="module")
def grown(tiny, tokenizer):
    return grow(tiny, DEEPER, tokenizer).eval()


@pytest.fixture(scope="module")
def pixels():
    return torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(1)) * 2 - 1


ADDED = [
    "model.language_model.layers.1",
    "model.language_model.layers.2",
    "model.vision_tower.encoder.layers.1.blocks.1",
    "model.vision_tower.encoder.layers.1.blocks.2",
]


def close(one, other):
    """Whether no more than rounding parts them.

    A matrix product's last bit may depend on where its numbers lie in memory, and norms are taken
    in single precision whatever the model's.
    """
    return torch.allclose(one, other, rtol=0, atol=1e-4)


def those_that_add(model, names, forward):
    """The layers, of those named, that hand on anything but what they were handed, to the bit."""
    found = set()

    def compare(name):
        def hook(_layer, arguments, output):
            output = output[0] if isinstance(output, tuple) else output
            if not torch.equal(arguments[0], output):
                found.add(name)

        return hook

    with ExitStack() as hooks:
        for name in names:
            layer = model.get_submodule(name)
            hooks.enter_context(layer.register_forward_hook(compare(name)))
        forward(model)
    return found


def parts(model):
    return len(model.model.language_model.layers), [
        len(stage.blocks) for stage in model.model.vision_tower.encoder.layers
    ]


def test_it_has_the_presets_depth(tiny, grown):
    assert parts(tiny) == (1, [1, 1])
    assert parts(grown) == (3, [1, 3])


def test_its_tower_sees_what_the_smaller_one_saw(tiny, grown, pixels):
    assert close(look(tiny, pixels), look(grown, pixels))


def test_it_starts_with_the_smaller_ones_logits(tiny, grown, tokenizer, pixels):
    packed = BatchPacker(tokenizer).pack(PACKED)
    assert close(*(answer_logits(model, look(model, pixels), packed)[0] for model in (tiny, grown)))


def test_what_was_added_adds_nothing_to_the_bit(grown, tokenizer, pixels):
    packed = BatchPacker(tokenizer).pack(PACKED)
    first = ["model.language_model.layers.0", "model.vision_tower.encoder.layers.1.blocks.0"]
    double = deepcopy(grown).double()
    adding = those_that_add(
        double,
        ADDED + first,
        lambda model: answer_logits(model, look(model, pixels.double()), packed),
    )
    assert adding == set(first)


@pytest.mark.parametrize("name", ADDED)
def test_a_trace_of_an_added_layer_is_seen(name, grown, tokenizer, pixels):
    packed, touched = BatchPacker(tokenizer).pack(PACKED), deepcopy(grown).double()
    with torch.no_grad():
        for weight in touched.get_submodule(name).parameters():
            weight.add_(1e-6)
    adding = those_that_add(
        touched, ADDED, lambda model: answer_logits(model, look(model, pixels.double()), packed)
    )
    assert adding == {name}


def test_what_was_there_is_kept_to_the_bit(tiny, grown):
    have, want = tiny.state_dict(), grown.state_dict()
    kept = {name for name in want if not name.startswith(tuple(f"{layer}." for layer in ADDED))}
    assert kept == set(have)
    assert all(torch.equal(want[name], have[name]) for name in kept)


@pytest.mark.usefixtures("needs_fonts")
def test_it_scores_what_the_smaller_one_scores(tiny, grown, processor):
    sheets = exam(2, seed=3, side=96)
    assert mark(grown, processor, sheets) == mark(tiny, processor, sheets)


def test_it_shares_no_weight_with_the_smaller_one(tiny, tokenizer):
    before = deepcopy(tiny.state_dict())
    other = grow(tiny, DEEPER, tokenizer)
    with torch.no_grad():
        for weight in other.parameters():
            weight.zero_()
    assert all(torch.equal(weight, before[name]) for name, weight in tiny.state_dict().items())


def test_words_and_head_stay_one(grown):
    assert grown.get_output_embeddings().weight is grown.get_input_embeddings().weight


def test_what_was_added_learns(tiny, tokenizer, pixels):
    model = grow(tiny, DEEPER, tokenizer).train()
    packed = BatchPacker(tokenizer).pack(PACKED)
    optimisers = StageOptimisers([(model, 1e-2)])
    for _ in range(2):
        logits, targets = answer_logits(model, look(model, pixels), packed)
        torch.nn.functional.cross_entropy(logits, targets).backward()
        optimisers.step(1.0)
    for layer in model.model.language_model.layers:
        assert layer.mlp.down_proj.weight.abs().sum() > 0
        assert layer.self_attn.o_proj.weight.abs().sum() > 0


@pytest.mark.parametrize(
    ("smaller", "larger", "origins"),
    [
        (1, 3, [0, 0, 0]),
        (2, 4, [0, 0, 1, 1]),
        (4, 6, [0, 0, 1, 2, 2, 3]),
        (3, 3, [0, 1, 2]),
    ],
)
def test_copies_are_spread_and_follow_their_origin(smaller, larger, origins):
    found = sources(smaller, larger)
    assert [source.layer for source in found] == origins
    assert sum(not source.is_copy for source in found) == smaller
    assert all(
        source.is_copy == (index > 0 and origins[index - 1] == source.layer)
        for index, source in enumerate(found)
    )


def test_growing_by_nothing_copies(tiny, tokenizer):
    same = grow(tiny, PRESETS["tiny"], tokenizer)
    weights = zip(tiny.parameters(), same.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in weights)


@pytest.mark.parametrize("change", [{"hidden": 64}, {"embed": 48}, {"feed_forward": 128}])
def test_another_width_does_not_fit(tiny, tokenizer, change):
    with pytest.raises(DoesNotFit):
        grow(tiny, replace(DEEPER, **change), tokenizer)


def test_the_presets_that_are_to_grow_fit(tokenizer):
    small, large = PRESETS["s"], PRESETS["m"]
    widths = ("patch", "embed", "vision_heads", "mlp_ratio", "hidden", "heads", "feed_forward")
    assert all(getattr(small, name) == getattr(large, name) for name in widths)
    assert large.layers > small.layers
