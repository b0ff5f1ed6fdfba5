"""A board from known strengths, through the product's own tables and services.

Cards, versions, voters, battles and votes are stored as real ones are, pairs are drawn by the draw
plan in force, the ledger takes the votes, boards are computed from it. Only answers are missing: a
simulated model has a strength instead, and can never be drawn on the site.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from arena.battles.models import Battle, UnfoldedVote, Vote
from arena.battles.states import BattleState
from arena.boards.selectors import OVERALL
from arena.boards.services.draw_plans import pairs_over
from arena.boards.services.recipes import BoardRecipe, compute
from arena.boards.services.snapshots import recompute
from arena.boards.services.updating import boards_to_compute, update_live_boards
from arena.catalog.models import ModelCard, ModelVersion
from arena.catalog.states import CardState, ProbeResult
from arena.core.errors import Conflict
from arena.core.rows import write_rows
from arena.labels.models import BattleLabels
from arena.labels.services import label_set
from arena.ledger.models import LedgerEntry
from arena.ledger.selectors.filters import EVERY_VOTE
from arena.matchmaking import PairProbabilities, draw_pair
from arena.rating.comparisons import Floats, VoteOutcome
from arena.rating.methods import DEFAULT_METHOD
from arena.simulation import selectors
from arena.simulation.selectors import SIMULATED, StrengthRecovery
from arena.voters.models import Voter

SPREAD = 0.7
"""Standard deviation of the strengths in natural-log odds: 122 points."""
TIES = 0.45
"""Share of ties between equals: a little over a fifth of all votes on a usual board."""
ROUNDS = 25
"""The draw plan is made anew so often; a real arena makes it anew for every vote."""
LANGUAGES = {"en": 0.62, "ru": 0.11, "zh": 0.08, "vi": 0.04, "de": 0.03, "": 0.12}
CATEGORIES = {"captioning": 0.3, "ocr": 0.3, "counting": 0.15, "diagram": 0.1, "": 0.15}
PRESET = 0.15
"""Shares of label sets, as on the boards that publish them; they change no outcome."""


class VotesThere(Conflict):
    """Simulated votes would stand beside others."""

    code = "votes_there"
    message = _("This arena has votes already. Simulated ones would stand beside them.")


@dataclass(frozen=True, slots=True)
class SimulationPlan:
    """The size of a simulation. ``voters`` share the votes; ``days`` end today."""

    models: int
    votes: int
    seed: int
    voters: int
    days: int = 30

    def __post_init__(self) -> None:
        if self.models < 2 or min(self.votes, self.voters, self.days) < 1:
            raise ValueError("a simulation needs two models, a vote, a voter and a day")


def check_database() -> None:
    """Raise VotesThere where any vote was cast, also a simulated one: models of two simulations
    never meet, so no board could hold both."""
    if UnfoldedVote.objects.exists() or LedgerEntry.objects.exists():
        raise VotesThere


def recovery() -> StrengthRecovery:
    """Return the overall board as it stands, beside the truth.

    Of a fresh fit, since a snapshot keeps
    no confirmed pairs."""
    overall = next(board for board in boards_to_compute() if board.slug == OVERALL)
    return selectors.recovery(compute(BoardRecipe.of_board(overall, datetime.now(UTC).date())).fit)


def simulate(what: SimulationPlan) -> Iterator[int]:
    """Yield the number of votes after each round; the last snapshot follows the last vote."""
    rng = np.random.default_rng(what.seed)
    arena = _SimulatedArena.opened(what, rng)
    count = min(ROUNDS, what.votes)
    ends = [what.votes * (i + 1) // count for i in range(count)]
    sizes = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    for number, votes in enumerate(sizes):
        # The rounds share the days, oldest first.
        ago = what.days - 1 - number * what.days // count
        arena.vote(votes, timezone.now() - timedelta(days=ago))
        update_live_boards()
        yield votes
    for board in boards_to_compute():
        recompute(board=board, patient=False)


@dataclass(frozen=True, slots=True, eq=False)
class _SimulatedArena:
    """The rows that every round's votes point at; strengths and versions by place."""

    rng: np.random.Generator
    strength: Floats
    versions: list[ModelVersion]
    voters: list[Voter]
    keys: list[Any]
    labels: list[int]
    shares: Floats

    @classmethod
    def opened(cls, what: SimulationPlan, rng: np.random.Generator) -> _SimulatedArena:
        strength = rng.normal(0.0, SPREAD, what.models)
        with transaction.atomic():
            # The version says the strength, as a real one says its weights.
            names = [f"{what.seed}-{index:03d}" for index in range(what.models)]
            taken = ModelCard.objects.filter(slug__in=[f"simulated-{name}" for name in names])
            if taken.exists():
                raise VotesThere(
                    _("A simulation with this seed is here already. Take another seed.")
                )
            cards = ModelCard.objects.bulk_create(
                ModelCard(
                    slug=f"simulated-{name}",
                    name=f"Simulated {name}",
                    organization=SIMULATED,
                    description="A strength and no answers, to see whether the board finds it.",
                    state=CardState.RETIRED,
                    weight=0.0,
                )
                for name in names
            )
            versions = ModelVersion.objects.bulk_create(
                ModelVersion(
                    card=card,
                    number=1,
                    backend="simulated",
                    source=repr(float(own)),
                    probe=ProbeResult.FAILED,
                    probe_note="Simulated: it can't answer.",
                )
                for card, own in zip(cards, strength, strict=True)
            )
            voters = Voter.objects.bulk_create(Voter() for _ in range(what.voters))
            # As the database stores them: SQLite has no type for it.
            keys = [Voter._meta.pk.get_db_prep_value(one.pk, connection) for one in voters]
            labels, shares = _label_sets()
        return cls(rng, strength, versions, voters, keys, labels, shares)

    def vote(self, votes: int, at: datetime) -> None:
        """Draw pairs from the plan of this moment, let them be voted on, store all of it."""
        slugs = [version.card.slug for version in self.versions]
        found = compute(BoardRecipe(DEFAULT_METHOD, {"min_votes": 1}, EVERY_VOTE, 0))
        place = {slug: index for index, slug in enumerate(slugs)}
        pairs = pairs_over(slugs, [1.0] * len(slugs), found)
        rows = [(place[a], place[b], chance) for a, b, chance in pairs]
        plan = PairProbabilities.from_rows(settings.DRAW_POLICY, rows)
        matchups = [draw_pair(plan, self.rng) for _ in range(votes)]
        sides = np.array([(one.model_a, one.model_b) for one in matchups])
        # Ties take alike from wins and losses, so that the expected score stays that of the
        # strengths and the ratings have something to find.
        gap = self.strength[sides[:, 0]] - self.strength[sides[:, 1]]
        chance = 1.0 / (1.0 + np.exp(-gap))
        tie = TIES * 2.0 * np.minimum(chance, 1.0 - chance)
        shares = np.stack([chance - tie / 2, 1 - chance - tie / 2, tie / 2, tie / 2], axis=1)
        outcomes = (self.rng.random((len(gap), 1)) > shares.cumsum(axis=1)[:, :3]).sum(axis=1)
        chances = [one.probability for one in matchups]
        with transaction.atomic():
            _store(self, sides, outcomes, chances, at)


