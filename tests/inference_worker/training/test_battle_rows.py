from __future__ import annotations

import pytest

from inference_worker.training.battle_rows import (
    HELD_OUT_PERCENT,
    fault_of,
    is_held_out,
    placeholders,
    text_of,
)


def said(text, role="assistant"):
    return [{"role": role, "content": [{"type": "text", "text": text}]}]


QUESTION = [
    {
        "role": "user",
        "content": [{"type": "image", "text": None}, {"type": "text", "text": "What is it?"}],
    }
]


@pytest.mark.parametrize(
    ("row", "table", "fault"),
    [
        ({"chosen": said("a cat"), "rejected": said("a dog")}, "preference", ""),
        ({"chosen": said("a cat"), "rejected": said(" ")}, "preference", "without text"),
        ({"chosen": said("a cat"), "rejected": said("a cat")}, "preference", "two equal"),
        ({"completion": said("a cat"), "label": True}, "kto", ""),
        ({"completion": said(""), "label": False}, "kto", "without text"),
        ({"messages": [*QUESTION, *said("a cat")]}, "sft", ""),
        ({"messages": [*QUESTION, *said("\n")]}, "sft", "without text"),
    ],
)
def test_a_row_from_which_nothing_can_be_learned_is_named(row, table, fault):
    found = fault_of(row, table)
    assert (fault in found) if fault else not found


def test_places_for_pictures_are_counted_and_texts_read():
    row = {"prompt": [*QUESTION, *said("a cat"), *QUESTION]}
    assert placeholders(row) == 2
    assert text_of(row["prompt"]) == "What is it?\na cat\nWhat is it?"


def test_about_a_fifth_of_the_battles_is_held_out_and_always_the_same():
    battles = [f"battle-{number}" for number in range(4000)]
    held = [is_held_out(battle) for battle in battles]
    assert held == [is_held_out(battle) for battle in battles]
    assert abs(100 * sum(held) / len(held) - HELD_OUT_PERCENT) < 2
