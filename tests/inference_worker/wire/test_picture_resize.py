"""How a picture is resized before a model sees it, as a version declares it."""

from __future__ import annotations

import pytest

from inference_worker.wire.endpoint_options import MalformedOptions
from inference_worker.wire.model_options import normalised, picture_resize


@pytest.mark.parametrize(
    ("resize", "size", "seen"),
    [
        ("{}", (1000, 500), (1000, 500)),
        ('{"longest_side":500}', (1000, 500), (500, 250)),
        ('{"longest_side":500}', (3, 4), (3, 4)),
        ('{"most_pixels":125000}', (1000, 500), (500, 250)),
        ('{"least_pixels":3136,"multiple":28}', (20, 10), (84, 56)),
        ('{"multiple":28}', (1000, 500), (1008, 504)),
        ('{"longest_side":1,"most_pixels":1,"multiple":28}', (2000, 1), (28, 28)),
    ],
)
@pytest.mark.parametrize("remote", [True, False])
def test_the_size_that_a_model_sees(resize, size, seen, remote):
    options = normalised(f'{{"picture_resize": {resize}}}', remote=remote)
    declared = picture_resize(options, remote=remote)
    assert declared is not None
    assert declared.size_of(*size) == seen


@pytest.mark.parametrize(
    ("resize", "said"),
    [
        ('{"multiple":0}', ">= 1"),
        ('{"longest_side":"big"}', "longest_side"),
        ('{"most_pixels":1,"least_pixels":2}', "least_pixels is more"),
        ('{"shortest_side":9}', "shortest_side"),
    ],
)
def test_what_is_no_rule_is_refused(resize, said):
    with pytest.raises(MalformedOptions, match=said):
        picture_resize(f'{{"picture_resize": {resize}}}', remote=True)
