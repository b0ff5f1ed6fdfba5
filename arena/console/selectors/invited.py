"""What the people who were invited to unlisted models voted: for operators, on no board."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from arena.battles.models import Generation, Vote
from arena.battles.states import Choice
from arena.catalog.models import ModelCard


@dataclass(slots=True)
class InvitedRecord:
    """The votes by invitation on an unlisted model and one other."""

    card: ModelCard
    opponent: ModelCard
    won: int = 0
    lost: int = 0
    tied: int = 0
    both_bad: int = 0

    @property
    def votes(self) -> int:
        """Return how many votes they are."""
        return self.won + self.lost + self.tied + self.both_bad


def invited_records() -> list[InvitedRecord]:
    """Return the votes on each card that is unlisted, or was when they were cast, by opponent.

    Three queries, of which none reads the votes of listed models.
    """
    invited = ModelCard.objects.filter(invitations__isnull=False)
    unlisted = {card.pk: card for card in invited | ModelCard.objects.filter(unlisted=True)}
    answers = Generation.objects.filter(version__card__in=unlisted)
    votes = Vote.objects.filter(unlisted=True, battle__in=answers.values("turn__battle"))
    counts = votes.order_by().values_list("version_a__card", "version_b__card", "choice")
    rows = list(counts.annotate(Count("pk")))
    cards = ModelCard.objects.in_bulk({key for row in rows for key in row[:2]})
    found: dict[tuple[int, int], InvitedRecord] = {}
    for card_a, card_b, choice, count in rows:
        for own, other, won in ((card_a, card_b, Choice.A), (card_b, card_a, Choice.B)):
            if own in unlisted:
                key = (own, other)
                record = found.setdefault(key, InvitedRecord(cards[own], cards[other]))
                if choice == won:
                    record.won += count
                elif choice == Choice.TIE:
                    record.tied += count
                elif choice == Choice.BOTH_BAD:
                    record.both_bad += count
                else:
                    record.lost += count
    return sorted(found.values(), key=lambda one: (one.card.name, -one.votes, one.opponent.name))
