"""Places as JSON: in blocks, bare, cut off, among other JSON, hostile."""

from __future__ import annotations

import json

import pytest

from inference_worker import grounding
from inference_worker.grounding.listing_scan import MOST_DEPTH, MOST_HELD
from inference_worker.grounding.reading import PictureSize, TextSpan, read_whole

CAT = '{"bbox_2d": [100, 200, 300, 400], "label": "cat"}'
DOG = '{"bbox_2d": [500, 500, 600, 600], "label": "dog"}'


def read(answer, key="qwen3_vl", size=(1000, 1000)):
    return read_whole(grounding.create_reader(key, [PictureSize(*size)]), answer)


def labels(result):
    return [found.label for found in result.detections]


@pytest.mark.parametrize(
    ("answer", "visible"),
    [
        (f"```json\n[{CAT}, {DOG}]\n```", "cat, dog"),
        (f"Here:\n```json\n[{CAT},\n{DOG}]\n```\nDone.", "Here:\ncat, dog\nDone."),
        (f"Here: ```json\n[{CAT}, {DOG}]\n``` Done.", "Here: cat, dog Done."),
        (f"```\n{CAT}\n{DOG}\n```\n", "cat, dog\n"),
        (f"[{CAT}] and [{DOG}].", "cat and dog."),
        (f'{{"detections": [{CAT}, {DOG}]}}', "cat, dog"),
        (f'{{"a": {{"b": [{CAT}]}}, "c": [{DOG}]}}', "cat, dog"),
        (f"```json\n[{CAT}, {DOG}]", "cat, dog"),
        (f"```json\n[{CAT},\n{DOG}\n", "cat, dog"),
    ],
)
def test_a_listing_is_read_as_its_labels(answer, visible):
    result = read(answer)
    assert (result.text, labels(result), result.unread) == (visible, ["cat", "dog"], ())


def test_other_words_in_a_listing_are_kept_in_their_order():
    result = read(f'{{"answer": "One cat, one dog.", "places": [{CAT}, {DOG}], "sure": "very"}}')
    assert result.text == "One cat, one dog.\ncat, dog\nvery"
    assert [result.text[found.start : found.end] for found in result.detections] == ["cat", "dog"]


def test_what_cannot_be_read_in_a_listing_stays_and_the_rest_is_read():
    bad = '{"bbox_2d": [1, "x", 3, 4], "label": "?"}'
    result = read(f"[{CAT}, {bad}, {DOG}]")
    assert result.text == f"cat, {bad}, dog"
    assert result.unread == (TextSpan(5, 5 + len(bad)),)
    assert labels(result) == ["cat", "dog"]


@pytest.mark.parametrize(
    "value",
    [
        "[NaN, 1, 2, 3]", "[Infinity, 1, 2, 3]", "[1e999, 1, 2, 3]", "[1, 2, 3]", '"1 2 3 4"', "7",
        "[true, false, true, true]", "[[1, 2, 3, 4], 5]", f"[{'9' * 400}, 1, 2, 3]", "[5, 5, 5, 5]",
        f"[{'9' * 5000}, 1, 2, 3]", "[1, 2, 3, 4", "{}",
    ],
)  # fmt: skip
def test_numbers_that_are_none_are_not_drawn(value):
    result = read(f'[{{"label": "x", "bbox_2d": {value}}}]')
    assert result.detections == ()
    assert len(result.unread) == 1


def test_an_object_without_a_place_is_no_place():
    answer = '[{"bbox_2d": null, "label": "x"}, {"bbox_2d": [], "label": "y"}]'
    result = read(answer)
    assert (result.text, result.detections) == (answer, ())


def test_an_answer_that_is_cut_keeps_its_whole_places():
    cut = '{"bbox_2d":[1,2'
    result = read(f"[{CAT},{cut}")
    assert (result.text, labels(result)) == (f"cat, {cut}", ["cat"])
    assert result.unread == (TextSpan(5, 5 + len(cut)),)


@pytest.mark.parametrize(
    "language", ["python", "js", "html", "json and a very long name, at least 40"]
)
def test_code_in_another_language_stays_as_it_is(language):
    answer = f"```{language}\n[{CAT}]\n```\n"
    assert read(answer).text == answer
    assert labels(read(f"{answer}[{DOG}]")) == ["dog"]


def test_other_json_stays_as_it_is_and_is_no_listing_later_in_its_block():
    answer = f'```json\n{{"name": "x"}}\n[{CAT}]\n```\n'
    assert read(answer).text == answer


def test_a_label_comes_from_the_first_member_that_names():
    named = '{"box_2d": [1, 2, 3, 4], "description": "a dog", "label": "dog\\n(big)"}'
    assert labels(read(f"[{named}]")) == ["dog (big)"]
    assert labels(read('[{"box_2d": [1, 2, 3, 4], "text_content": "EXIT"}]')) == ["EXIT"]


def test_several_boxes_of_one_label_light_up_with_it():
    result = read('[{"bbox_2d": [[1, 2, 3, 4], [5, 6, 7, 8]], "label": "eyes"}]')
    assert result.text == "eyes"
    assert [(found.start, found.end) for found in result.detections] == [(0, 4), (0, 4)]


def test_a_long_label_is_shown_whole_and_bounded_on_the_place():
    label = "very " * 100 + "long"
    result = read(json.dumps([{"bbox_2d": [1, 2, 3, 4], "label": label}]))
    assert result.text == label
    assert result.detections[0].label == label[:200]


def test_what_is_held_back_is_bounded():
    endless = '[{"bbox_2d": [1, 2, 3, 4], "mask": "' + "A" * (2 * MOST_HELD)
    reader = grounding.create_reader("qwen3_vl", [PictureSize(10, 10)])
    assert reader.feed(endless[:MOST_HELD]).text == ""
    assert reader.feed(endless[MOST_HELD:]).text == endless
    deep = '{"a":' * (MOST_DEPTH + 1)
    assert read(deep).text == deep


def test_structure_alone_is_not_held():
    reader = grounding.create_reader("qwen3_vl", [PictureSize(1000, 1000)])
    reader.feed(f"[{CAT}")
    for _ in range(100):
        reader.feed("," * 1000)
    assert len(reader._listing.held) <= 1000


def test_pixels_count_in_the_size_that_the_model_saw():
    answer = '[{"bbox_2d": [98, 126, 294, 252], "label": "cat"}]'
    found = read(answer, "qwen2_5_vl", (980, 504)).detections[0]
    assert found.coordinates == pytest.approx((0.1, 0.25, 0.3, 0.5))


def test_the_same_key_means_what_the_format_says():
    answer = '[{"box_2d": [10, 20, 30, 40], "label": "cat"}]'
    size = (100, 200)
    places = {key: read(answer, key, size).detections for key in ("gemini", "grok", "gpt_5_2")}
    assert places["gemini"][0].coordinates == pytest.approx((0.02, 0.01, 0.04, 0.03))
    assert places["grok"][0].coordinates == pytest.approx((0.1, 0.2, 0.3, 0.4))
    assert places["gpt_5_2"][0].coordinates == pytest.approx((0.1, 0.1, 0.3, 0.2))
