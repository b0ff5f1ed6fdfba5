"""What a recount reads: the ledger from its beginning, and what should stand in it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from arena.battles.models import UnfoldedVote, Vote
from arena.leaderboard.models import LedgerEntry, Recount, Snapshot
from arena.leaderboard.selectors.events import COLUMNS, Event
from arena.leaderboard.states import Kind


def read_entries(upto: int, piece: int) -> Iterator[tuple[int, str, Event]]:
    """Number, hash and event of each entry, in their order; ``piece`` of them in memory."""
    last = 0
    while last < upto:
        behind = LedgerEntry.objects.filter(number__gt=last, number__lte=upto).order_by("number")
        rows = list(behind.values_list("number", "hash", *COLUMNS)[:piece])
        if not rows:
            return
        last = rows[-1][0]
        for number, hash_, *event in rows:
            yield number, hash_, Event(*event)


def misplaced_votes(most: int) -> list[str]:
    """Votes that are neither in the ledger nor waiting for it, and those that are both."""
    taken = Exists(LedgerEntry.objects.filter(kind=Kind.VOTE, vote=OuterRef("pk")))
    neither = Vote.objects.filter(~taken, unfolded=None).order_by("pk")
    both = UnfoldedVote.objects.filter(taken).order_by("pk")
    return [
        *(f"Vote {vote.pk} is neither in the ledger nor waits for it." for vote in neither[:most]),
        *(f"Vote {vote.pk} is in the ledger and waits for it, too." for vote in both[:most]),
    ]


def unfounded_snapshots(most: int) -> list[str]:
    """Snapshots that name an entry, or its hash, that the ledger does not have: its end was cut
    off, or it was written anew."""
    entry = LedgerEntry.objects.filter(
        number=OuterRef("ledger_number"), hash=OuterRef("ledger_hash")
    )
    unfounded = Snapshot.objects.filter(~Exists(entry), ledger_number__gt=0).order_by("pk")
    rows = unfounded.values_list("pk", "ledger_number")[:most]
    return [f"Snapshot {pk} rests on entry {number}, which was another." for pk, number in rows]


def newest_recount() -> Recount | None:
    """What the last one found."""
    return Recount.objects.order_by("-id").first()
