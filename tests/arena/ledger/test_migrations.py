"""What stood in the tables before days, labels and versions on the vote is there afterwards."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from arena.battles.models import UnfoldedVote, Vote
from arena.boards.services.verification import verify_ledger
from arena.ledger.models import GENESIS, Cell, LedgerEntry, PairCount
from arena.ledger.services.folding import fold
from arena.operations.groups import fill as fill_groups
from tests.arena.ledger.adding_up import counted, difference

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.timeout(600),
]

BEFORE = [("battles", "0001_initial"), ("leaderboard", "0001_initial")]
NIGHT = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)


@pytest.fixture
def as_today():
    """Whatever tables a test leaves, they are as today afterwards."""
    yield
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:  # no model of today empties them
        cursor.execute("DELETE FROM leaderboard_paircount")
        cursor.execute("DELETE FROM leaderboard_cell")


@pytest.fixture
def early(empty_database):
    """The models of that time, on tables of that time."""
    executor = MigrationExecutor(connection)
    leaves = [key for key in executor.loader.graph.leaf_nodes() if key[0] in ("catalog", "voters")]
    executor.migrate([*BEFORE, *leaves])
    return executor.loader.project_state([*BEFORE, *leaves]).apps.get_model


def fill(model):
    """Two votes in the ledger, the second of them betrayed and excluded, and one outside."""
    cards = [model("catalog", "ModelCard").objects.create(slug=s, name=s) for s in ("one", "two")]
    versions = [
        model("catalog", "ModelVersion").objects.create(card=card, number=1, source="x")
        for card in cards
    ]
    votes = [vote(model, versions, folded=n < 2, betrays=n == 1) for n in range(3)]
    entries = [("vote", votes[0], ""), ("vote", votes[1], ""), ("exclusion", votes[1], "betrayed")]
    previous = GENESIS
    for number, (kind, about, reason) in enumerate(entries, start=1):
        facts = [previous, kind, about.pk, "one", "two", "tie", reason]
        previous = hashlib.sha256(json.dumps(facts, separators=(",", ":")).encode()).hexdigest()
        fields = {"card_a": cards[0], "card_b": cards[1], "outcome": 2, "hash": previous}
        model("leaderboard", "LedgerEntry").objects.create(
            number=number, kind=kind, vote=about, reason=reason, **fields
        )
    counts = {"card_a": cards[0], "card_b": cards[1], "outcome": 2, "votes": 1}
    model("leaderboard", "PairCount").objects.create(**counts)
    return votes, versions


def vote(model, versions, *, folded, betrays):
    voter = model("voters", "Voter").objects.create()
    fields = {"draw_policy": "uniform", "draw_probability": 1.0, "conditions": {}}
    battle = model("battles", "Battle").objects.create(
        voter=voter, public_id=f"{voter.pk}"[:32], state="voted", **fields
    )
    size = {"mime": "image/png", "width": 1, "height": 1, "size": 1}
    image, _ = model("battles", "Image").objects.get_or_create(digest="d", defaults=size)
    turn = model("battles", "Turn").objects.create(battle=battle, prompt="?", image=image)
    for side, version in zip("ab", versions, strict=True):
        model("battles", "Generation").objects.create(
            turn=turn, side=side, version=version, state="ended", betrays=betrays
        )
    stored = model("battles", "Vote").objects.create(
        battle=battle, voter=voter, choice="tie", folded=folded
    )
    model("battles", "Vote").objects.filter(pk=stored.pk).update(created_at=NIGHT)
    return stored


def test_old_votes_entries_and_counts_are_carried_over_and_led_back(early):
    votes, versions = fill(early)
    call_command("migrate", verbosity=0)
    rows = Vote.objects.order_by("pk").values_list("version_a", "version_b", "betrayed")
    pair = tuple(version.pk for version in versions)
    assert list(rows) == [(*pair, False), (*pair, True), (*pair, False)]
    assert list(UnfoldedVote.objects.values_list("vote", flat=True)) == [votes[2].pk]
    assert {entry.day for entry in LedgerEntry.objects.all()} == {NIGHT.date()}
    assert verify_ledger().findings == ()
    assert fold() == 1
    assert Cell.objects.count() == PairCount.objects.count() == 1
    assert difference() == []
    assert (counted(), verify_ledger().findings) == (2, ())
    UnfoldedVote.objects.create(vote=Vote.objects.get(pk=votes[1].pk))
    MigrationExecutor(connection).migrate(BEFORE)
    rows = early("battles", "Vote").objects.order_by("pk").values_list("pk", "folded")
    assert list(rows) == [(votes[0].pk, True), (votes[1].pk, False), (votes[2].pk, True)]
    assert early("leaderboard", "LedgerEntry").objects.count() == 4


def test_permissions_follow_the_models_to_their_apps(as_today):
    """As an arena of 0.1.0 has them: on content types of the app that held the models."""
    fill_groups()
    user = User.objects.create(username="ada", is_staff=True)
    user.groups.add(Group.objects.get(name="Operators"))
    held = set(Group.objects.values_list("name", "permissions"))
    MigrationExecutor(connection).migrate([("leaderboard", "0008_one_line")])
    ContentType.objects.clear_cache()
    assert set(Group.objects.values_list("name", "permissions")) == held
    assert User.objects.get(pk=user.pk).has_perm("leaderboard.add_ledgerentry")
    call_command("migrate", verbosity=0)
    ContentType.objects.clear_cache()
    assert set(Group.objects.values_list("name", "permissions")) == held
    for name in ("ledger.add_ledgerentry", "boards.change_board", "boards.view_snapshot"):
        assert User.objects.get(pk=user.pk).has_perm(name)
    assert not ContentType.objects.filter(app_label="leaderboard").exists()
