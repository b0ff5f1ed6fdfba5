"""What the API says of trust in votes is what the pages say, and nothing of open battles."""

from __future__ import annotations

import json

import pytest

from arena.api.models import RankingChange
from arena.api.services.announcing import note_changes
from arena.api.services.webhooks import event_body
from arena.battles.models import GateResult, Vote
from arena.boards.selectors import latest
from arena.catalog.models import ModelCard
from arena.feedback.models import CorrectnessMark, VoteReason
from arena.integrity.models import Case
from arena.integrity.services.decisions import decide_case
from tests.factories import make_battle

pytestmark = pytest.mark.django_db


def test_reasons_and_correctness_stand_on_the_model_and_in_a_table(client, voted):
    votes = Vote.objects.filter(choice="a")[:3]
    for vote, mark in zip(votes, ("right", "right", "unknown"), strict=True):
        CorrectnessMark.objects.create(vote=vote, side="a", mark=mark)
        VoteReason.objects.create(vote=vote, side="a", reason="reads")
    slug = votes[0].version_a.card.slug
    model = client.get(f"/api/v1/models/{slug}").json()
    assert model["reasons"] == [{"reason": "reads", "in_favour": True, "votes": 3}]
    assert client.get("/api/v1/correctness").json()["models"] == [model["correctness"]]
    assert (model["correctness"]["right"], model["correctness"]["unknown"]) == (2, 1)
    assert model["correctness"]["share"] == 1.0


def test_an_alarm_and_its_decisions_are_told_without_names(client, voted):
    card = ModelCard.objects.get(slug="first")
    case = Case.objects.create(
        kind="drift", card=card, last_vote=1, direction=1, evidence={"votes": 7}
    )
    rows = client.get("/api/v1/leaderboard").json()["rows"]
    assert [row["model_name"] for row in rows if row["under_review"]] == ["first"]
    decide_case(case=case.pk, action="dismiss", by="jane", words="A contest.")
    opened, dismissed = client.get("/api/v1/integrity").json()["events"]
    assert (opened["event"], opened["votes"], opened["direction"]) == ("opened", 7, "up")
    assert (dismissed["event"], dismissed["by"], dismissed["words"]) == (
        "dismiss",
        "operator",
        "A contest.",
    )
    assert not any(row["under_review"] for row in client.get("/api/v1/leaderboard").json()["rows"])


def test_the_first_place_is_told_with_the_votes_that_it_depends_on(client, voted, settings):
    settings.RANKING_CHANGE_SECONDS = 0
    voted(4, "b")
    note_changes()
    said = client.get("/api/v1/leaderboard").json()["first_place"]
    assert said == latest().details["first_place"]
    change = RankingChange.objects.first()
    assert json.loads(event_body(change))["data"]["first_place"] == said
    assert f"depends on {said['votes']} vote" in client.get("/api/v1/feed.atom").content.decode()


def test_turns_and_gates_are_counted_over_battles_with_a_vote(client, voted):
    vote = Vote.objects.first()
    Vote.objects.filter(pk=vote.pk).update(turns=3)
    open_battle = make_battle(vote.version_a, vote.version_b, state="voting")
    for battle in (vote.battle, open_battle):
        GateResult.objects.create(battle=battle, gate="voter_rate", verdict="fail", source="x")
    said = client.get("/api/v1/recent-votes").json()
    facts = {(one["fact"], one["name"]): one["votes"] for one in said["facts"]}
    assert facts == {
        ("turns", "1"): said["votes"] - 1,
        ("turns", "3"): 1,
        ("gate_failed", "voter_rate"): 1,
    }
