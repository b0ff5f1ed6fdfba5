"""Pixels of a resized picture become places where somebody says its size."""

from __future__ import annotations

from msgspec.structs import replace

from inference_worker.answers import RunningAnswer
from inference_worker.pointing import point_out
from tests.inference_worker.making import ask, picture, request, spec

CAT = '{"box_2d": [100, 100, 300, 200], "label": "cat"}'


def placed(options="", *, seen=(), images=None):
    """The coordinates of the answer's places, about a picture of 1000 by 500 pixels."""
    side = replace(request(), grounding="claude", model=spec(options=options))
    answer = RunningAnswer(side, flush_soon=lambda: None)
    point_out(answer, ask(images=images or (picture(size=(1000, 500)),)))
    answer.read(9, seen)
    answer.add(CAT[:20], 1)
    answer.read(9, [(1, 1)])  # begun again: too late for another reader
    answer.add(CAT[20:], 1)
    answer.end("stop")
    answer.take()
    outcome = answer.outcome("heron")
    assert outcome.text == "cat"
    return [place["coordinates"] for place in outcome.places]


def test_without_a_size_nothing_is_drawn():
    assert placed() == []
    assert placed('{"no":"options"}') == []


def test_the_version_says_how_pictures_are_resized():
    assert placed('{"picture_resize":{"longest_side":500}}') == [(0.2, 0.4, 0.6, 0.8)]


def test_the_model_says_in_which_size_it_sees_each_picture():
    assert placed(seen=[(1000, 400)]) == [(0.1, 0.25, 0.3, 0.5)]
    declared = '{"picture_resize":{"longest_side":500}}'
    assert placed(declared, seen=[(7, 7), (1000, 400)]) == [(0.1, 0.25, 0.3, 0.5)]
    two = (picture(size=(1000, 500)),) * 2
    assert placed(seen=[(1000, 400)], images=two) == []  # of one, it says nothing
