"""The votes on a model by opponent."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from arena.catalog.models import ModelCard
from arena.ledger.models import PairCount
from arena.ledger.states import VoteResult


@dataclass(slots=True)
class OpponentRecord:
    """The votes on the model and one other."""

    opponent: ModelCard
    wins: int = 0
    losses: int = 0
    ties: int = 0
    both_bad: int = 0

    @property
    def votes(self) -> int:
        """Return the number of votes on this pair."""
        return self.wins + self.losses + self.ties + self.both_bad

    @property
    def percent(self) -> float:
        """Return the share of points won; ties of both kinds are half a win."""
        return 100 * (self.wins + (self.ties + self.both_bad) / 2) / self.votes

    @property
    def bar(self) -> list[tuple[str, str, str]]:
        """Return what was won, tied, bad and lost: name, beginning and width in percent."""
        shares = {"won": self.wins, "tied": self.ties, "bad": self.both_bad, "lost": self.losses}
        marks, start = [], 0
        for name, votes in shares.items():
            places = (100 * start / self.votes, 100 * votes / self.votes)
            marks.append((name, f"{places[0]:.2f}%", f"{places[1]:.2f}%"))
            start += votes
        return [mark for mark in marks if shares[mark[0]]]


def opponent_records(card: ModelCard) -> list[OpponentRecord]:
    """Return the record of a model against each opponent, the most frequent first."""
    own = Q(version_a__card=card) | Q(version_b__card=card)
    counts = PairCount.objects.filter(own, votes__gt=0)
    records: dict[int, OpponentRecord] = {}
    for count in counts.select_related("version_a__card", "version_b__card"):
        on_a = count.version_a.card_id == card.pk
        opponent = (count.version_b if on_a else count.version_a).card
        record = records.setdefault(opponent.pk, OpponentRecord(opponent))
        result = VoteResult(count.outcome)
        if result == VoteResult.TIE:
            record.ties += count.votes
        elif result == VoteResult.BOTH_BAD:
            record.both_bad += count.votes
        elif (result == VoteResult.A) == on_a:
            record.wins += count.votes
        else:
            record.losses += count.votes
    return sorted(records.values(), key=lambda record: (-record.votes, record.opponent.name))
