"""Marks between words: broken, nested, quoted, endless."""

from __future__ import annotations

import pytest

from inference_worker import grounding
from inference_worker.grounding.marks import MOST_HELD, MarkScanner, MarkSyntax
from inference_worker.grounding.reading import PictureSize, TextSpan, read_whole

SQUARE = [PictureSize(1000, 1000)]


def read(key, answer, pictures=SQUARE):
    return read_whole(grounding.create_reader(key, pictures), answer)


def unread(result):
    return [result.text[span.start : span.end] for span in result.unread]


@pytest.mark.parametrize(
    ("key", "answer", "raw"),
    [
        ("qwen_vl", "<ref>cat</ref><box>(1,2),(3,x)</box>", "<box>(1,2),(3,"),
        ("qwen_vl", "<ref>cat</ref><box>(1,2),(1,2)</box>", "<box>(1,2),(1,2)</box>"),
        ("qwen_vl", "<ref>cat</ref><box>(1,2),(3", "<box>(1,2),(3"),
        ("qwen_vl", "a</ref>b", "</ref>"),
        ("internvl", "<box>[[NaN,2,3,4]]</box>", "<box>[["),
        ("florence2", "car<loc_1><loc_2><loc_3>", "<loc_1><loc_2><loc_3>"),
        ("florence2", "car<loc_1><loc_2><loc_3><loc_99999999999>", "<loc_1><loc_2><loc_3>"),
        ("paligemma", "<loc0001><loc0002> cat", "<loc0001><loc0002>"),
        ("kosmos2", "<object><patch_index_1024><patch_index_0001></object>", "<object>"),
        ("kosmos2", "<object><patch_index_0001>, so", "<object><patch_index_0001>"),
        ("molmo", '<point x="101.5" y="1">nose</point>', '<point x="101.5" y="1">'),
        ("molmo", '<point alt="nose">nose</point>', '<point alt="nose">'),
        ("molmo2", '<points coords="2 1 5 5">nose</points>', '<points coords="2 1 5 5">'),
    ],
)
def test_what_cannot_be_read_stays_as_text_with_a_note(key, answer, raw):
    result = read(key, answer)
    assert result.detections == ()
    assert unread(result)[0].startswith(raw)
    assert result.text == answer.replace("<ref>cat</ref>", "cat")


def test_a_broken_mark_does_not_take_the_next_one_with_it():
    result = read("qwen_vl", "<box>(1,2),<ref>cat</ref><box>(100,200),(300,400)</box>")
    assert result.text == "<box>(1,2),cat"
    assert result.unread == (TextSpan(0, 11),)
    assert [(found.label, found.start, found.end) for found in result.detections] == [
        ("cat", 11, 14)
    ]


def test_a_mark_that_goes_on_for_ever_is_given_up():
    result = read("qwen_vl", "<box>" + "1 " * MOST_HELD)
    assert unread(result) == [result.text[:MOST_HELD]]


def test_marks_in_a_block_of_code_are_quoted():
    quoted = '```html\n<point x="1" y="1">a</point>\n```\n'
    result = read("molmo", f'{quoted}<point x="50" y="50">nose</point>')
    assert result.text == f"{quoted}nose"
    assert [found.label for found in result.detections] == ["nose"]
    assert result.unread == ()


def test_backticks_within_a_line_quote_nothing():
    result = read("molmo", '```so``` <point x="50" y="50">nose</point>')
    assert (result.text, len(result.detections)) == ("```so``` nose", 1)


def test_a_phrase_without_a_place_is_text():
    result = read("deepseek_vl2", "<|ref|>a<|/ref|> and <|ref|>b<|/ref|><|det|>[[1,2,3,4]]<|/det|>")
    assert result.text == "a and b"
    assert [found.label for found in result.detections] == ["b"]


def test_a_place_belongs_to_no_phrase_that_other_words_follow():
    result = read("qwen_vl", "<ref>a cat</ref> is at <box>(1,2),(3,4)</box>")
    assert result.text == "a cat is at (1)"
    assert [(found.label, found.start, found.end) for found in result.detections] == [("", 12, 15)]


def test_a_place_in_the_midst_of_words_gets_a_number_of_its_own():
    assert read("qwen_vl", "cat<box>(1,2),(3,4)</box><box>(1,2),(3,4)</box>").text == "cat (1) (2)"


def test_an_element_without_words_shows_its_alternative():
    result = read("molmo", '<point x="5" y="5" alt="the nose"></point>, <point x="5" y="6"/>.')
    assert result.text == "the nose, (2)."
    assert [found.label for found in result.detections] == ["the nose", ""]


def test_an_element_that_is_never_closed_ends_with_the_answer():
    result = read("molmo", '<point x="5" y="5">the no')
    assert [(found.label, found.end) for found in result.detections] == [("the no", 6)]


def test_a_final_answer_between_the_tokens_of_a_box_is_text():
    long = "word " * 2000
    for answer in ("42", "(3, 4)", "1, 2, 3, 4", "[[1, 2, 3]]", long, ""):
        result = read("glm_v", f"So <|begin_of_box|>{answer}<|end_of_box|>.")
        assert (result.text, result.detections, result.unread) == (f"So {answer}.", (), ())


def test_two_boxes_of_one_label_and_a_quadrangle_are_told_apart():
    boxes = read("florence2", "cats" + "".join(f"<loc_{n}>" for n in (1, 1, 9, 9, 20, 20, 40, 40)))
    line = read("florence2", "STOP" + "".join(f"<loc_{n}>" for n in (1, 1, 9, 1, 9, 9, 1, 9)))
    assert [found.kind for found in boxes.detections] == ["box", "box"]
    assert [found.kind for found in line.detections] == ["polygon"]


def test_openings_that_cannot_be_told_apart_are_refused():
    with pytest.raises(ValueError, match="beginning"):
        MarkScanner([MarkSyntax("<box"), MarkSyntax("<box>")])
