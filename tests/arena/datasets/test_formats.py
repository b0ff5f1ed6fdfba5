"""What every export format keeps to, whatever it is called, and what each one says of a battle."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from arena.battles.models import Battle, Generation, Turn, Vote
from arena.datasets.columns import is_flat
from arena.datasets.formats import export_formats
from arena.datasets.records import Pseudonyms
from arena.datasets.selectors.battles import battle_pages
from arena.datasets.selectors.ledger import entry_pages
from arena.datasets.services.exporting import ExportOptions, export
from arena.ledger.selectors.head import head
from arena.ledger.services.exclusions import exclude
from arena.ledger.services.folding import fold
from tests.factories import (
    PIXEL,
    make_battle_row,
    make_generation,
    make_image,
    make_turn,
    make_vote,
    make_voter,
    store_vote,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_layer"), pytest.mark.one_database]
FORMATS = export_formats()
NAMES = Pseudonyms(b"0" * 32)
SECOND = PIXEL + b"\0"
"""Another picture: what stands behind a PNG's end is not looked at."""


def make_conversation(version_a, version_b, choice, **fields):
    """A battle of two turns with a picture each, and its vote."""
    battle = make_battle_row(
        make_voter(publish=True), state="voted", publish=True, consent_version="w1", **fields
    )
    for number, picture in enumerate((PIXEL, SECOND)):
        turn = make_turn(
            battle, number=number, prompt=f"Question {number}?", image=make_image(picture)
        )
        for side, version in (("a", version_a), ("b", version_b)):
            style = {"length": 5 + number, "headers": 1, "lists": 2, "bold": 3}
            text = f"Answer {number} of {side}"
            make_generation(turn, side, version, text=text, tokens=7, total_ms=11, **style)
    store_vote(battle, choice)
    fold()
    return battle


@pytest.fixture
def pages(models):
    """By source, a page with every outcome, a decision, and a conversation of two turns."""
    for choice in ("a", "b", "tie", "both_bad"):
        make_vote(*models[:2], choice, voter=make_voter(publish=True), publish=True)
        make_conversation(*models[:2], choice)
    exclude(votes=[Vote.objects.order_by("pk").first().pk], reason="operator")
    number = head().number
    return {
        "ledger": next(entry_pages(0, number, NAMES))[2],
        "battles": next(battle_pages(0, number, NAMES))[2],
    }


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_all_that_the_export_relies_on(name, pages):
    one = FORMATS[name]
    assert one.SOURCE in pages
    assert one.SUMMARY.endswith(".")
    assert not {"\n", "|"} & set(one.SUMMARY)
    assert len(set(one.SPLITS)) == len(one.SPLITS) > 0
    schema = one.schema()
    found = one.tables(pages[one.SOURCE])
    assert found.keys() <= set(one.SPLITS)
    assert all(table.schema.equals(schema, check_metadata=True) for table in found.values())
    assert any(table.num_rows for table in found.values())
    empty = one.tables([])
    assert all(table.num_rows == 0 for table in empty.values())
    assert all(table.schema.equals(schema) for table in empty.values())
    again = one.tables(pages[one.SOURCE])
    assert all(table.equals(again[split]) for split, table in found.items())


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_tells_the_hub_each_column_and_names_its_source(name, pages):
    schema = FORMATS[name].schema()
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert list(features) == schema.names
    assert "ledger_number" in schema.names
    if FORMATS[name].SOURCE == "battles":
        assert features["images"] == {"_type": "List", "feature": {"_type": "Image"}}
    else:
        assert is_flat(schema)


def rows(name, pages):
    tables = FORMATS[name].tables(pages[FORMATS[name].SOURCE])
    return [row for table in tables.values() for row in table.to_pylist()]


def texts(messages):
    return [part["text"] for message in messages for part in message["content"] if part["text"]]


