"""Votes by the million, straight into the tables: what a bench starts from.

Only what a fold reads is made: battles with their label sets, votes with their versions. Who is
better is drawn from known strengths; days and labels are spread as an arena's are, unevenly.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import numpy as np
from django.db import connection, transaction

from arena.battles.models import Battle, Generation, Turn, UnfoldedVote, Vote
from arena.battles.states import BattleState, Choice, GenerationState
from arena.catalog.models import ModelCard, ModelVersion
from arena.core.rows import write_rows
from arena.labels.models import BattleLabels, LabelSet
from arena.voters.models import Voter
from inference_worker.wire.messages import SIDES
from tests.factories import make_image, make_models, make_voter

FIRST_DAY = datetime(2026, 8, 1, tzinfo=UTC)
LANGUAGES, CATEGORIES = ("en", "de", "zh", "fr", ""), ("ocr", "captioning", "code", "")
PIECE = 100_000


def make_labels() -> list[int]:
    """Label sets, the most frequent first."""
    sets = [
        LabelSet.objects.get_or_create(language=language, category=category, preset=preset)[0]
        for preset, language, category in product((False, True), LANGUAGES, CATEGORIES)
    ]
    return [labels.pk for labels in sets]


def fill(
    *, models: int, votes: int, days: int, seed: int, betrayed: float = 0.01, tick: Any = None
) -> None:
    """Votes on battles of their own, none of them in the ledger, in the order of their days."""
    versions = _versions(models)
    voter, labels = _key(make_voter()), make_labels()
    dice = np.random.default_rng(seed)
    strengths = dice.normal(0, 1, models)
    start = Battle.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    _trust()
    for first in range(0, votes, PIECE):
        size = min(PIECE, votes - first)
        days_ = (first + np.arange(size)) * days // votes
        draw = _Draw(dice, size, strengths, len(labels), betrayed)
        with transaction.atomic():
            _write(start + first + 1, draw, versions, labels, voter, days_.tolist())
        if tick:
            tick()
    _settle()


def open_battles(count: int) -> None:
    """Battles of the first two models that wait for their vote, turn and answers included."""
    versions, voter = _versions(2), make_voter()
    fields = {"draw_policy": "uniform", "draw_probability": 1.0, "conditions": {}}
    with transaction.atomic():
        battles = Battle.objects.bulk_create(
            Battle(voter=voter, state=BattleState.VOTING, **fields) for _ in range(count)
        )
        image = make_image()
        turns = Turn.objects.bulk_create(
            Turn(battle=battle, prompt="What is in the picture?", image=image) for battle in battles
        )
        ended = {"state": GenerationState.ENDED, "text": "A pixel.", "finish": "stop"}
        Generation.objects.bulk_create(
            Generation(turn=turn, side=side, version_id=version, **ended)
            for turn in turns
            for side, version in zip(SIDES, versions, strict=True)
        )


def _versions(models: int) -> list[int]:
    """Of cards that are made where they don't exist yet."""
    slugs = [f"bench-{number:03}" for number in range(models)]
    there = set(ModelCard.objects.filter(slug__in=slugs).values_list("slug", flat=True))
    make_models(*[slug for slug in slugs if slug not in there])
    rows = ModelVersion.objects.filter(card__slug__in=slugs).order_by("card__slug")
    return list(rows.values_list("pk", flat=True))


class _Draw:
    """Columns of the same length: pair, outcome, labels, betrayal."""

    def __init__(self, dice: Any, size: int, strengths: Any, sets: int, betrayed: float) -> None:
        a = dice.integers(0, len(strengths), size)
        b = (a + dice.integers(1, len(strengths), size)) % len(strengths)
        wins = dice.random(size) < 1 / (1 + np.exp(strengths[b] - strengths[a]))
        outcome = np.where(dice.random(size) < 0.2, 2 + dice.integers(0, 2, size), 1 - wins)
        weight = 1 / np.arange(1, sets + 1)
        labels = dice.choice(sets, size, p=weight / weight.sum())
        self.a, self.b, self.outcome = a.tolist(), b.tolist(), outcome.tolist()
        self.labels, self.betrayed = labels.tolist(), (dice.random(size) < betrayed).tolist()


def _write(
    first: int, draw: _Draw, versions: list[int], labels: list[int], voter: int, days: list[int]
) -> None:
    """One piece. Battles and votes get the same keys, so that they need not be read again."""
    keys, choices = range(first, first + len(days)), list(Choice.values)
    dates = [_moment(day) for day in range(max(days) + 1)]

    def battles() -> Iterator[tuple[Any, ...]]:
        for key, day in zip(keys, days, strict=True):
            state = BattleState.VOTED.value
            yield (key, f"backlog-{key}", voter, state, dates[day], "uniform", 1.0, "{}", False, "")

    def cast() -> Iterator[tuple[Any, ...]]:
        rows = zip(keys, days, draw.a, draw.b, draw.outcome, draw.betrayed, strict=True)
        for key, day, a, b, outcome, betrayed in rows:
            pair = (versions[a], versions[b])
            yield (key, key, voter, choices[outcome], *pair, betrayed, dates[day])

    battle = ("id", "public_id", "voter_id", "state", "created_at", "draw_policy")
    drawn = ("draw_probability", "conditions", "publish", "consent_version")
    vote = ("id", "battle_id", "voter_id", "choice", "version_a_id", "version_b_id")
    write_rows(Battle, (*battle, *drawn), battles())
    write_rows(Vote, (*vote, "betrayed", "created_at"), cast())
    write_rows(UnfoldedVote, ("vote_id",), ((key,) for key in keys))
    sets = ((key, labels[place], False) for key, place in zip(keys, draw.labels, strict=True))
    write_rows(BattleLabels, ("battle_id", "labels_id", "stale"), sets)


def _moment(day: int) -> Any:
    return connection.ops.adapt_datetimefield_value(FIRST_DAY + timedelta(days=day, hours=12))


def _trust() -> None:
    """PostgreSQL checks four keys of each row, which takes longer than to write it; here they are
    right by construction. Only for this connection, and only for a superuser."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")


def _settle() -> None:
    """What an arena that has run for a while has: statistics, and keys beyond those taken."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in (Battle._meta.db_table, Vote._meta.db_table):
                sequence = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "
                cursor.execute(f"{sequence}(SELECT max(id) FROM {table}))")  # noqa: S608
            cursor.execute("SET session_replication_role = DEFAULT")
            cursor.execute("CHECKPOINT")
        cursor.execute("ANALYZE")


def _key(voter: Voter) -> Any:
    """As the database stores it: SQLite has no type for it."""
    return Voter._meta.pk.get_db_prep_value(voter.pk, connection)
