"""One contract for every grounding format that is found, by the examples of its own file."""

from __future__ import annotations

from random import Random
from typing import get_args

import pytest

from inference_worker import grounding
from inference_worker.grounding.reading import MOST_DETECTIONS, AnswerReading, read_whole
from inference_worker.wire.detections import DetectionKind
from tests.inference_worker.grounding.mutating import SIZES, cut_up, mutated, sources

MUTATIONS = 500
"""For each format; all formats together get more than 10,000."""

PLAIN_ANSWERS = (
    "",
    "A cat sits on a red sofa.\n\nIt looks *left*; 3 < 4 and 5 > 4 [1].",
    "# Heading\n\n- one [link](https://example.org)\n- two `code` ``more``\n\n| a |\n|---|\n",
    "Mathematics: $\\frac{1}{2}$, \\[ x_{1} \\], {x | x > 0} and [[1, 2, 3], [4, 5, 6]].",
    '```json\n{"name": "cat", "sizes": [1, 2, 3]}\n```\nand ["a", {"b": []}] too',
    '```python\nboxes = [{"bbox_2d": [1, 2, 3, 4]}]\n<point x="1" y="1"> <loc_1>\n```\n',
    "Tags: <b>bold</b> <div class='x'> &lt; <!-- no --> <p> </p> <|end|> <loc> <box",
    "One line\r\nand another ~~~ ``` inline ``` and [ or { at the end {",
)


def read_in_pieces(reader, pieces):
    """Return the sum of what ``reader`` says to the pieces of a whole answer."""
    read = sum((reader.feed(piece) for piece in pieces), AnswerReading())
    return read + reader.finish()


@pytest.fixture(params=grounding.available())
def key(request):
    return request.param


def test_there_are_enough_of_them_and_an_unknown_one_is_refused():
    assert len(grounding.available()) >= 14
    with pytest.raises(grounding.UnknownFormat, match="qwen2_vl"):
        grounding.load("tea_leaves")


def test_an_answer_without_a_picture_is_refused(key):
    with pytest.raises(ValueError, match="picture"):
        grounding.create_reader(key, [])


def test_a_format_says_what_it_is(key):
    found = grounding.load(key)
    for text in (found.TITLE, found.MODELS, found.MEANING, found.SOURCE):
        assert text.strip() == text != ""
    assert found.SIZE in ("none", "sent", "seen")
    assert set(found.KINDS) <= set(get_args(DetectionKind))
    places = [place for example in found.EXAMPLES for place in example.places]
    assert {place.kind for place in places} == set(found.KINDS)


def test_the_examples_are_read_as_they_say_whole_and_in_pieces(key):
    for example in grounding.load(key).EXAMPLES:
        whole = read_whole(grounding.create_reader(key, example.pictures), example.answer)
        assert whole.text == example.visible
        assert (whole.unread, whole.omitted) == ((), 0)
        assert len(whole.detections) == len(example.places)
        for found, place in zip(whole.detections, example.places, strict=True):
            assert (found.label, found.kind) == (place.label, place.kind)
            assert found.picture == place.picture
            assert found.coordinates == pytest.approx(place.coordinates)
        for size in range(1, 8):
            pieces = [example.answer[at : at + size] for at in range(0, len(example.answer), size)]
            reader = grounding.create_reader(key, example.pictures)
            assert read_in_pieces(reader, pieces) == whole


def test_the_phrase_of_a_place_stands_where_the_place_says(key):
    for example in grounding.load(key).EXAMPLES:
        read = read_whole(grounding.create_reader(key, example.pictures), example.answer)
        for number, found in enumerate(read.detections, start=1):
            expected = found.label or f"({number})"
            assert read.text[found.start : found.end] == expected


def test_a_place_is_there_before_the_answer_goes_on(key):
    """What follows an example can only come after its places, but for one that ends a line."""
    for example in grounding.load(key).EXAMPLES:
        reader = grounding.create_reader(key, example.pictures)
        read = reader.feed(example.answer) + reader.feed("\n\nThat is all")
        assert len(read.detections) == len(example.places)


def test_an_answer_without_marks_stays_as_it_is(key):
    chance = Random(7)
    for answer in PLAIN_ANSWERS:
        reader = grounding.create_reader(key, SIZES[:1])
        assert read_in_pieces(reader, cut_up(answer, chance)) == AnswerReading(answer)


def test_places_beyond_the_bound_are_counted_and_their_marks_removed(key):
    example = next(one for one in grounding.load(key).EXAMPLES if one.places)
    times = MOST_DETECTIONS // len(example.places) + 3
    reader = grounding.create_reader(key, example.pictures)
    read = read_whole(reader, f"{example.answer}\n\n" * times)
    assert len(read.detections) == MOST_DETECTIONS
    assert read.omitted == times * len(example.places) - MOST_DETECTIONS
    assert read.unread == ()


def test_a_mutated_answer_reads_the_same_in_pieces_and_draws_nothing_outside(key):
    chance = Random(f"mutations of {key}")
    others = [answer for _, answer in sources()]
    own = [answer for name, answer in sources() if name == key]
    for _ in range(MUTATIONS):
        answer = mutated(chance.choice(own), others, chance)
        pictures = [chance.choice(SIZES)]
        whole = read_whole(grounding.create_reader(key, pictures), answer)
        reader = grounding.create_reader(key, pictures)
        assert read_in_pieces(reader, cut_up(answer, chance)) == whole, answer
        for found in whole.detections:
            assert all(0 <= number <= 1 for number in found.coordinates), answer
            assert 0 <= found.start <= found.end <= len(whole.text), answer
            assert found.picture == 0, answer
        assert all(0 <= span.start < span.end <= len(whole.text) for span in whole.unread), answer