def test_trainers_get_as_many_pictures_as_places_for_them(pages):
    for name in ("preference", "kto", "sft"):
        for row in rows(name, pages):
            parts = [
                part["type"]
                for message in (*row.get("prompt", ()), *row.get("messages", ()))
                for part in message["content"]
            ]
            assert parts.count("image") == len(row["images"]) in (1, 2)
            for answers in (row.get("chosen"), row.get("rejected"), row.get("completion")):
                assert all(p["type"] == "text" for m in answers or () for p in m["content"])


def test_a_preference_is_the_last_answer_behind_the_winners_history(pages):
    found = [row for row in rows("preference", pages) if len(row["images"]) == 2]
    assert [(texts(row["chosen"]), texts(row["rejected"])) for row in found] == [
        (["Answer 1 of a"], ["Answer 1 of b"]),
        (["Answer 1 of b"], ["Answer 1 of a"]),
    ]
    assert texts(found[1]["prompt"]) == ["Question 0?", "Answer 0 of b", "Question 1?"]
    assert found[0]["model_chosen"] == "first"
    assert found[0]["images"][1]["bytes"] == SECOND


def test_single_answers_are_labelled_by_outcome(pages):
    labels = {}
    for row in rows("kto", pages):
        labels.setdefault(row["ledger_number"], []).append(row["label"])
    # The first vote was taken out: it teaches nobody anything.
    assert list(labels.values()) == [
        [True, False],
        [False, True],
        [False, True],
        [True, True],
        [True, True],
        [False, False],
        [False, False],
    ]


def test_decisions_are_in_the_one_table_and_votes_in_the_other(pages):
    assert [row["kind"] for row in rows("decisions", pages)] == ["exclusion"]
    tables = FORMATS["votes"].tables(pages["ledger"])
    assert (tables["train"].num_rows, tables["excluded"].num_rows) == (7, 1)
    winners = [row["winner"] for row in tables["train"].to_pylist()]
    assert set(winners) == {"model_a", "model_b", "tie", "tie (bothbad)"}
    styled = [row["token_length_a"] for row in tables["train"].to_pylist()]
    assert styled == [11, None, 11, None, 11, None, 11]


def test_battles_have_what_public_vision_battles_have(pages):
    row = rows("battles", pages)[1]
    assert row["num_turns"] == 2
    assert [one["role"] for one in row["conversation_a"]] == ["user", "assistant"] * 2
    assert row["conv_metadata"]["bold_count_a"] == {"total": 6}
    assert row["conv_metadata"]["sum_assistant_b_tokens"] == 14
    assert row["total_ms_a"] == 22
    assert len(set(row["image_sha256"])) == 2
    assert row["judge"].startswith("arena_user_")
    assert row["consent_version"] == "w1"


def test_chats_are_lists_of_turns(pages):
    row = rows("chat", pages)[2]
    assert row["conversation"][0][0]["content"] == "Question 0?"
    assert row["conversation"][1][1]["content"] == "Answer 1 of a"


def test_a_public_version_says_revision_and_hub_and_no_path_or_endpoint(arena, tmp_path):
    export(tmp_path / "out", ExportOptions(seed=1))
    versions = {
        (row[f"model_{side}"], row[f"model_{side}_version"]): row[f"model_{side}_revision"]
        for row in pq.read_table(tmp_path / "out" / "votes" / "train-00000.parquet").to_pylist()
        for side in "ab"
    }
    assert versions["first", 2] == "0" * 40
    assert versions["first", 1] == ""


def test_only_battles_whose_content_is_whole_may_be_published(models):
    def publishable():
        return len(next(battle_pages(0, head().number, NAMES), (0, 0, []))[2])

    agreed = make_voter(publish=True)
    battles = [make_vote(*models[:2], voter=agreed, publish=True).battle for _ in range(4)]
    make_vote(*models[:2], voter=agreed)  # asked for after it had begun, or before it was asked
    fold()
    assert publishable() == 4
    Battle.objects.filter(pk=battles[0].pk).update(publish=False)
    Turn.objects.filter(battle=battles[1]).update(prompt="")
    Generation.objects.filter(turn__battle=battles[2], side="b").update(text="")
    assert publishable() == 1
