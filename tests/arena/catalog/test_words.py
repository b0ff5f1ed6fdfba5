"""What the shipped models say of themselves is translated; what operators type is not."""

from __future__ import annotations

import json

from django.utils import translation

from arena.catalog import words
from arena.catalog.management.commands.fill_catalogue import SHIPPED

ENTRIES = [json.loads(file.read_text()) for file in sorted(SHIPPED.glob("*/arena.json"))]


def test_every_sentence_of_every_shipped_model_is_known_and_none_is_left_over():
    texts = [entry[name] for entry in ENTRIES for name in ("description", "limits")]
    found = {
        words.sentence_pattern(sentence)
        for text in texts
        for sentence in words.BETWEEN.split(text)
        if sentence.strip()
    }
    assert found == words.SENTENCES


def test_figures_stay_and_nothing_changes_for_english_readers():
    for entry in ENTRIES:
        assert words.in_readers_language(entry["limits"]) == entry["limits"]
        with translation.override("de"):
            told = words.in_readers_language(entry["limits"])
        assert not set(told.split(". ")) & set(entry["limits"].split(". "))
        figures = words.FIGURE.findall
        assert sorted(figures(told)) == sorted(figures(entry["limits"]))


def test_what_an_operator_typed_stays_as_it_is():
    typed = "Can't read 2 columns.\n\nEnglish only! It does not point at things."
    assert words.in_readers_language(typed) == typed
    with translation.override("de"):
        told = words.in_readers_language(typed)
    assert told.startswith("Can't read 2 columns.\n\nEnglish only! ")
    assert "point" not in told


def test_the_beginning_of_a_text_is_whole_sentences():
    assert words.first_sentences("One. Two! Three.", 2) == "One. Two!"
    assert words.first_sentences("一。二。三。", 2) == "一。二。"
    assert words.first_sentences("no end", 2) == "no end"
