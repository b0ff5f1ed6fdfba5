"""A snapshot once more, from the ledger's entries alone."""

from __future__ import annotations

from dataclasses import dataclass

from arena.boards.models import Snapshot
from arena.boards.services.groups import TooFewPeople
from arena.boards.services.recipes import BoardRecipe, compute
from arena.boards.services.snapshots import body_of, etag_of, version
from arena.core.errors import NotFound
from arena.ledger.selectors.entries import head_at
from arena.rating.methods import UnknownMethod


@dataclass(frozen=True, slots=True)
class ReproducedSnapshot:
    """The body that the ledger gives now for a stored snapshot."""

    snapshot: Snapshot
    body: str
    chained: bool
    """True if the ledger still has this hash at this number."""
    failure: str = ""
    """Why nothing could be computed; the body is empty then."""

    @property
    def equal(self) -> bool:
        """Return whether the bytes are the same; of a pruned body, by its SHA-256."""
        stored = self.snapshot.body or self.body
        same = stored == self.body and etag_of(self.body) == self.snapshot.etag
        return self.chained and not self.failure and same

    @property
    def sentence(self) -> str:
        """Return what to tell an operator."""
        name = f"Snapshot {self.snapshot.pk} ({self.snapshot.board.slug})"
        at = f"{name} at ledger entry {self.snapshot.ledger_number}"
        if self.equal:
            return f"{at}: rebuilt byte for byte, {self.snapshot.etag}"
        if self.snapshot.filter.get("group"):
            return f"{at}: another one now, since voters may change what they said of themselves"
        if not self.chained:
            return f"{at}: NOT EQUAL, the ledger has another hash there: it was changed"
        if self.failure:
            return f"{at}: NOT EQUAL, the ledger's entries give no leaderboard: {self.failure}"
        now, then = version(), self.snapshot.code_version
        why = f"computed by version {then}, this is {now}" if now != then else f"version {now}"
        return f"{at}: NOT EQUAL, {etag_of(self.body)} instead of {self.snapshot.etag} ({why})"


def find_snapshot(name: str) -> Snapshot:
    """Return a snapshot by its id, its etag or the beginning of that. Raise NotFound.

    Digits are an id where one has it, and else the beginning of an etag.
    """
    rows = Snapshot.objects.select_related("board")
    by_id = rows.filter(pk=int(name)) if name.isdecimal() and len(name) < 19 else rows.none()
    snapshot = by_id.first() or (rows.filter(etag__startswith=name).first() if name else None)
    if snapshot is None:
        raise NotFound
    return snapshot


def reproduce_snapshot(*, snapshot: Snapshot) -> ReproducedSnapshot:
    """Compute a snapshot from the entries up to its number, whatever was changed by later ones.

    Raises NotFound where the ledger is shorter than that.
    """
    chained = head_at(snapshot.ledger_number).hash == snapshot.ledger_hash
    try:
        recipe = BoardRecipe.of_snapshot(snapshot)
        found = compute(recipe, snapshot.ledger_number)
    except (TooFewPeople, UnknownMethod, ValueError, TypeError) as error:
        return ReproducedSnapshot(snapshot, "", chained, str(error))
    return ReproducedSnapshot(snapshot, body_of(snapshot.board.slug, recipe, found), chained)


def snapshot_body(*, snapshot: Snapshot) -> str:
    """Return the body, as stored or as reproduced where it was pruned. Raise NotFound where the
    ledger gives another one now."""
    if snapshot.body:
        return snapshot.body
    rebuilt = reproduce_snapshot(snapshot=snapshot)
    if not rebuilt.equal:
        raise NotFound
    return rebuilt.body


def snapshot_ids() -> list[int]:
    """Return the keys of all snapshots, the oldest first."""
    return list(Snapshot.objects.order_by("pk").values_list("pk", flat=True))
