"""Read what a verification needs: the ledger from its beginning, and what it should contain."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from arena.battles.models import UnfoldedVote, Vote
from arena.ledger.models import LedgerEntry, Recount
from arena.ledger.selectors.events import COLUMNS, LedgerEvent
from arena.ledger.states import EntryKind


def read_entries(upto: int, piece: int) -> Iterator[tuple[int, str, LedgerEvent]]:
    """Yield number, hash and event of each entry in their order, ``piece`` of them in memory."""
    last = 0
    while last < upto:
        behind = LedgerEntry.objects.filter(number__gt=last, number__lte=upto).order_by("number")
        rows = list(behind.values_list("number", "hash", *COLUMNS)[:piece])
        if not rows:
            return
        last = rows[-1][0]
        for number, hash_, *event in rows:
            yield number, hash_, LedgerEvent(*event)


def first_with_versions() -> int | None:
    """Return the number from which on entries name versions; None before the first that does."""
    named = LedgerEntry.objects.filter(version_a__isnull=False).order_by("number")
    return named.values_list("number", flat=True).first()


def misplaced_votes(most: int) -> list[str]:
    """Return a sentence for each vote that is neither in the ledger nor waiting for it, or both."""
    taken = Exists(LedgerEntry.objects.filter(kind=EntryKind.VOTE, vote=OuterRef("pk")))
    neither = Vote.objects.filter(~taken, unfolded=None, unlisted=False).order_by("pk")
    both = UnfoldedVote.objects.filter(taken).order_by("pk")
    return [
        *(f"Vote {vote.pk} is neither in the ledger nor waits for it." for vote in neither[:most]),
        *(f"Vote {vote.pk} is in the ledger and waits for it, too." for vote in both[:most]),
    ]


def newest_recount() -> Recount | None:
    """Return the last verification of the ledger."""
    return Recount.objects.order_by("-id").first()
