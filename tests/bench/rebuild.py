"""A history of snapshots with all that can happen in between, rebuilt in random order.

    python -m tests.bench.rebuild [--snapshots 200] [--seed 1] [--on sqlite|postgresql]

Votes of a few voters under labels; some are taken out, some come back, some are labelled anew, and
operators change boards and settings. Each snapshot's text is kept aside when it is made; half of
the stored ones are then dropped, as the hourly task drops them. At the end the ledger is tampered
with, to see that this would be noticed.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
from typing import Any

from tests.figures import Figure, bar, conclude, quantile
from tests.site import arena_on

MODELS, VOTERS, VOTES_A_STEP = 12, 25, 8
LANGUAGES, CATEGORIES = ("en", "de", "fr", ""), ("ocr", "counting", "code", "captioning", "")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--snapshots", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--on", choices=("sqlite", "postgresql"), default="sqlite")
    options = parser.parse_args(arguments)
    with arena_on(options.on):
        logging.getLogger("arena.boards.dispatch").setLevel(logging.ERROR)
        history = History(random.Random(options.seed))
        history.live(options.snapshots)
        figures = [*rebuilt(history, options.seed), noticed()]
    return conclude(f"Rebuild on {options.on}", figures)


class History:
    """An arena's life; ``texts`` are the snapshots as they were when they were made."""

    def __init__(self, rng: random.Random) -> None:
        from arena.boards.services.defaults import fill_boards
        from tests.factories import make_models, make_voter

        self._rng = rng
        self._models = make_models(*[f"model-{number:02}" for number in range(MODELS)])
        self._voters = [make_voter() for _ in range(VOTERS)]
        self._cast: list[int] = []
        self._out: list[int] = []
        self.texts: dict[int, str] = {}
        self.events = {"taken out": 0, "let back in": 0, "labelled anew": 0, "boards changed": 0}
        fill_boards()

    def live(self, snapshots: int) -> None:
        """Until there are so many."""
        with bar("living", snapshots) as progress:
            while len(self.texts) < snapshots:
                self._vote()
                event = self._rng.choice((self._exclude, self._restore, self._relabel, self._set))
                event()
                for _ in range(self._compute(snapshots)):
                    progress.tick()

    def _vote(self) -> None:
        from arena.battles.models import Generation
        from tests.arena.ledger.labelled import vote_under

        rng = self._rng
        for _ in range(VOTES_A_STEP):
            one, other = rng.sample(self._models, 2)
            (vote,) = vote_under(
                one,
                other,
                rng.choices(("a", "b", "tie", "both_bad"), (5, 4, 2, 1))[0],
                days_ago=rng.randrange(40),
                voter=rng.choice(self._voters),
                language=rng.choice(LANGUAGES),
                category=rng.choice(CATEGORIES),
                preset=rng.random() < 0.2,
            )
            self._cast.append(vote.pk)
            if rng.random() < 0.9:
                sizes = {"headers": rng.randint(0, 3), "lists": rng.randint(0, 9), "bold": 1}
                answers = Generation.objects.filter(turn__battle__vote=vote)
                for answer in answers:
                    answers.filter(pk=answer.pk).update(length=rng.randint(5, 300), **sizes)

    def _exclude(self) -> None:
        from arena.ledger.services.exclusions import exclude

        votes = self._some(self._cast)
        self.events["taken out"] += exclude(votes=votes, reason="operator")
        self._out += votes

    def _restore(self) -> None:
        from arena.ledger.services.exclusions import restore

        votes = self._some(self._out)
        self.events["let back in"] += restore(votes=votes, reason="operator")

    def _relabel(self) -> None:
        from arena.labels.models import BattleLabels
        from arena.labels.services import label_set
        from arena.ledger.services.exclusions import relabel
        from arena.ledger.services.folding import fold

        fold()
        new = label_set(language="fr", category=self._rng.choice(CATEGORIES))
        rows = BattleLabels.objects.filter(battle__vote__in=self._some(self._cast))
        rows.update(labels=new, stale=True)
        self.events["labelled anew"] += relabel()

    def _set(self) -> None:
        """An operator changes a board; the deployment changes a setting."""
        from django.conf import settings

        from arena.boards.models import Board

        settings.BOARD_MIN_VOTES = self._rng.choice((1, 10))
        settings.BOARD_REFIT_VOTES = self._rng.choice((200, 500_000))
        board = self._rng.choice(list(Board.objects.all()))
        Board.objects.filter(pk=board.pk).update(seed=self._rng.randrange(5))
        self.events["boards changed"] += 1

    def _compute(self, snapshots: int) -> int:
        from arena.boards.services.snapshots import recompute
        from arena.boards.services.updating import boards_to_compute
        from arena.ledger.services.folding import fold

        fold()
        made = 0
        for board in self._rng.sample(boards_to_compute(), 3):
            snapshot = recompute(board=board, patient=False)
            if snapshot and len(self.texts) < snapshots:
                self.texts[snapshot.pk] = snapshot.body
                made += 1
        return made

    def _some(self, votes: list[int]) -> list[int]:
        return self._rng.sample(votes, min(len(votes), self._rng.randint(1, 6)))


def rebuilt(history: History, seed: int) -> list[Figure]:
    from django.db.models import QuerySet

    from arena.boards.models import Snapshot
    from arena.boards.services.reproduction import find_snapshot, reproduce_snapshot
    from arena.ledger.selectors.head import head

    order = random.Random(seed).sample(sorted(history.texts), len(history.texts))
    QuerySet.update(Snapshot.objects.filter(pk__in=order[::2]), body="")
    same, taken, kinds = 0, [], set[str]()
    with bar("rebuilding", len(order)) as progress:
        for pk in order:
            start = time.perf_counter()
            one = reproduce_snapshot(snapshot=find_snapshot(str(pk)))
            taken.append(time.perf_counter() - start)
            same += one.equal and one.body == history.texts[pk]
            kinds.add(one.snapshot.board.slug)
            progress.tick()
    total, happened = len(order), ", ".join(f"{n} {what}" for what, n in history.events.items())
    return [
        Figure("byte for byte the same", f"{same} of {total}", "all", same == total),
        Figure("ledger entries; what happened", f"{head().number}; {happened}"),
        Figure("boards among them", f"{len(kinds)}"),
        Figure("one rebuild", f"median {1000 * quantile(taken, 0.5):.0f} ms"),
    ]


def noticed() -> Figure:
    """An outcome in the ledger is turned round behind the arena's back."""
    from django.db.models import QuerySet

    from arena.boards.models import Snapshot
    from arena.boards.services.reproduction import reproduce_snapshot
    from arena.ledger.models import LedgerEntry

    entry: Any = LedgerEntry.objects.filter(kind="vote", outcome__lt=2).order_by("number").first()
    QuerySet.update(LedgerEntry.objects.filter(pk=entry.pk), outcome=1 - entry.outcome)
    overall = Snapshot.objects.filter(board__slug="overall", ledger_number__gt=entry.number)
    unequal = sum(not reproduce_snapshot(snapshot=one).equal for one in overall)
    value, total = f"{unequal} of {len(overall)} differ", len(overall)
    return Figure("the overall board after a vote was turned round", value, "all", unequal == total)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