def _label_sets() -> tuple[list[int], Floats]:
    """Label sets and how often each is drawn."""
    chances = [
        (label_set(language=language, category=category, preset=preset).pk, one * other * third)
        for language, one in LANGUAGES.items()
        for category, other in CATEGORIES.items()
        for preset, third in ((True, PRESET), (False, 1.0 - PRESET))
    ]
    shares = np.array([chance for _, chance in chances])
    return [pk for pk, _ in chances], shares / shares.sum()


def _store(
    arena: _SimulatedArena, sides: Any, outcomes: Any, chances: list[float], at: datetime
) -> None:
    """Battles, their labels and their votes; all of them on the day of the round."""
    who = arena.rng.integers(0, len(arena.voters), len(sides))
    what = arena.rng.choice(len(arena.labels), len(sides), p=arena.shares)
    battles = Battle.objects.bulk_create(
        Battle(
            voter=arena.voters[voter],
            state=BattleState.VOTED,
            draw_policy=settings.DRAW_POLICY,
            draw_probability=chance,
            conditions={},
        )
        for voter, chance in zip(who, chances, strict=True)
    )
    keys = [battle.pk for battle in battles]
    # Somebody's battle may have come in between; only a simulated one has no conditions.
    Battle.objects.filter(pk__range=(keys[0], keys[-1]), conditions={}).update(created_at=at)
    sets = ((key, arena.labels[place], False) for key, place in zip(keys, what, strict=True))
    write_rows(BattleLabels, ("battle_id", "labels_id", "stale"), sets)
    votes = zip(keys, who, outcomes, sides, strict=True)
    stored = connection.ops.adapt_datetimefield_value(at)
    answered = [version.pk for version in arena.versions]
    votes_to_store = (
        (battle, arena.keys[voter], CHOICES[outcome], answered[a], answered[b], False, stored)
        for battle, voter, outcome, (a, b) in votes
    )
    write_rows(Vote, VOTE, votes_to_store)
    versions = {version.pk for version in arena.versions}
    # The votes wait for the ledger, as each new vote does.
    stored_votes = Vote.objects.filter(battle__gte=keys[0], battle__lte=keys[-1])
    found = stored_votes.values_list("pk", "version_a")
    rows = [(key,) for key, version in found if version in versions]
    write_rows(UnfoldedVote, ("vote_id",), rows)


VOTE = ("battle_id", "voter_id", "choice", "version_a_id", "version_b_id", "betrayed", "created_at")
CHOICES = [outcome.word for outcome in VoteOutcome]
