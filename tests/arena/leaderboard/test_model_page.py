from __future__ import annotations

import re

import pytest

from arena.boards.models import Board
from arena.boards.services.updating import update_live_boards
from arena.catalog.models import ModelCard
from arena.leaderboard.selectors.models import model_page
from arena.leaderboard.selectors.records import OpponentRecord
from arena.leaderboard.selectors.standings import standings
from tests.factories import make_card, make_version

pytestmark = pytest.mark.django_db


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def page(client, slug="first"):
    response = client.get(f"/models/{slug}/")
    assert response.status_code == 200
    return text_of(response)


def test_the_record_against_each_opponent_counts_both_sides(voted):
    [record] = model_page("first").records
    assert (record.opponent.slug, record.wins, record.losses, record.ties) == ("second", 12, 0, 0)
    assert (record.both_bad, record.votes) == (2, 14)
    records = {r.opponent.slug: r for r in model_page("second").records}
    assert (records["first"].wins, records["first"].losses) == (0, 12)
    assert records["third"].ties == 1


def test_the_page_says_what_the_card_says(client, voted):
    ModelCard.objects.filter(slug="first").update(
        description="A small one.", limits="No photographs.", accuracy={"counting": 81.5}
    )
    text = page(client)
    assert "A small one." in text
    assert "No photographs." in text
    assert "counting 81.5%" in text


def test_the_history_runs_from_old_to_new_and_ends_with_the_board(voted):
    voted()
    history = model_page("first").history
    assert [p.ledger_number for p in history] == sorted(p.ledger_number for p in history)
    assert history[-1].rating == standings().lines[0].rating


def test_a_model_without_a_number_says_why(client, voted):
    assert "too few votes" in page(client, "third")


def test_versions_show_no_folder_of_the_operators_machine(client, voted):
    card = ModelCard.objects.get(slug="first")
    make_version(card, source="/srv/secret-folder", revision="0123456789abcdef")
    text = page(client)
    assert "Version 2" in text
    assert "0123456789ab" in text
    assert "secret-folder" not in text


def test_a_card_that_was_never_public_looks_absent(client):
    make_card("draft", state="draft")
    assert client.get("/models/draft/").status_code == 404
    assert client.get("/models/nothing/").status_code == 404


def test_nothing_inline_that_the_policy_would_refuse(client, voted):
    voted()
    html = client.get("/models/first/").content.decode()
    assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)", html)
    assert 'class="track"' in html


def test_a_record_is_drawn_from_won_to_lost_without_a_gap():
    record = OpponentRecord(ModelCard(), wins=5, losses=2, ties=2, both_bad=1)
    assert record.percent == 65
    assert record.bar == [
        ("won", "0.00%", "50.00%"),
        ("tied", "50.00%", "20.00%"),
        ("bad", "70.00%", "10.00%"),
        ("lost", "80.00%", "20.00%"),
    ]


def test_what_never_happened_is_not_drawn():
    record = OpponentRecord(ModelCard(), wins=4)
    assert record.bar == [("won", "0.00%", "100.00%")]


@pytest.mark.parametrize(
    ("backend", "source", "hub"),
    [
        ("transformers", "owner/model-2b", "https://huggingface.co/owner/model-2b"),
        ("transformers", "/srv/models/two", ""),
        ("transformers", "shipped:finch", ""),
        ("transformers", "../models/two", ""),
        ("openai", "owner/model-2b", ""),
    ],
)
def test_only_a_hub_id_leads_to_the_hub(voted, backend, source, hub):
    card = ModelCard.objects.get(slug="first")
    make_version(card, backend=backend, source=source)
    assert model_page("first").hub == hub


def test_the_number_of_queries_does_not_grow_with_the_boards(voted, django_assert_max_num_queries):
    for number in range(5):
        Board.objects.create(slug=f"board-{number}", name="Another", position=number)
    update_live_boards()
    with django_assert_max_num_queries(10):
        assert len(model_page("first").standings) == 6
